package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"msgraph-user/internal/bounded"
	"msgraph-user/internal/rpc"
	"msgraph-user/internal/supply"
	"msgraph-user/internal/terminal"
	"msgraph-user/internal/transcript"
)

func (p *program) replayCommand() *cobra.Command {
	var live bool
	cmd := &cobra.Command{
		Use:   "replay FILE",
		Short: "Run a recorded session again and show the differences",
		Long: strings.TrimSpace(`
Run the session of a transcript again (serve --record, or export in the War Room)
on the practice tenant, and show where its answers differ from the recorded ones.
Exit status: 0 if all answers are the same, 1 if some differ. Commands that ran
concurrently run one after the other, in the order of their answers.

Not compared: ids in the form of a GUID (request ids among them), times and
durations, the tokens in links to further pages and changes, and the program's
version. Ids of objects that the recorded session created are replaced by the new ids.
Removed secrets are replaced by a practice password; instance parameters with a
secret come from --params or from the practice tenant.

With --live the commands run on the real tenant that --params names, including
those that change something.`),
		Example: "  msgraph-user replay session.jsonl",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("replay needs the name of one transcript")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return p.replay(cmd.Context(), args[0], live) },
	}
	cmd.Flags().BoolVar(&live, "live", false, "run on the real tenant of --params")
	return cmd
}

func (p *program) replay(ctx context.Context, path string, live bool) error {
	if err := p.chooseTenant(live); err != nil {
		return err
	}
	recorded, err := bounded.ReadFile(ctx, path, bounded.Data)
	if err != nil {
		return usageError{err}
	}
	e, err := p.start(ctx)
	if err != nil {
		return err
	}
	defer e.close()
	player := &transcript.Player{Serve: p.rpcServer(e).Serve, Definition: e.definition}
	report, err := player.Play(ctx, bytes.NewReader(recorded))
	if err != nil {
		return err
	}
	return p.printReport(report)
}

// chooseTenant takes the practice tenant, unless a real one is asked for.
func (p *program) chooseTenant(live bool) error {
	switch {
	case live && p.practises():
		return usagef("--live and --emulator exclude each other")
	case live && p.flags.params == "" && p.flags.profile == "":
		return usagef("--live needs --params or --profile, the instance to run on")
	case !live && !p.practises():
		p.flags.emulator = builtInTenant
	}
	return nil
}

func (p *program) printReport(report transcript.Report) error {
	out := p.streams.Stdout
	for _, difference := range report.Differences {
		fmt.Fprintln(out, terminal.Printable(difference.String()))
	}
	fmt.Fprintf(out, "%d answers compared, %d differences", report.Compared, len(report.Differences))
	if report.LeftOut > 0 {
		fmt.Fprintf(out, ", %d lines left out that were no JSON", report.LeftOut)
	}
	fmt.Fprintln(out)
	if len(report.Differences) > 0 {
		return silentError{errors.New("answers differ")}
	}
	return nil
}

// record has what the server hears and says written to a new file, for its owner
// only.
func (p *program) record(e *running, server *rpc.Server, path string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("record the session: %w", err)
	}
	recorder, err := transcript.NewRecorder(file, e.definition, supply.Version, time.Now)
	if err != nil {
		return errors.Join(err, file.Close())
	}
	server.Observe = recorder.Observe
	e.closers = append(e.closers, func() error { return errors.Join(recorder.Err(), file.Close()) })
	return nil
}
