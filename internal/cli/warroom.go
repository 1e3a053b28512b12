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

	"msgraph-user/internal/terminal"
	"msgraph-user/internal/warroom"
)

func (p *program) warroomCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "warroom",
		Short: "Type commands as in the platform's War Room",
		Long: strings.TrimSpace(`
A War Room in the terminal: type commands as on the platform, with completion by
Tab, and see the context that they fill. help lists the commands. Ctrl-C cancels
the running command, Ctrl-D ends the War Room.`),
		Example: "  msgraph-user warroom --emulator",
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return p.warroom(cmd.Context()) },
	}
}

func (p *program) warroom(ctx context.Context) error {
	e, err := p.startForPerson(ctx)
	if err != nil {
		return err
	}
	defer e.close()
	// SIGINT is for the command that runs; it must not end the sitting.
	ctx, stop := signal.NotifyContext(context.WithoutCancel(ctx), syscall.SIGTERM)
	defer stop()
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)

	editor, closeEditor := p.editor()
	defer closeEditor()
	session := &warroom.Session{
		Runner:     e.service,
		Definition: e.definition,
		Editor:     editor,
		Screen:     terminal.ScreenOn(p.streams.Stdout, p.streams.Getenv),
		Status:     terminal.ScreenOn(p.streams.Stderr, p.streams.Getenv),
		Interrupts: interrupts,
		Prompt:     p.askWho(ctx, e).prompt(),
		Version:    buildVersion(),
		SaveFile:   saveFile,
		Now:        time.Now,
	}
	over := make(chan error, 1)
	go func() { over <- session.Run(ctx) }()
	select {
	case err := <-over:
		return err
	case <-ctx.Done(): // the editor waits for a key, and cannot be told
		return nil
	}
}

// editor returns what reads the lines: a person at a terminal, or a pipe.
func (p *program) editor() (editor warroom.Editor, closeEditor func()) {
	if !warroom.IsTerminal(p.streams.Stdin, p.streams.Stdout) {
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
