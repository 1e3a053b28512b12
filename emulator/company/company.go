// Package company holds the practice tenant's sample company: people,
// groups, roles, devices and applications, as a seed.
package company

import _ "embed"

//go:embed company.json
var seed string

// Seed returns the sample company as the JSON of a seed file.
func Seed() []byte { return []byte(seed) }

//go:embed template.json
var template string

// Template returns a small company to begin a seed file with, as JSON.
func Template() []byte { return []byte(template) }
