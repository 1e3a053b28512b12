package terminal

import (
	"os"
	"strings"
	"testing"

	"msgraph-user/xsoar"
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
	data, err := os.ReadFile("../integration.json")
	if err != nil {
		t.Fatal(err)
	}
	definition, err := xsoar.LoadIntegrationJSON(data)
	if err != nil {
		t.Fatal(err)
	}
	drawn := window(80).DrawProse(definition.DetailedDescription)
	for _, mark := range []string{"**", "`", "](", "\n#", "| ---"} {
		if strings.Contains(drawn, mark) {
			t.Errorf("%q is left in the help text", mark)
		}
	}
	list := window(0).DrawCommands(definition)
	for _, name := range definition.CommandNames() {
		command, _ := definition.Command(name)
		if !strings.Contains(list, name) {
			t.Errorf("%s is not listed", name)
		}
		text := window(0).DrawCommand(command)
		for _, argument := range command.Args {
			if !strings.Contains(text, argument.Name) {
				t.Errorf("%s does not tell of %s", name, argument.Name)
			}
		}
	}
}
