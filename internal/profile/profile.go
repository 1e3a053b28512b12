// Package profile reads the instances that a person keeps by name in a
// configuration file.
package profile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"msgraph-user/internal/bounded"
)

// Profile is one instance: its parameters, or the file that holds them, and the file
// that keeps its tokens.
type Profile struct {
	Name       string
	ParamsFile string         // empty where Params holds the parameters
	Params     map[string]any // nil where they are in ParamsFile
	State      string         // empty: tokens are kept in memory
}

// File is the configuration file.
type File struct {
	Path     string
	Default  string // the profile that is used where none is named; may be empty
	profiles map[string]Profile
}

// Path returns where the configuration is kept: under XDG_CONFIG_HOME
// (https://specifications.freedesktop.org/basedir/latest/) where that is set, else
// in ~/.config, on Windows in %AppData%. It is empty where there is no such folder.
func Path(getenv func(string) string) string {
	for _, folder := range []struct{ variable, below string }{
		{"XDG_CONFIG_HOME", ""}, {"HOME", ".config"}, {"AppData", ""},
	} {
		if base := getenv(folder.variable); filepath.IsAbs(base) {
			return filepath.Join(base, folder.below, "msgraph-user", "config.yaml")
		}
	}
	return ""
}

// form is the file as it is written.
type form struct {
	Default  string `yaml:"default"`
	Profiles map[string]struct {
		Params yaml.Node `yaml:"params"`
		State  string    `yaml:"state"`
	} `yaml:"profiles"`
}

// goType is how yaml says where an unknown member is: by the Go type that has no such
// member, which tells a person nothing.
var goType = regexp.MustCompile(` not found in type .*`)

// Read reads the file at path. A file that does not exist holds no profile. Names of
// files in it are relative to its own folder; ~/ is the person's home. A file that
// holds parameters themselves is refused where others may read it.
func Read(ctx context.Context, path string, getenv func(string) string) (*File, error) {
	file := &File{Path: path, profiles: map[string]Profile{}}
	if path == "" {
		return file, nil
	}
	data, err := bounded.ReadFile(ctx, path, bounded.Settings)
	if errors.Is(err, fs.ErrNotExist) {
		return file, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the profiles: %w", err)
	}
	var written form
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(&written); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("the profiles in %s: %s", path, goType.ReplaceAllString(err.Error(), " is not known: at the top are default and profiles, in a profile params and state"))
	}
	place := func(name string) string { return placed(name, filepath.Dir(path), getenv("HOME")) }
	for name, p := range written.Profiles {
		profile := Profile{Name: name, State: place(p.State)}
		if err := profile.take(&p.Params, place); err != nil {
			return nil, fmt.Errorf("the profile %s in %s: %w", name, path, err)
		}
		file.profiles[name] = profile
	}
	file.Default = written.Default
	return file, file.checkMode()
}

// take reads the parameters, or the name of the file that holds them.
func (p *Profile) take(params *yaml.Node, place func(string) string) error {
	switch params.Kind {
	case yaml.ScalarNode:
		p.ParamsFile = place(params.Value)
	case yaml.MappingNode:
		return params.Decode(&p.Params)
	}
	if p.ParamsFile == "" {
		return errors.New("params has to be the name of a file, or the parameters themselves")
	}
	return nil
}

// placed returns where the file called name is.
func placed(name, folder, home string) string {
	if below, ok := strings.CutPrefix(name, "~/"); ok && home != "" {
		return filepath.Join(home, below)
	}
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(folder, name)
}

// checkMode refuses a file that others may read where it holds parameters, for among
// them are secrets. Windows tells nothing of others in a file's mode.
func (f *File) checkMode() error {
	holds := false
	for _, p := range f.profiles {
		holds = holds || p.Params != nil
	}
	if !holds || runtime.GOOS == "windows" {
		return nil
	}
	info, err := os.Stat(f.Path)
	if err != nil {
		return fmt.Errorf("read the profiles: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return fmt.Errorf("%s holds an instance's parameters, and others can open it (mode %04o): run chmod 600 %s", f.Path, mode, f.Path)
	}
	return nil
}

// Names returns the names of all profiles, sorted.
func (f *File) Names() []string { return slices.Sorted(maps.Keys(f.profiles)) }

// Find returns the profile called name. The error lists those that there are.
func (f *File) Find(name string) (Profile, error) {
	p, ok := f.profiles[name]
	switch {
	case ok:
		return p, nil
	case len(f.profiles) == 0:
		return Profile{}, fmt.Errorf("there is no profile %q: no profile is configured in %s", name, f.Path)
	}
	return Profile{}, fmt.Errorf("there is no profile %q in %s; there is %s", name, f.Path, strings.Join(f.Names(), ", "))
}
