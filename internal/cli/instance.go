package cli

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"msgraph-user/internal/audit"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/profile"
	"msgraph-user/internal/terminal"
)

// startForPerson makes the service for a command that a person types: it has to know
// on which instance, and may take the default profile.
func (p *program) startForPerson(ctx context.Context) (*running, error) {
	p.forPerson = true
	if err := p.chooseInstance(ctx); err != nil {
		return nil, err
	}
	return p.start(ctx)
}

// chooseInstance takes the default profile where the command line names no instance.
// Subcommands that machines start never call it.
func (p *program) chooseInstance(ctx context.Context) error {
	if p.flags.params != "" || p.practises() {
		return p.useProfile(ctx)
	}
	if p.flags.profile == "" {
		file, err := p.readProfiles(ctx)
		if err != nil {
			return err
		}
		p.flags.profile = file.Default
	}
	if p.flags.profile == "" {
		return usagef("no instance: pass --params FILE or --profile NAME, or --emulator to practise")
	}
	return p.useProfile(ctx)
}

func (p *program) readProfiles(ctx context.Context) (*profile.File, error) {
	return profile.Read(ctx, profile.Path(p.streams.Getenv), p.streams.Getenv)
}

// useProfile reads the profile that --profile names.
func (p *program) useProfile(ctx context.Context) error {
	switch {
	case p.flags.profile == "" || p.profile != nil:
		return nil
	case p.flags.params != "":
		return usagef("--profile and --params exclude each other")
	case p.practises():
		return usagef("--profile and --emulator exclude each other; --emulator=false turns the practice tenant off")
	}
	file, err := p.readProfiles(ctx)
	if err != nil {
		return err
	}
	found, err := file.Find(p.flags.profile)
	if err != nil {
		return usageError{err}
	}
	p.profile = &found
	if p.flags.state == "" {
		p.flags.state = found.State
	}
	return nil
}

// configureInstance reads the parameters of the instance that the flags name.
func (p *program) configureInstance(ctx context.Context, e *running, options *engine.Options) (err error) {
	path := p.flags.params
	switch {
	case p.profile != nil && p.profile.Params != nil:
		path = "the profile " + p.profile.Name
		options.Params = p.profile.Params
		err = resolveAll(ctx, path, options.Params, p.streams.Getenv)
	case p.profile != nil:
		path = p.profile.ParamsFile
		options.Params, err = readParams(ctx, path, p.streams.Getenv)
	case path == "":
		return nil
	default:
		options.Params, err = readParams(ctx, path, p.streams.Getenv)
	}
	if err != nil {
		return err
	}
	return checkParams(e.definition, path, options.Params)
}

// operatorVariables name the person at a terminal: before sudo, on Unix, on Windows.
var operatorVariables = []string{"SUDO_USER", "USER", "LOGNAME", "USERNAME"}

// origin is what the audit trail tells of where changes come from. What machines start
// runs under an account that is no operator.
func (p *program) origin() audit.Origin {
	var origin audit.Origin
	if name, err := os.Hostname(); err == nil {
		origin.Host = name
	}
	if p.profile != nil {
		origin.Instance = p.profile.Name
	}
	if !p.forPerson {
		return origin
	}
	for _, name := range operatorVariables {
		origin.Operator = cmp.Or(origin.Operator, p.streams.Getenv(name))
	}
	return origin
}

func (p *program) profilesCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "profiles",
		Short: "List the instances that the configuration file keeps by name",
		Long: `List the instances that the configuration file keeps by name, and where the file is.
A profile is used where --profile names it; the default one also by call, warroom,
doctor, login, whoami and logout where neither --params nor --emulator is given:

  default: work
  profiles:
    work: {params: work.yaml, state: work.state}
    lab:
      params: {creds_tenant_id: {password: contoso.example}, …}

params is the name of a file, or the parameters themselves, and then nobody but you
may be able to read the configuration file. Names of files are relative to its folder.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.listProfiles(cmd.Context()) },
	}
}

func (p *program) listProfiles(ctx context.Context) error {
	file, err := p.readProfiles(ctx)
	if err != nil {
		return err
	}
	out := p.streams.Stdout
	switch {
	case file.Path == "":
		return fmt.Errorf("there is no place for a configuration file: set HOME or XDG_CONFIG_HOME: %w", fs.ErrNotExist)
	case len(file.Names()) == 0:
		_, err := fmt.Fprintf(out, "No profile is configured. They are kept in %s (msgraph-user profiles --help shows how).\n", terminal.Line(file.Path))
		return err
	}
	fmt.Fprintln(out, terminal.Line(file.Path))
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, name := range file.Names() {
		found, err := file.Find(name)
		if err != nil {
			return err
		}
		fmt.Fprintln(table, profileLine(found, name == file.Default))
	}
	return table.Flush()
}

// profileLine says what a profile is, and nothing of its parameters.
func profileLine(p profile.Profile, isDefault bool) string {
	mark, params, state := "", p.ParamsFile, p.State
	if isDefault {
		mark = "default"
	}
	if p.Params != nil {
		params = "in this file"
	}
	if state != "" {
		state = "state: " + state
	}
	return terminal.Line(p.Name) + "\t" + mark + "\tparams: " + terminal.Line(params) + "\t" + terminal.Line(state)
}
