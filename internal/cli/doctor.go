package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"msgraph-user/handlers"
	"msgraph-user/internal/doctor"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/terminal"
)

func (p *program) doctorCommand() *cobra.Command {
	var options doctorOptions
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Examine an instance: configuration, hosts, sign-in, permissions",
		Long: `Examine an instance: its configuration, the clock, the connection to its hosts, the
sign-in and its permissions. What is wrong stands first, then the permissions that
are missing, with the place to grant them. --commands lists all commands with the
permissions that each needs. The exit status is 1 if a check fails or a permission is
missing.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.doctor(cmd.Context(), options) },
	}
	cmd.Flags().BoolVar(&options.json, "json", false, "print the report as JSON, all commands among it")
	cmd.Flags().BoolVar(&options.commands, "commands", false, "list for each command which permissions it needs, and which are missing")
	cmd.Flags().StringVar(&options.instance, "instance", "", "`NAME` of the integration instance, as callers give it")
	return cmd
}

// doctorOptions are the flags of doctor.
type doctorOptions struct {
	json, commands bool
	instance       string
}

func (p *program) doctor(ctx context.Context, options doctorOptions) error {
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
		Connect: func() (engine.Connection, error) { return e.service.Connect(engine.Call{Instance: options.instance}) },
		Tenant:  p.askWho(ctx, e).line(),
		Needs:   needs,
		Now:     time.Now,
	})
	if options.json {
		err = printJSON(p.streams.Stdout, report)
	} else {
		err = p.showReport(report, options.commands)
	}
	if err != nil {
		return err
	}
	if !report.Healthy {
		return silentError{errors.New("a check failed")}
	}
	return nil
}

// showReport prints a report for a person: what is wrong, what is missing, what is well.
func (p *program) showReport(report doctor.Report, commands bool) error {
	screen := terminal.ScreenOn(p.streams.Stdout, p.streams.Getenv)
	text := drawChecks(screen, report.Checks, false)
	if len(report.Missing) > 0 {
		text += "\n" + drawMissing(screen, report) + "\n"
	}
	text += drawChecks(screen, report.Checks, true)
	switch {
	case len(report.Commands) == 0:
	case commands:
		text += "\n" + drawNeeds(screen, report.Commands)
	default:
		text += "\n" + commandCount(report.Commands) + "\n"
	}
	_, err := io.WriteString(screen, strings.TrimPrefix(text, "\n"))
	return err
}

// drawChecks draws the checks that went well, or those that did not.
func drawChecks(screen terminal.Screen, checks []doctor.Check, ok bool) string {
	mark := "FAILED"
	if ok {
		mark = "ok"
	}
	var table terminal.Table
	for _, check := range checks {
		if check.OK == ok {
			table.Rows = append(table.Rows, []string{mark, check.Name, terminal.Line(check.Detail)})
		}
	}
	return screen.DrawTable(table)
}

// drawMissing draws the permissions to grant, which commands lack them, and where they
// are granted.
func drawMissing(screen terminal.Screen, report doctor.Report) string {
	kind := ""
	if report.Identity != nil {
		kind = report.Identity.Kind
	}
	table := terminal.Table{Headings: []string{"Missing permission", "Kind", "Needed by"}}
	for _, m := range report.Missing {
		table.Rows = append(table.Rows, []string{m.Permission, kind, neededBy(m.Commands)})
	}
	text := screen.DrawTable(table) + screen.Wrapped("Grant: "+terminal.Line(report.Grant)) + "\n"
	if report.Page != "" {
		text += terminal.Line(report.Page) + "\n"
	}
	return text
}

// neededBy names some commands, and how many there are beside.
func neededBy(commands []string) string {
	const named = 2
	if len(commands) <= named+1 {
		return strings.Join(commands, " ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(commands[:named], " "), len(commands)-named)
}

func drawNeeds(screen terminal.Screen, commands []doctor.Command) string {
	table := terminal.Table{Headings: []string{"Command", "State", "Needs", "Missing"}}
	for _, c := range commands {
		table.Rows = append(table.Rows, []string{c.Command, c.State, strings.Join(c.Needs, " "), strings.Join(c.Missing, " ")})
	}
	return screen.DrawTable(table)
}

// commandCount says how many commands the token allows.
func commandCount(commands []doctor.Command) string {
	states := map[string]int{}
	for _, c := range commands {
		states[c.State]++
	}
	text := fmt.Sprintf("%d of %d commands can run", states[doctor.Allowed]+states[doctor.Everything], len(commands))
	for _, other := range []struct{ state, says string }{
		{doctor.Lacking, "%d without a permission that is needed"}, {doctor.OtherWay, "%d only with another way of signing in"}, {doctor.Unknown, "%d of which nothing is known"},
	} {
		if n := states[other.state]; n > 0 {
			text += "; " + fmt.Sprintf(other.says, n)
		}
	}
	return text + " (--commands lists them)."
}
