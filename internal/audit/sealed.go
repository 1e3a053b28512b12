package audit

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
)

// SealOf returns the seal of a run's record that the trail holds; "" where it holds
// none. Files that a log rotation moved away are not read.
func (t *Trail) SealOf(run string) (seal string, err error) {
	file, err := os.Open(t.file.path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	in := bufio.NewReader(file)
	for {
		line, err := in.ReadBytes('\n')
		var sealed struct{ Run, Seal string }
		if bytes.Contains(line, []byte(`"seal":`)) && json.Unmarshal(line, &sealed) == nil && strings.EqualFold(sealed.Run, run) && sealed.Seal != "" {
			seal = sealed.Seal // the last one counts
		}
		if errors.Is(err, io.EOF) {
			return seal, nil
		}
		if err != nil {
			return "", err
		}
	}
}
