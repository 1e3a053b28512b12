package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io/fs"
	"time"
)

// file is one file of an archive.
type file struct {
	name    string
	mode    fs.FileMode
	from    string // the file that it is a copy of; "" where content is given
	content []byte
}

// made is the time of all files: archives of one source are equal byte for byte. A
// zip archive holds none that is earlier.
var made = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// tarball packs files into a folder of that name. Writing to memory does not fail.
func tarball(folder string, files []file) []byte {
	var packed bytes.Buffer
	compressed, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	archive := tar.NewWriter(compressed)
	for _, f := range files {
		_ = archive.WriteHeader(&tar.Header{Name: folder + "/" + f.name, Mode: int64(f.mode), Size: int64(len(f.content)), ModTime: made})
		_, _ = archive.Write(f.content)
	}
	_ = archive.Close()
	_ = compressed.Close()
	return packed.Bytes()
}

// zipped packs files into a folder of that name.
func zipped(folder string, files []file) ([]byte, error) {
	var packed bytes.Buffer
	archive := zip.NewWriter(&packed)
	for _, f := range files {
		header := &zip.FileHeader{Name: folder + "/" + f.name, Method: zip.Deflate, Modified: made}
		header.SetMode(f.mode)
		entry, err := archive.CreateHeader(header)
		if err == nil {
			_, err = entry.Write(f.content)
		}
		if err != nil {
			return nil, err
		}
	}
	err := archive.Close()
	return packed.Bytes(), err
}
