//go:build lean

package cli

import "github.com/spf13/cobra"

// commandsForPeople are the subcommands that need a person at a terminal: none.
func (*program) commandsForPeople() []*cobra.Command { return nil }
