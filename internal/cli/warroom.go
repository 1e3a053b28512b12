//go:build !lean

package cli

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"msgraph-user/internal/httpclient"
	"msgraph-user/internal/supply"
	"msgraph-user/internal/terminal"
	"msgraph-user/internal/warroom"
)

func (p *program) warroomCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "warroom",
		Short: "Type commands as in the platform's War Room",
		Long: strings.TrimSpace(`
A War Room in the terminal: type commands as on the platform, with completion by
Tab, and see the context that they fill. help lists the commands. Ctrl-C cancels
the running command, Ctrl-D ends the War Room.

A command that changes something asks first, except on the practice tenant. Where
nobody can be asked, such a command is refused without --yes.`),
		Example: "  msgraph-user warroom --emulator",
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return p.warroom(cmd.Context(), yes) },
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "let commands change a real tenant without asking")
	return cmd
}

func (p *program) warroom(ctx context.Context, yes bool) error {
	e, err := p.startForPerson(ctx)
	if err != nil {
		return err
	}
	defer e.close()
	return p.openWarRoom(ctx, e, func(session *warroom.Session) {
		if yes {
			session.Assent = warroom.NotNeeded
		}
	})
}

// openWarRoom holds a session on a running service until it is over. adjust changes
// what the session starts with.
func (p *program) openWarRoom(ctx context.Context, e *running, adjust func(*warroom.Session)) error {
	// SIGINT is for the command that runs; it must not end the sitting.
	ctx, stop := signal.NotifyContext(context.WithoutCancel(ctx), syscall.SIGTERM)
	defer stop()
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)

	editor, closeEditor := p.editor()
	defer closeEditor()
	whose := p.askWho(ctx, e)
	session := &warroom.Session{
		Runner:     e.service,
		Definition: e.definition,
		Editor:     editor,
		Screen:     terminal.ScreenOn(p.streams.Stdout, p.streams.Getenv),
		Status:     terminal.ScreenOn(p.streams.Stderr, p.streams.Getenv),
		Interrupts: interrupts,
		Prompt:     whose.prompt(),
		Tenant:     whose.line(),
		Version:    supply.Version,
		SaveFile:   saveFile,
		Now:        time.Now,
		Wait:       httpclient.Wait,
		Changes:    e.service.Changes,
		Assent:     p.assent(whose),
	}
	adjust(session)
	over := make(chan error, 1)
	go func() { over <- session.Run(ctx) }()
	select {
	case err := <-over:
		return err
	case <-ctx.Done(): // the editor waits for a key, and cannot be told
		return nil
	}
}

// assent is what a change needs on the tenant that answers.
func (p *program) assent(whose whose) warroom.Assent {
	switch {
	case whose.practice:
		return warroom.NotNeeded
	case terminal.IsTerminal(p.streams.Stdin, p.streams.Stdout):
		return warroom.Asked
	}
	return warroom.Refused
}

// editor returns what reads the lines: a person at a terminal, or a pipe.
func (p *program) editor() (editor warroom.Editor, closeEditor func()) {
	if !terminal.IsTerminal(p.streams.Stdin, p.streams.Stdout) {
		return warroom.ReadLines(p.streams.Stdin, p.streams.Stdout), func() {}
	}
	path, err := warroom.HistoryPath(p.streams.Getenv)
	if err != nil {
		fmt.Fprintf(p.streams.Stderr, "msgraph-user: %v\n", err)
	}
	history := warroom.OpenHistory(path)
	person := warroom.OpenTerminal(history)
	fmt.Fprintln(p.streams.Stdout, "!command name=value …   Tab completes, help explains, Ctrl-C cancels, Ctrl-D leaves.")
	return person, func() {
		if err := person.Close(); err != nil {
			fmt.Fprintf(p.streams.Stderr, "msgraph-user: the terminal could not be restored: %v\n", err)
		}
		if err := history.Err(); err != nil {
			fmt.Fprintf(p.streams.Stderr, "msgraph-user: the history is not saved: %v\n", err)
		}
	}
}
