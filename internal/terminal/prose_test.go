package terminal

import (
	"strings"
	"testing"
	"unicode/utf8"

	"msgraph-user/internal/definition"
)

const helpText = `# Title of the text

A paragraph with **bold**, ` + "`code`" + ` and [a link](https://example.com/a) that is long
enough to be broken.

1. One, which goes on for longer than a line of the window has room for.
   And on.
2. Two
   - nested <https://example.com>

| A | **B** |
| --- | --- |
| x | ` + "`y`" + ` |

` + "```" + `
code   stays
` + "```" + `
`

func TestProse(t *testing.T) {
	golden(t, "prose-50.txt", window(50).DrawProse(helpText))
	golden(t, "prose-0.txt", window(0).DrawProse(helpText))
}

// The integration's own help text and commands leave no mark undrawn.
func TestIntegrationHelp(t *testing.T) {
	defined := definition.Load()
	drawn := window(80).DrawProse(defined.DetailedDescription)
	for _, mark := range []string{"**", "`", "](", "\n#", "| ---"} {
		if strings.Contains(drawn, mark) {
			t.Errorf("%q is left in the help text", mark)
		}
	}
	contain, _ := defined.Command("msgraph-user-contain")
	for line := range strings.Lines(window(100).DrawCommand(contain, "!")) { // also the long list of steps
		if width := utf8.RuneCountInString(strings.TrimRight(line, "\n")); width > 100 {
			t.Errorf("%d wide: %s", width, line)
		}
	}
	list := window(0).DrawCommands(defined)
	for _, name := range defined.CommandNames() {
		command, _ := defined.Command(name)
		if listed := strings.Contains(list, name); listed == command.Hidden {
			t.Errorf("%s is listed: %v", name, listed)
		}
		text := window(0).DrawCommand(command, "!")
		for _, argument := range command.Args {
			if told := strings.Contains(text, "\n"+argument.Name+" "); told == argument.Hidden {
				t.Errorf("%s tells of %s: %v", name, argument.Name, told)
			}
		}
	}
}
