// Package docs tests what people read: it runs every command line and snippet
// in there, and in the README, as it stands.
package docs

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// What a fenced block is run as follows from its language:
//
//	sh       each by bash, which stops at the first command that fails
//	console  lines after "$ ", and after "> " where they go on, by bash; the others are what they print, where … stands for anything
//	warroom  typed into one War Room on the practice tenant; no line may fail
//	sitting  one sitting in the War Room: lines after "practice> " are typed, the others are what comes back
//	json     has to be JSON, yaml YAML
//
// All of a document's blocks run one after the other as if one person typed them
// into one new shell: with the program on the PATH, in an empty HOME, and with no
// other environment variable.
//
//	<!-- file: NAME -->          the block is written to that file first
//	<!-- not run: REASON -->     the block is not run
//	<!-- exit: N -->             its last command ends with this status
//	<!-- from: FILE NAME -->     the block is what stands in that file of the source tree between "docs: NAME" and "docs: end"

var binDir string

func TestMain(m *testing.M) { os.Exit(withProgram(m)) }

// withProgram builds the program and runs the tests.
func withProgram(m *testing.M) int {
	dir, err := os.MkdirTemp("", "msgraph-user-docs")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "msgraph-user"), "../..")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build the program:", err)
		return 1
	}
	binDir = dir
	return m.Run()
}

// block is a fenced block of a document.
type block struct {
	line     int
	language string
	text     string
	file     string // its name, where it is one
	notRun   string // why it is not run
	exit     string // the status that it ends with
	from     string // the part of a file that it is
	tenant   string // the practice tenant that its lines are typed into
	drill    string // the drill that its lines are typed into
}

var (
	fence = regexp.MustCompile("^( *)```([a-z]*)")
	note  = regexp.MustCompile(`^ *<!-- (file|not run|exit|from|tenant|drill): (.*) -->$`)
)

// blocksOf takes the fenced blocks of a Markdown text.
func blocksOf(text string) ([]block, error) {
	var blocks []block
	var open *block
	var notes block
	indent := ""
	for n, line := range strings.Split(text, "\n") {
		mark := fence.FindStringSubmatch(line)
		switch {
		case open == nil && mark != nil:
			notes.line, notes.language, indent = n+1, mark[2], mark[1]
			open = &notes
		case open != nil && mark != nil:
			blocks = append(blocks, *open)
			open, notes = nil, block{}
		case open != nil:
			open.text += strings.TrimPrefix(line, indent) + "\n"
		default:
			notes.read(line)
		}
	}
	if open != nil {
		return nil, fmt.Errorf("line %d: the block has no end", open.line)
	}
	return blocks, nil
}

// read takes a note in front of a block; any other text but white space ends it.
func (b *block) read(line string) {
	found := note.FindStringSubmatch(line)
	switch {
	case found == nil && strings.TrimSpace(line) != "":
		*b = block{}
	case found == nil:
	case found[1] == "file":
		b.file = found[2]
	case found[1] == "not run":
		b.notRun = found[2]
	case found[1] == "from":
		b.from = found[2]
	case found[1] == "exit":
		b.exit = found[2]
	case found[1] == "tenant":
		b.tenant = found[2]
	case found[1] == "drill":
		b.drill = found[2]
	}
}

func documents(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	top, err := filepath.Glob("../../*.md")
	if err != nil {
		t.Fatal(err)
	}
	return append(paths, top...)
}

func TestEverySnippetRuns(t *testing.T) {
	for _, path := range documents(t) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		blocks, err := blocksOf(string(text))
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			p := &page{t: t, dir: t.TempDir(), home: newHome(t)}
			if filepath.Dir(path) == "../.." { // speaks of the source tree
				p.dir = "../.."
			}
			for _, b := range blocks {
				p.run(b)
			}
			t.Logf("%d blocks from the top, %d of them run", len(blocks), p.ran)
		})
	}
}

// wholeTest is the command that these tests are part of.
const wholeTest = "go test ./..."

// page is a document whose blocks are run.
type page struct {
	t    *testing.T
	dir  string
	home string
	ran  int
}

