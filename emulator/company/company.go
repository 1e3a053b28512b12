// Package company holds the practice tenant's sample company: people,
// groups, roles, devices and applications, as a seed.
package company

import _ "embed"

//go:embed company.json
var seed string

// Seed returns the sample company as the JSON of a seed file.
func Seed() []byte { return []byte(seed) }
