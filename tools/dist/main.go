// Command dist makes the files of a release: for each system an archive with the
// program, and what the program is made of, as a CycloneDX bill of materials; and
// the checksums of them all. The same source gives the same bytes. Run it from the
// top of the repository:
//
//	go run ./tools/dist [FOLDER]
package main

import (
	"cmp"
	"crypto/sha256"
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"msgraph-user/internal/supply"
)

// system is what a program is built for.
type system struct{ goos, goarch string }

var systems = []system{
	{"linux", "amd64"}, {"linux", "arm64"},
	{"darwin", "amd64"}, {"darwin", "arm64"},
	{"windows", "amd64"}, {"windows", "arm64"},
}

func main() {
	folder := "dist"
	if len(os.Args) > 1 {
		folder = os.Args[1]
	}
	if err := release(folder); err != nil {
		fmt.Fprintln(os.Stderr, "dist:", err)
		os.Exit(1)
	}
}

// release writes the files of all systems, and SHA256SUMS.
func release(folder string) error {
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	sums := map[string][sha256.Size]byte{}
	for _, s := range systems {
		files, err := s.files(folder)
		if err != nil {
			return fmt.Errorf("%s/%s: %w", s.goos, s.goarch, err)
		}
		for name, content := range files {
			sums[name] = sha256.Sum256(content)
			if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
				return err
			}
		}
	}
	return os.WriteFile(filepath.Join(folder, "SHA256SUMS"), checksums(sums), 0o644)
}

// checksums lists files in the form that sha256sum --check reads.
func checksums(sums map[string][sha256.Size]byte) []byte {
	var lines []string
	for name, sum := range sums {
		lines = append(lines, fmt.Sprintf("%x  %s\n", sum, name))
	}
	slices.SortFunc(lines, func(a, b string) int { return cmp.Compare(a[2*sha256.Size:], b[2*sha256.Size:]) })
	return []byte(strings.Join(lines, ""))
}

// files builds the program for the system and returns its archive and its bill of
// materials, by name.
func (s system) files(folder string) (map[string][]byte, error) {
	name := fmt.Sprintf("msgraph-user-%s-%s-%s", supply.Version, s.goos, s.goarch)
	built := filepath.Join(folder, name+".build")
	defer os.Remove(built)
	command := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", built, ".")
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+s.goos, "GOARCH="+s.goarch)
	command.Stderr = os.Stderr
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	contents, err := s.contents(built)
	if err != nil {
		return nil, err
	}
	info, err := buildinfo.ReadFile(built)
	if err != nil {
		return nil, err
	}
	bill, err := supply.CycloneDX(info, supply.Version)
	if err != nil {
		return nil, err
	}
	packed, suffix, err := tarball(name, contents), ".tar.gz", error(nil)
	if s.goos == "windows" { // what its file manager opens
		packed, err = zipped(name, contents)
		suffix = ".zip"
	}
	return map[string][]byte{name + suffix: packed, name + ".cdx.json": append(bill, '\n')}, err
}

// contents are the files of an archive.
func (s system) contents(built string) ([]file, error) {
	program := "msgraph-user"
	if s.goos == "windows" {
		program += ".exe"
	}
	licences, err := s.licences()
	if err != nil {
		return nil, err
	}
	files := []file{{name: program, mode: 0o755, from: built}, {name: "LICENSE", mode: 0o644, from: "LICENSE"},
		{name: "THIRD-PARTY-LICENSES.txt", mode: 0o644, content: licences}}
	pages, err := pages()
	if err != nil {
		return nil, err
	}
	files = append(files, pages...)
	for i := range files {
		if files[i].from == "" {
			continue
		}
		if files[i].content, err = os.ReadFile(files[i].from); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// pages are what a person reads: the help of the program names them.
func pages() ([]file, error) {
	var files []file
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/images/*"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return nil, err
		}
		for _, name := range found {
			files = append(files, file{name: filepath.ToSlash(name), mode: 0o644, from: name})
		}
	}
	return files, nil
}