func (p *page) run(b block) {
	p.t.Helper()
	switch {
	case b.notRun != "":
		p.t.Logf("line %d is not run: %s", b.line, b.notRun)
		return
	case strings.TrimSpace(b.text) == wholeTest:
		return // this is it
	case b.from != "":
		p.compare(b)
		return
	case b.file != "":
		if err := os.WriteFile(filepath.Join(p.dir, b.file), []byte(b.text), 0o600); err != nil {
			p.t.Fatal(err)
		}
	}
	if b.language == "sh" || b.language == "console" || b.language == "warroom" || b.language == "sitting" {
		p.ran++
	}
	switch b.language {
	case "sh":
		p.shell(b, b.text)
	case "console":
		p.console(b)
	case "warroom":
		p.warroom(b)
	case "sitting":
		p.sitting(b)
	case "json":
		if !json.Valid([]byte(b.text)) {
			p.t.Errorf("line %d: no JSON", b.line)
		}
	case "yaml":
		var any any
		if err := yaml.Unmarshal([]byte(b.text), &any); err != nil {
			p.t.Errorf("line %d: %v", b.line, err)
		}
	default:
		if b.file == "" {
			p.t.Errorf("line %d: nobody runs a block of %q; say why with <!-- not run: … -->", b.line, b.language)
		}
	}
}

// compare holds a block against the part of a program that is run elsewhere.
func (p *page) compare(b block) {
	p.t.Helper()
	file, name, _ := strings.Cut(b.from, " ")
	source, err := os.ReadFile(filepath.Join("../..", file))
	if err != nil {
		p.t.Fatal(err)
	}
	part := regexp.MustCompile(`(?s)(?://|#) docs: ` + regexp.QuoteMeta(name) + `\n(.*?)\n[ \t]*(?://|#) docs: end`).FindSubmatch(source)
	if part == nil {
		p.t.Errorf("line %d: %s has no part %s", b.line, file, name)
		return
	}
	if got, want := unindent(b.text), unindent(string(part[1])); got != want {
		p.t.Errorf("line %d: the block is\n%s\nand %s runs\n%s", b.line, got, file, want)
	}
}

// unindent takes away the indentation of the first line from all.
func unindent(text string) string {
	text = strings.Trim(text, "\n")
	indent := text[:len(text)-len(strings.TrimLeft(text, " \t"))]
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, indent)
	}
	return strings.Join(lines, "\n")
}

