package cli

import (
	"github.com/spf13/cobra"

	"msgraph-user/emulator/company"
)

// seedCommand prints seeds to begin with.
func (p *program) seedCommand() *cobra.Command {
	var template bool
	cmd := &cobra.Command{
		Use:   "seed",
		Short: "Print a seed file for the practice tenant",
		Long: `Print a seed file for the practice tenant: with --template a small company to start
from, without it the sample company. docs/emulator.md describes the members.`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			seed := company.Seed()
			if template {
				seed = company.Template()
			}
			_, err := p.streams.Stdout.Write(seed)
			return err
		},
	}
	cmd.Flags().BoolVar(&template, "template", false, "print a small company to start from")
	return cmd
}
