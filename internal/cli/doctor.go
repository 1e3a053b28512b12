package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"msgraph-user/handlers"
	"msgraph-user/internal/doctor"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/terminal"
)

func (p *program) doctorCommand() *cobra.Command {
	var asJSON bool
	var instance string
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Examine an instance: configuration, hosts, sign-in, permissions",
		Long: `Examine an instance: its configuration, the clock, the connection to its hosts and
the sign-in. Then show for each command which permission it needs, and whether the
token has it. The exit status is 1 if a check fails.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.doctor(cmd.Context(), instance, asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the report as JSON")
	cmd.Flags().StringVar(&instance, "instance", "", "`NAME` of the integration instance, as callers give it")
	return cmd
}

func (p *program) doctor(ctx context.Context, instance string, asJSON bool) error {
	e, err := p.startForPerson(ctx)
	if err != nil {
		return err
	}
	defer e.close()
	needs, err := engine.Needs(e.definition, handlers.Commands())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, p.flags.timeout)
	defer cancel()
	report := doctor.Examine(ctx, doctor.Options{
		Connect: func() (engine.Connection, error) { return e.service.Connect(engine.Call{Instance: instance}) },
		Tenant:  p.askWho(ctx, e).line(),
		Needs:   needs,
		Now:     time.Now,
	})
	show := showReport
	if asJSON {
		show = func(w io.Writer, report doctor.Report) error { return printJSON(w, report) }
	}
	if err := show(p.streams.Stdout, report); err != nil {
		return err
	}
	if !report.Healthy {
		return silentError{errors.New("a check failed")}
	}
	return nil
}

func showReport(w io.Writer, report doctor.Report) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, check := range report.Checks {
		mark := "ok"
		if !check.OK {
			mark = "FAILED"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", mark, check.Name, terminal.Line(check.Detail))
	}
	if len(report.Commands) > 0 {
		fmt.Fprintf(table, "\nCOMMAND\tSTATE\tNEEDS\tMISSING\n")
	}
	for _, c := range report.Commands {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", c.Command, c.State, strings.Join(c.Needs, " "), strings.Join(c.Missing, " "))
	}
	return table.Flush()
}
