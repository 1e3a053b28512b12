package main

import (
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"
)

// The lines of integration.yml between which the script stands.
const (
	scriptBegin = "\nscript:\n  script: "
	scriptEnd   = "\n  type: python\n"
)

// embedScript returns integration.yml with the script that the platform runs in the
// place of the one that it holds. Every other byte stays.
func embedScript(yml []byte, script string) ([]byte, error) {
	before, rest, found := strings.Cut(string(yml), scriptBegin)
	_, after, ended := strings.Cut(rest, scriptEnd)
	if !found || !ended {
		return nil, fmt.Errorf("integration.yml: no place for the script: %q … %q", scriptBegin, scriptEnd)
	}
	embedded := []byte(before + scriptBegin + blockScalar(script, "    ") + scriptEnd + after)
	return embedded, checkEmbedded(embedded, script)
}

// blockScalar writes text as a literal block of YAML, each line of it indented.
func blockScalar(text, indent string) string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for n, line := range lines {
		if line != "" {
			lines[n] = indent + line
		}
	}
	return "|\n" + strings.Join(lines, "\n")
}

// checkEmbedded makes sure that a reader of YAML finds the script as it is.
func checkEmbedded(yml []byte, script string) error {
	var document struct {
		Script struct {
			Script string `yaml:"script"`
		} `yaml:"script"`
	}
	if err := yaml.Unmarshal(yml, &document); err != nil {
		return fmt.Errorf("integration.yml with its script: %w", err)
	}
	if document.Script.Script != script {
		return fmt.Errorf("integration.yml cannot hold the script as it is: end it with one line break, and use no tab")
	}
	return nil
}