// shell runs a script in the page's shell and returns what it prints. The shell
// starts as a reader's does, with a PATH and an empty HOME; what a block exports,
// and the directory that it changes to, hold for the blocks below.
func (p *page) shell(b block, script string) string {
	p.t.Helper()
	const keep = "\n{ export -p; printf 'cd %q\\n' \"$PWD\"; } >~/session"
	cmd := exec.CommandContext(p.t.Context(), "bash", "-euo", "pipefail", "-c", "[ ! -e ~/session ] || . ~/session\n"+script+keep)
	cmd.Dir = p.dir
	cmd.Env = []string{"PATH=" + binDir + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME=" + p.home}
	out, err := cmd.CombinedOutput()
	status := fmt.Sprint(cmd.ProcessState.ExitCode())
	if want := b.exit; err != nil && status != want || want != "" && status != want {
		p.t.Errorf("line %d: %v\n%s\n%s", b.line, err, script, out)
	}
	return string(out)
}

// newHome returns an empty home directory in which Go, where a page uses it,
// builds with this machine's caches (go env -w writes the same file).
func newHome(t *testing.T) string {
	t.Helper()
	home := t.TempDir()
	settings := ""
	for _, name := range []string{"GOPATH", "GOCACHE", "GOMODCACHE", "GOPROXY", "GOSUMDB", "GOTOOLCHAIN"} {
		value, err := exec.Command("go", "env", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		settings += name + "=" + string(value)
	}
	if err := os.MkdirAll(filepath.Join(home, ".config", "go"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, ".config", "go", "env"), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	return home
}

// console runs what stands after each "$ ", and compares what it prints.
func (p *page) console(b block) {
	p.t.Helper()
	for _, part := range strings.Split("\n"+b.text, "\n$ ")[1:] {
		command, want, _ := strings.Cut(part, "\n")
		for strings.HasPrefix(want, "> ") {
			more, rest, _ := strings.Cut(want, "\n")
			command, want = command+"\n"+strings.TrimPrefix(more, "> "), rest
		}
		if got := withoutNotice(want, p.shell(b, command)); !matches(want, got) {
			p.t.Errorf("line %d: %s prints\n%s\nwant\n%s", b.line, command, got, want)
		}
	}
}

// withoutNotice takes the notice of the practice tenant out of what is printed,
// where the document does not show it: a reader's tenant is a real one.
func withoutNotice(want, got string) string {
	const notice = "msgraph-user: Practice tenant: no real account was read or changed.\n"
	if strings.Contains(want, "Practice tenant") {
		return got
	}
	return strings.Replace(got, notice, "", 1)
}

// matches compares what is printed, … standing for anything and white space at the ends
// for nothing.
func matches(want, got string) bool {
	parts := strings.Split(strings.TrimSpace(want), "…")
	for i, part := range parts {
		parts[i] = regexp.QuoteMeta(part)
	}
	pattern := "(?s)^" + strings.Join(parts, ".*") + "$"
	return regexp.MustCompile(pattern).MatchString(strings.TrimSpace(got))
}

// warroom types lines into a War Room.
func (p *page) warroom(b block) {
	p.t.Helper()
	out := p.typed(b, b.text)
	if strings.Contains(out, "Error:") || strings.Contains(out, "was not found") {
		p.t.Errorf("line %d: a line fails in\n%s", b.line, out)
	}
}

// typed types lines into a War Room, and returns what it prints.
func (p *page) typed(b block, lines string) string {
	p.t.Helper()
	file := filepath.Join(p.t.TempDir(), "lines")
	if err := os.WriteFile(file, []byte(lines), 0o600); err != nil {
		p.t.Fatal(err)
	}
	room := "msgraph-user warroom --emulator"
	switch {
	case b.drill != "":
		room = "msgraph-user drill " + b.drill
	case b.tenant != "":
		room += "=" + b.tenant
	}
	if b.drill != "" || b.tenant != "" { // the files of its answers are about another tenant
		return p.shell(b, "(cd '"+filepath.Dir(file)+"'; "+room+" < '"+file+"')")
	}
	return p.shell(b, room+" < '"+file+"'")
}

// sitting types the lines of a sitting, and compares what comes back.
func (p *page) sitting(b block) {
	p.t.Helper()
	var typed strings.Builder
	for line := range strings.Lines(b.text) {
		if text, ok := strings.CutPrefix(line, "practice> "); ok {
			typed.WriteString(text)
		}
	}
	if got := p.typed(b, typed.String()); !matches(b.text, got) {
		p.t.Errorf("line %d: the sitting reads\n%s\nwant\n%s", b.line, got, b.text)
	}
}

// Every line of a recipe shows what comes back, so that the test above notices a
// command that still runs and does something else.
func TestEveryRecipeShowsItsAnswers(t *testing.T) {
	blocks, err := blocksOf(file(t, "docs/recipes.md"))
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, b := range blocks {
		prompt := map[string]string{"sitting": "practice> ", "console": "$ "}[b.language]
		switch {
		case prompt != "":
		case b.file != "", strings.HasPrefix(b.text, "export "):
			continue
		default:
			t.Errorf("line %d: nobody compares a block of %q", b.line, b.language)
			continue
		}
		for _, part := range strings.Split("\n"+b.text, "\n"+prompt)[1:] {
			command, answer, _ := strings.Cut(part, "\n")
			if strings.Trim(answer, "… \n") == "" {
				t.Errorf("line %d: %s shows nothing of its answer", b.line, command)
			}
			compared++
		}
	}
	if compared < 20 {
		t.Errorf("only %d lines are compared", compared)
	}
	t.Logf("%d lines are compared", compared)
}

// Few blocks are not run, each for a reason that holds.
func TestFewBlocksAreNotRun(t *testing.T) {
	const few = 7
	count := 0
	for _, path := range documents(t) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		count += strings.Count(string(text), "<!-- not run: ")
	}
	if count > few {
		t.Errorf("%d blocks are not run", count)
	}
}

// The README leads to every page.
func TestTheReadmeNamesEveryPage(t *testing.T) {
	readme := file(t, "README.md")
	for _, path := range documents(t) {
		page := strings.TrimPrefix(path, "../../")
		if strings.HasPrefix(page, "docs/") && !strings.Contains(readme, "("+page+")") {
			t.Errorf("README.md does not lead to %s", page)
		}
	}
}

var link = regexp.MustCompile(`\]\(([^)#:]*)(?:#([^)]*))?\)`)

// Links between documents lead somewhere, also those to a heading.
func TestLinksLeadSomewhere(t *testing.T) {
	for _, path := range documents(t) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range link.FindAllStringSubmatch(string(text), -1) {
			target := filepath.Join(filepath.Dir(path), found[1])
			if found[1] == "" {
				target = path
			}
			content, err := os.ReadFile(target)
			if info, missing := os.Stat(target); missing != nil || err != nil && !info.IsDir() {
				t.Errorf("%s: %v", path, missing)
			}
			if found[2] != "" && !hasHeading(string(content), found[2]) {
				t.Errorf("%s: %s has no heading #%s", path, found[1], found[2])
			}
		}
	}
}

// hasHeading reports whether a Markdown text has the heading of that fragment, which
// is the heading in small letters without signs, and with - for spaces.
func hasHeading(text, fragment string) bool {
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(text, -1) {
		plain := regexp.MustCompile(`[^\pL\pN _-]`).ReplaceAllString(strings.ToLower(heading[1]), "")
		if strings.ReplaceAll(plain, " ", "-") == fragment {
			return true
		}
	}
	return false
}
