//go:build !lean

package cli

import "github.com/spf13/cobra"

// commandsForPeople are the subcommands that need a person at a terminal. The program of
// the platform's container has none of them: see emulator/html.
func (p *program) commandsForPeople() []*cobra.Command {
	return []*cobra.Command{p.warroomCommand(), p.drillCommand(), p.manCommand()}
}
