package xsoar_test

import (
	"os"
	"testing"

	"msgraph-user/xsoar"
)

func BenchmarkLoadIntegration(b *testing.B) {
	data, err := os.ReadFile("../integration.yml")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := xsoar.LoadIntegration(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoadIntegrationJSON(b *testing.B) {
	data, err := os.ReadFile("../integration.json")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := xsoar.LoadIntegrationJSON(data); err != nil {
			b.Fatal(err)
		}
	}
}
