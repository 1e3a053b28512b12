package warroom

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"msgraph-user/internal/bounded"
)

// How much is called up again.
const (
	maxHistory      = 1000    // lines
	maxHistoryBytes = 1 << 20 // all of them together
)

// History is the file with the lines of earlier sittings.
type History struct {
	path   string
	failed error
}

// OpenHistory returns the history in a file, which need not exist yet.
func OpenHistory(path string) *History { return &History{path: path} }

// HistoryPath returns where a user's history is kept: under XDG_STATE_HOME
// (https://specifications.freedesktop.org/basedir/latest/) where that is set, else
// where the system keeps what a program remembers.
func HistoryPath(getenv func(string) string) (string, error) {
	if state := getenv("XDG_STATE_HOME"); state != "" {
		return filepath.Join(state, "msgraph-user", "warroom-history"), nil
	}
	if home := getenv("HOME"); home != "" {
		return filepath.Join(home, ".local", "state", "msgraph-user", "warroom-history"), nil
	}
	config, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("there is no place for the history: %w", err)
	}
	return filepath.Join(config, "msgraph-user", "warroom-history"), nil
}

// Lines returns the latest lines, oldest first.
func (h *History) Lines() []string {
	data, err := h.tail()
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			h.failed = err
		}
		return nil
	}
	lines := strings.Split(strings.TrimRight(string(data), "\n"), "\n")
	return lines[max(0, len(lines)-maxHistory):]
}

// tail reads the end of the file, from the beginning of a line.
func (h *History) tail() ([]byte, error) {
	if err := bounded.CheckRegular(h.path); err != nil {
		return nil, err
	}
	file, err := os.Open(h.path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	end, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	start := max(0, end-maxHistoryBytes)
	data, err := io.ReadAll(io.NewSectionReader(file, start, end-start))
	if start > 0 {
		_, data, _ = bytes.Cut(data, []byte("\n"))
	}
	return data, err
}

// Append adds a line. The file is for its owner only: lines name people.
func (h *History) Append(line string) {
	if h.failed != nil {
		return
	}
	h.failed = h.append(line)
}

func (h *History) append(line string) error {
	if err := os.MkdirAll(filepath.Dir(h.path), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(h.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	if err := file.Chmod(0o600); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		file.Close()
		return err
	}
	_, err = file.WriteString(line + "\n")
	if closed := file.Close(); err == nil {
		err = closed
	}
	return err
}

// Err returns why lines are not kept, if they are not. A sitting goes on without.
func (h *History) Err() error { return h.failed }

func trimLineEnd(text string) string { return strings.TrimRight(text, "\r\n") }
