package definition_test

import (
	"msgraph-user/internal/definition"
	"os"
	"testing"
)

func BenchmarkParseYAML(b *testing.B) {
	data, err := os.ReadFile("../../integration.yml")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := definition.ParseYAML(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseJSON(b *testing.B) {
	data, err := os.ReadFile("integration.json")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := definition.ParseJSON(data); err != nil {
			b.Fatal(err)
		}
	}
}
