package main

import (
	"strings"
	"testing"
)

func TestScriptIsEmbedded(t *testing.T) {
	const around = "name: x\nscript:\n  script: '-'\n  type: python\n  commands: []\n"
	first, err := embedScript([]byte(around), "import os\n\n\nif os:\n    print('- |')\n")
	if err != nil {
		t.Fatal(err)
	}
	const want = "name: x\nscript:\n  script: |\n    import os\n\n\n    if os:\n        print('- |')\n  type: python\n  commands: []\n"
	if string(first) != want {
		t.Errorf("got\n%s", first)
	}
	second, err := embedScript(first, "pass\n")
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Replace(around, "'-'", "|\n    pass", 1); string(second) != want {
		t.Errorf("a second script: got\n%s", second)
	}
}

func TestScriptThatCannotBeEmbedded(t *testing.T) {
	const around = "script:\n  script: '-'\n  type: python\n"
	for name, c := range map[string]struct{ yml, script string }{
		"no place for it":          {"script: {}\n", "pass\n"},
		"no line break at its end": {"\n" + around, "pass"},
		"blank lines at its end":   {"\n" + around, "pass\n\n\n"},
		"a control character":      {"\n" + around, "a = '\x01'\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := embedScript([]byte(c.yml), c.script); err == nil {
				t.Error("no error")
			}
		})
	}
}
