//go:build !lean

package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"msgraph-user/emulator/attack"
	"msgraph-user/internal/terminal"
	"msgraph-user/internal/warroom"
)

func (p *program) drillCommand() *cobra.Command {
	var list strings.Builder
	titles := attack.Titles()
	for i, name := range attack.Names() {
		fmt.Fprintf(&list, "\n  %-9s %s", name, titles[i])
	}
	return &cobra.Command{
		Use:   "drill NAME",
		Short: "Practise the containment of an account takeover, with a score",
		Long: strings.TrimSpace(`
A War Room on a practice tenant in which one account was taken over within the last
hour, among harmless changes of the same kinds. score tells what of the attack is
contained, what is missed, and which harmless things were hit; the end of the drill
tells it too. The exit status is 0 if everything is contained and nothing harmless is
hit, else 1. docs/incident.md has the rules and a way through. The drills:
` + list.String()),
		Example:   "  msgraph-user drill aitm",
		ValidArgs: attack.Names(),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				return nil
			}
			return usagef("drill takes the name of one drill: %s", strings.Join(attack.Names(), ", "))
		},
		RunE: func(cmd *cobra.Command, args []string) error { return p.drill(cmd.Context(), args[0]) },
	}
}

func (p *program) drill(ctx context.Context, name string) error {
	a, err := attack.Find(name)
	if err != nil {
		return usageError{err}
	}
	p.flags.emulator = attack.Prefix + name
	e, err := p.startForPerson(ctx)
	if err != nil {
		return err
	}
	defer e.close()
	fmt.Fprintf(p.streams.Stdout, "Drill %s: the clock runs.\n%s\nhelp lists the commands, score tells how you are doing, exit ends the drill.\n\n", name, a.Alert)
	score := warroom.Builtin{
		Usage: "score", Purpose: "what of the attack is contained, what is missed, which harmless things were hit",
		Do: func(s *warroom.Session, _ context.Context, _ warroom.Line) error {
			return showScore(s.Screen, name, e.tenant.Score())
		},
	}
	err = p.openWarRoom(ctx, e, func(session *warroom.Session) { session.More = map[string]warroom.Builtin{"score": score} })
	if err != nil {
		return err
	}
	final := e.tenant.Score()
	if err := showScore(terminal.ScreenOn(p.streams.Stdout, p.streams.Getenv), name, final); err != nil {
		return err
	}
	if !final.Perfect() {
		return silentError{errors.New("the attack is not contained, or a harmless thing is hit")}
	}
	return nil
}

// showScore writes a score: a line that sums it up, and a line a thing.
func showScore(out io.Writer, name string, score attack.Score) error {
	var text strings.Builder
	fmt.Fprintf(&text, "Score of the drill %s after %s: %d of %d contained, %d harmless %s hit.\n", name, score.Used.Round(time.Second),
		len(score.Contained), len(score.Contained)+len(score.Missed), len(score.Hit), things(len(score.Hit)))
	for _, part := range []struct {
		name    string
		results []attack.Result
	}{{"contained", score.Contained}, {"missed", score.Missed}, {"hit", score.Hit}} {
		for _, r := range part.results {
			fmt.Fprintf(&text, "  %-9s  %s\n", part.name, scoreLine(r))
		}
	}
	_, err := io.WriteString(out, terminal.Printable(text.String()))
	return err
}

func things(n int) string {
	if n == 1 {
		return "thing"
	}
	return "things"
}

func scoreLine(r attack.Result) string {
	line := r.What
	if r.Why != "" {
		line += ": " + r.Why
	}
	if r.Command != "" {
		line += fmt.Sprintf(" (%s after %s)", r.Command, r.After.Round(time.Second))
	}
	return line
}
