// Package supply says what the program is made of, for those who have to know
// before they run it. Its tests hold the dependencies to licences that allow their
// use, and the build to giving the same bytes everywhere.
package supply

import (
	"cmp"
	"encoding/json"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
)

// The members of a bill of materials, as CycloneDX 1.5 names them
// (https://cyclonedx.org/docs/1.5/json/).
type (
	bill struct {
		Format       string       `json:"bomFormat"`
		SpecVersion  string       `json:"specVersion"`
		Version      int          `json:"version"`
		Metadata     metadata     `json:"metadata"`
		Components   []component  `json:"components"`
		Dependencies []dependency `json:"dependencies"`
	}
	metadata struct {
		Component component `json:"component"`
	}
	component struct {
		Type       string     `json:"type"`
		Reference  string     `json:"bom-ref"`
		Name       string     `json:"name"`
		Version    string     `json:"version"`
		URL        string     `json:"purl"`
		Properties []property `json:"properties,omitempty"`
	}
	property struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	dependency struct {
		Reference string   `json:"ref"`
		DependsOn []string `json:"dependsOn"`
	}
)

// CycloneDX returns a bill of materials of a program, made from what the program
// carries about itself: the same that "go version -m" shows. version is the
// program's own. Two builds of one source give the same bill: it holds no time and
// no random number.
func CycloneDX(info *debug.BuildInfo, version string) ([]byte, error) {
	program := library(&debug.Module{Path: info.Main.Path, Version: version})
	program.Type = "application"
	for _, setting := range info.Settings {
		program.Properties = append(program.Properties, property{"go:build:" + setting.Key, setting.Value})
	}
	b := bill{Format: "CycloneDX", SpecVersion: "1.5", Version: 1, Metadata: metadata{program}}
	b.Components = append(b.Components, library(&debug.Module{Path: "std", Version: strings.TrimPrefix(info.GoVersion, "go")}))
	for _, module := range info.Deps {
		if module.Replace != nil {
			module = module.Replace
		}
		b.Components = append(b.Components, library(module))
	}
	slices.SortFunc(b.Components, func(a, b component) int { return cmp.Compare(a.URL, b.URL) })
	needs := dependency{Reference: program.Reference}
	for _, c := range b.Components {
		needs.DependsOn = append(needs.DependsOn, c.Reference)
	}
	b.Dependencies = []dependency{needs}
	return json.MarshalIndent(b, "", "  ")
}

// library is a module as a component, named by its package URL
// (https://github.com/package-url/purl-spec).
func library(m *debug.Module) component {
	address := "pkg:golang/" + m.Path + "@" + url.PathEscape(m.Version)
	c := component{Type: "library", Reference: address, Name: m.Path, Version: m.Version, URL: address}
	if m.Sum != "" {
		c.Properties = []property{{"go:sum", m.Sum}}
	}
	return c
}
