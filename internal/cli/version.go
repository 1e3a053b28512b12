package cli

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"

	"msgraph-user/internal/supply"
)

func (p *program) versionCommand() *cobra.Command {
	var asBill bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version and how the program was built",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			info, ok := debug.ReadBuildInfo()
			if !ok {
				return fmt.Errorf("this program was built without build information")
			}
			if asBill {
				bill, err := supply.CycloneDX(info, supply.Version)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(p.streams.Stdout, "%s\n", bill)
				return err
			}
			fmt.Fprintf(p.streams.Stdout, "msgraph-user %s\nbuilt with %s\n", supply.Version, info.GoVersion)
			for _, setting := range info.Settings {
				fmt.Fprintf(p.streams.Stdout, "  %s=%s\n", setting.Key, setting.Value)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asBill, "sbom", false, "print a CycloneDX bill of materials instead")
	return cmd
}
