package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"msgraph-user/auth"
	"msgraph-user/internal/doctor"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/terminal"
)

func (p *program) whoamiCommand() *cobra.Command {
	var asJSON bool
	var instance string
	cmd := &cobra.Command{
		Use:   "whoami",
		Short: "Show the account that an instance is signed in as, and its tenant",
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return p.whoami(cmd.Context(), instance, asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	cmd.Flags().StringVar(&instance, "instance", "", "`NAME` of the integration instance, as callers give it")
	return cmd
}

func (p *program) whoami(ctx context.Context, instance string, asJSON bool) error {
	e, err := p.startForPerson(ctx)
	if err != nil {
		return err
	}
	defer e.close()
	ctx, cancel := context.WithTimeout(ctx, p.flags.timeout)
	defer cancel()
	connection, err := e.service.Connect(engine.Call{Instance: instance})
	if err != nil {
		return err
	}
	token, err := connection.Source.Token(ctx)
	if err != nil {
		return err
	}
	claims, err := auth.Claims(token)
	if err != nil {
		return err
	}
	who := doctor.IdentityOf(claims)
	if asJSON {
		return printJSON(p.streams.Stdout, who)
	}
	return p.showIdentity(who, connection.Config, p.askWho(ctx, e))
}

func (p *program) showIdentity(who doctor.Identity, config *auth.Configuration, whose whose) error {
	screen := terminal.ScreenOn(p.streams.Stdout, p.streams.Getenv)
	record := terminal.Table{
		Headings: []string{"Signed in as", "Object ID", "Tenant", "Tenant ID", "Cloud", "Sign-in", "Token until", "Permissions"},
		Rows: [][]string{{
			who.String(), who.ObjectID, whose.line(), who.TenantID, config.Cloud.Name, string(config.Method),
			who.Expires.Format(time.RFC3339), who.Kind + ": " + strings.Join(who.Permissions, " "),
		}},
	}
	for n, value := range record.Rows[0] {
		record.Rows[0][n] = terminal.Line(value)
	}
	_, err := fmt.Fprint(screen, screen.DrawRecord(record))
	return err
}

func (p *program) logoutCommand() *cobra.Command {
	var instance string
	cmd := &cobra.Command{
		Use:   "logout",
		Short: "Delete the tokens of an instance from --state",
		Long: `Delete the access token and the refresh token of an instance from the file that
--state names, so that the next command signs in from the beginning. It does not end
sessions in browsers or elsewhere.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.logout(cmd.Context(), instance) },
	}
	cmd.Flags().StringVar(&instance, "instance", "", "`NAME` of the integration instance, as callers give it")
	return cmd
}

func (p *program) logout(ctx context.Context, instance string) error {
	if err := p.chooseInstance(ctx); err != nil {
		return err
	}
	if p.flags.state == "" {
		return usagef("logout deletes the tokens in a file: name it with --state FILE, or as state of a profile")
	}
	e, err := p.start(ctx)
	if err != nil {
		return err
	}
	defer e.close()
	connection, err := e.service.Connect(engine.Call{Instance: instance})
	if err != nil {
		return err
	}
	if err := connection.Source.Reset(ctx); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.streams.Stdout, "Signed out: %s holds no token of this instance any more.\n", terminal.Line(p.flags.state))
	return err
}
