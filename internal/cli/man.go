//go:build !lean

package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"msgraph-user/internal/supply"
)

func (p *program) manCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "man DIR",
		Short:   "Write the manual pages of the program and its subcommands",
		Long:    "Write the manual pages of the program and its subcommands into a directory, in the\nform that man reads.",
		Example: "  msgraph-user man ~/.local/share/man/man1",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("man needs the name of one directory")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return p.writeManual(cmd.Root(), args[0]) },
	}
}

// writeManual writes a page for cmd and for each subcommand.
func (p *program) writeManual(cmd *cobra.Command, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("write the manual pages: %w", err)
	}
	path := filepath.Join(dir, manualName(cmd)+".1")
	if err := os.WriteFile(path, []byte(manualPage(cmd)), 0o644); err != nil {
		return fmt.Errorf("write the manual pages: %w", err)
	}
	fmt.Fprintln(p.streams.Stdout, path)
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			if err := p.writeManual(sub, dir); err != nil {
				return err
			}
		}
	}
	return nil
}

func manualName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// manualPage returns the page of cmd in the man macros
// (https://man7.org/linux/man-pages/man7/man.7.html).
func manualPage(cmd *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH %s 1 \"\" \"msgraph-user %s\" \"User Commands\"\n", roff(strings.ToUpper(manualName(cmd))), roff(supply.Version))
	section := func(title, body string) {
		if strings.TrimSpace(body) != "" {
			fmt.Fprintf(&b, ".SH %s\n%s\n", title, strings.TrimRight(body, "\n"))
		}
	}
	section("NAME", roff(manualName(cmd))+` \- `+roff(cmd.Short))
	section("SYNOPSIS", ".B "+roff(cmd.UseLine()))
	section("DESCRIPTION", roffText(cmd.Long))
	section("OPTIONS", roffFlags(cmd))
	section("EXAMPLES", roffText(cmd.Example))
	if !cmd.HasParent() {
		var variables strings.Builder
		for _, variable := range environment {
			fmt.Fprintf(&variables, ".TP\n.B %s\n%s\n", roff(variable[0]), roff(variable[1]))
		}
		section("ENVIRONMENT", variables.String())
	}
	section("SEE ALSO", seeAlso(cmd))
	return b.String()
}

// roffFlags lists the flags that mean something to cmd.
func roffFlags(cmd *cobra.Command) string {
	var b strings.Builder
	meaningful := meaningfulTo(cmd)
	global := cmd.Root().PersistentFlags()
	cmd.InheritedFlags() // merges them into those of cmd
	cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		if global.Lookup(flag.Name) == flag && !meaningful(flag.Name) {
			return
		}
		value, usage := pflag.UnquoteUsage(flag)
		name := "--" + flag.Name
		if flag.Shorthand != "" {
			name = "-" + flag.Shorthand + ", " + name
		}
		if value != "" {
			name += " " + value
		}
		fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", roff(name), roff(usage))
	})
	return b.String()
}

// seeAlso names the pages of the command above and of those below.
func seeAlso(cmd *cobra.Command) string {
	var pages []string
	if cmd.HasParent() {
		pages = append(pages, roff(manualName(cmd.Parent()))+"(1)")
	}
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			pages = append(pages, roff(manualName(sub))+"(1)")
		}
	}
	return strings.Join(pages, ",\n")
}

// roff writes text so that no character of it is a command of roff.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "\n", " ").Replace(text)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		return `\&` + text
	}
	return text
}

// roffText writes paragraphs, and lines that begin with spaces as they stand.
func roffText(text string) string {
	var b strings.Builder
	asIs := false
	for _, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		switch indented := strings.HasPrefix(line, " "); {
		case indented && !asIs:
			b.WriteString(".PP\n.nf\n")
			asIs = true
		case !indented && asIs:
			b.WriteString(".fi\n")
			asIs = false
		}
		if line == "" {
			b.WriteString(".PP\n")
			continue
		}
		b.WriteString(roff(line) + "\n")
	}
	if asIs {
		b.WriteString(".fi\n")
	}
	return b.String()
}
