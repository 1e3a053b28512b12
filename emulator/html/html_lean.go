//go:build lean

package html

// Templates are left out of the lean build.
type Templates struct{}

// Parse returns no templates.
func Parse(string) *Templates { return nil }

// Execute fails with ErrLean.
func (*Templates) Execute(string, any) ([]byte, error) { return nil, ErrLean }
