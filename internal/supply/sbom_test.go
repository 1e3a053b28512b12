package supply_test

import (
	"runtime/debug"
	"testing"

	"msgraph-user/internal/supply"
)

const wanted = `{
  "bomFormat": "CycloneDX",
  "specVersion": "1.5",
  "version": 1,
  "metadata": {
    "component": {
      "type": "application",
      "bom-ref": "pkg:golang/msgraph-user@1.2.3",
      "name": "msgraph-user",
      "version": "1.2.3",
      "purl": "pkg:golang/msgraph-user@1.2.3",
      "properties": [
        {
          "name": "go:build:-trimpath",
          "value": "true"
        }
      ]
    }
  },
  "components": [
    {
      "type": "library",
      "bom-ref": "pkg:golang/example.com/a@v1.0.0+incompatible",
      "name": "example.com/a",
      "version": "v1.0.0+incompatible",
      "purl": "pkg:golang/example.com/a@v1.0.0+incompatible",
      "properties": [
        {
          "name": "go:sum",
          "value": "h1:a"
        }
      ]
    },
    {
      "type": "library",
      "bom-ref": "pkg:golang/example.com/fork@v2.0.0",
      "name": "example.com/fork",
      "version": "v2.0.0",
      "purl": "pkg:golang/example.com/fork@v2.0.0"
    },
    {
      "type": "library",
      "bom-ref": "pkg:golang/std@1.26.8",
      "name": "std",
      "version": "1.26.8",
      "purl": "pkg:golang/std@1.26.8"
    }
  ],
  "dependencies": [
    {
      "ref": "pkg:golang/msgraph-user@1.2.3",
      "dependsOn": [
        "pkg:golang/example.com/a@v1.0.0+incompatible",
        "pkg:golang/example.com/fork@v2.0.0",
        "pkg:golang/std@1.26.8"
      ]
    }
  ]
}`

func TestCycloneDX(t *testing.T) {
	got, err := supply.CycloneDX(&debug.BuildInfo{
		GoVersion: "go1.26.8",
		Main:      debug.Module{Path: "msgraph-user", Version: "(devel)"},
		Settings:  []debug.BuildSetting{{Key: "-trimpath", Value: "true"}},
		Deps: []*debug.Module{
			{Path: "example.com/b", Version: "v2.0.0", Sum: "h1:b", Replace: &debug.Module{Path: "example.com/fork", Version: "v2.0.0"}},
			{Path: "example.com/a", Version: "v1.0.0+incompatible", Sum: "h1:a"},
		},
	}, "1.2.3")
	if err != nil || string(got) != wanted {
		t.Errorf("%v\n%s", err, got)
	}
}
