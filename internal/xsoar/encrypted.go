package xsoar

import (
	"time"

	"msgraph-user/internal/secret"
	"msgraph-user/internal/winzip"
)

// EncryptedFile returns a file entry that holds content, under the name file, in
// an archive that opens with password. modified is the time that the archive names.
func EncryptedFile(archive, file string, content []byte, password secret.Text, modified time.Time) (Entry, error) {
	data, err := winzip.Encrypt(file, content, password, modified)
	if err != nil {
		return Entry{}, err
	}
	return Entry{Type: File, ContentsFormat: FormatText, Contents: "", File: archive, FileData: data}, nil
}
