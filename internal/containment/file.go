package containment

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	// plainLimit is how long a file is at most that is not compressed.
	plainLimit = 4 << 20
	// contentLimit is how long the lines of a record are at most.
	contentLimit = 512 << 20
)

// IsRunID reports whether a text may be the id of a run: it becomes a file's name.
func IsRunID(text string) bool {
	const longest, allowed = 100, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"
	return len(text) <= longest && strings.Trim(text, allowed) == "" && strings.Trim(text, ".") != ""
}

// File returns the lines of a record as a file and its name: compressed where they are
// many.
func File(run string, content []byte) (name string, data []byte, err error) {
	name = "containment-" + run + ".jsonl"
	if len(content) <= plainLimit {
		return name, content, nil
	}
	data, err = Compress(content)
	return name + ".gz", data, err
}

// Compress returns content as gzip. The same content always gives the same bytes.
func Compress(content []byte) ([]byte, error) {
	var packed bytes.Buffer
	writer, err := gzip.NewWriterLevel(&packed, gzip.DefaultCompression)
	if err != nil {
		return nil, err
	}
	_, err = writer.Write(content)
	err = errors.Join(err, writer.Close())
	return packed.Bytes(), err
}

// Open returns the lines of a file as File made it, or of its base64, or of the text
// itself. A compressed one must be what this program makes of its content, so that no
// byte of it can be another.
func Open(file []byte) ([]byte, error) {
	if !bytes.HasPrefix(file, []byte("{")) && !isGzip(file) {
		plain, err := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(file)))
		if err != nil {
			return nil, fmt.Errorf("%w: the file is neither lines of JSON, nor compressed, nor base64 of one of these", ErrChanged)
		}
		file = plain
	}
	if !isGzip(file) {
		return file, nil
	}
	reader, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("%w: the file cannot be decompressed: %v", ErrChanged, err)
	}
	content, err := io.ReadAll(io.LimitReader(reader, contentLimit+1))
	if err != nil {
		return nil, fmt.Errorf("%w: the file cannot be decompressed: %v", ErrChanged, err)
	}
	if len(content) > contentLimit {
		return nil, fmt.Errorf("the file has more than %d MiB", contentLimit>>20)
	}
	again, err := Compress(content)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again, file) {
		return nil, fmt.Errorf("%w: the compressed file is not what this program makes of its content. If another version made it, decompress it and give the .jsonl", ErrChanged)
	}
	return content, nil
}

func isGzip(file []byte) bool { return bytes.HasPrefix(file, []byte{0x1f, 0x8b}) }
