package definition_test

import (
	"os"
	"testing"

	"msgraph-user/internal/definition"
	"msgraph-user/internal/graphtest"
)

func BenchmarkParseYAML(b *testing.B) {
	data := graphtest.IntegrationYML(b)
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
