package definition_test

import (
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
