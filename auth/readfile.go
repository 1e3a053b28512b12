package auth

import (
	"io/fs"
	"os"

	"msgraph-user/internal/bounded"
)

// readFile returns the content of a regular file of at most limit bytes.
func (t *tokenClient) readFile(name string, limit int64) ([]byte, error) {
	file, err := t.open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, _, err := bounded.ReadRegular(file, name, limit)
	return content, err
}

// openRegular opens a file, which has to be a regular one: to open a pipe may take
// forever.
func openRegular(name string) (fs.File, error) {
	if err := bounded.CheckRegular(name); err != nil {
		return nil, err
	}
	return os.Open(name)
}
