package terminal

import (
	"os"

	"golang.org/x/term"
)

// IsTerminal reports whether a person can be asked: both files are a terminal.
func IsTerminal(in, out any) bool { return isTerminalFile(in) && isTerminalFile(out) }

func isTerminalFile(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
