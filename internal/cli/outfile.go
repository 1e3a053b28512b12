package cli

import (
	"fmt"
	"os"

	"msgraph-user/internal/atomicfile"
)

// createOut makes the file that --out names, before anything is sent: an answer must
// not be lost for want of a place.
func createOut(path string) (*atomicfile.File, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, usagef("--out %s: it is no file", path)
	}
	file, err := atomicfile.Create(path)
	if err != nil {
		return nil, fmt.Errorf("--out %s: %w", path, err)
	}
	return file, nil
}
