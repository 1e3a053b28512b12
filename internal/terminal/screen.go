// Package terminal draws War Room entries for a person: tables to the width of
// the window, headings, help texts, and a line that says how far long work is.
package terminal

import (
	"io"
	"os"

	"golang.org/x/term"
)

// plainWidth is the width in columns of what is no window: nothing is wrapped.
const plainWidth = 0

// Screen is what is drawn on: a window, or a file or pipe that takes the text as
// it is.
type Screen struct {
	io.Writer
	// Width returns the columns of the window as it is now, 0 where there is none.
	Width func() int
	// Height returns the lines of the window as it is now, 0 where there is none; nil
	// where nobody asks.
	Height func() int
	// Styled switches on bold and dim text.
	Styled bool
}

// ScreenOn returns the screen that w is. Styles are off where the environment
// says so: NO_COLOR (https://no-color.org) or TERM=dumb.
func ScreenOn(w io.Writer, getenv func(string) string) Screen {
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return Screen{Writer: w, Width: func() int { return plainWidth }}
	}
	return Screen{
		Writer: w,
		Width: func() int {
			columns, _, err := term.GetSize(int(file.Fd()))
			if err != nil {
				return plainWidth
			}
			return columns
		},
		Height: func() int {
			_, lines, err := term.GetSize(int(file.Fd()))
			if err != nil {
				return 0
			}
			return lines
		},
		Styled: getenv("NO_COLOR") == "" && getenv("TERM") != "dumb",
	}
}

// IsWindow reports whether a person looks at the screen.
func (s Screen) IsWindow() bool { return s.Width() > 0 }

// Rows returns the lines of the window, 0 where there is none.
func (s Screen) Rows() int {
	if s.Height == nil {
		return 0
	}
	return s.Height()
}

// The styles, as ECMA-48 numbers them.
const (
	bold = "1"
	dim  = "2"
)

// style marks text, on a screen that has styles.
func (s Screen) style(code, text string) string {
	if !s.Styled || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Bold returns text to be drawn bold.
func (s Screen) Bold(text string) string { return s.style(bold, text) }

// Dim returns text to be drawn dim.
func (s Screen) Dim(text string) string { return s.style(dim, text) }
