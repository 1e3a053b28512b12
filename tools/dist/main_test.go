package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

var sample = []file{{name: "msgraph-user", mode: 0o755, content: []byte("program")}, {name: "LICENSE", mode: 0o644, content: []byte("licence")}}

func TestArchivesHoldTheFilesInOneFolder(t *testing.T) {
	zipped, err := zipped("release", sample)
	if err != nil {
		t.Fatal(err)
	}
	for name, list := range map[string]func() string{
		"tar": func() string { return listTar(t, tarball("release", sample)) },
		"zip": func() string { return listZip(t, zipped) },
	} {
		if got, want := list(), "release/msgraph-user 755 program\nrelease/LICENSE 644 licence\n"; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestArchivesOfTheSameFilesAreEqual(t *testing.T) {
	if !bytes.Equal(tarball("release", sample), tarball("release", sample)) {
		t.Error("two tar archives differ")
	}
	one, _ := zipped("release", sample)
	another, _ := zipped("release", sample)
	if !bytes.Equal(one, another) {
		t.Error("two zip archives differ")
	}
}

func TestChecksumsAreSortedByName(t *testing.T) {
	got := string(checksums(map[string][sha256.Size]byte{"b": {0xff}, "a": {0xfe}}))
	want := "fe" + strings.Repeat("00", 31) + "  a\nff" + strings.Repeat("00", 31) + "  b\n"
	if got != want {
		t.Errorf("got %q", got)
	}
}

// Every module of the program has a licence that is handed on.
func TestLicencesAreHandedOn(t *testing.T) {
	t.Chdir("../..")
	text, err := systems[0].licences()
	if err != nil {
		t.Fatal(err)
	}
	for _, module := range []string{"==== Go: LICENSE", "==== golang.org/x/oauth2 ", "==== gopkg.in/yaml.v3 ", "==== github.com/sourcegraph/jsonrpc2 "} {
		if !bytes.Contains(text, []byte(module)) {
			t.Errorf("%q is missing", module)
		}
	}
	if err := writeLicences(&bytes.Buffer{}, "nothing", t.TempDir()); err == nil {
		t.Error("a module without a licence is handed on")
	}
}

// An archive holds the pages that the help of the program names, and their pictures.
func TestPagesAreHandedOn(t *testing.T) {
	t.Chdir("../..")
	files, err := pages()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"README.md", "SECURITY.md", "CHANGELOG.md", "docs/incident.md", "docs/emulator.md", "docs/images/investigation.png"} {
		if !slices.ContainsFunc(files, func(f file) bool { return f.name == name && f.from != "" }) {
			t.Errorf("%s is missing", name)
		}
	}
}

func listTar(t *testing.T, packed []byte) string {
	t.Helper()
	compressed, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	var list strings.Builder
	archive := tar.NewReader(compressed)
	for {
		header, err := archive.Next()
		if err == io.EOF {
			return list.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		writeLine(t, &list, header.Name, header.Mode, archive)
	}
}

func listZip(t *testing.T, packed []byte) string {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		t.Fatal(err)
	}
	var list strings.Builder
	for _, f := range archive.File {
		content, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		writeLine(t, &list, f.Name, int64(f.Mode().Perm()), content)
	}
	return list.String()
}

func writeLine(t *testing.T, list *strings.Builder, name string, mode int64, content io.Reader) {
	t.Helper()
	text, err := io.ReadAll(content)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(list, "%s %o %s\n", name, mode, text)
}
