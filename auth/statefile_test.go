package auth

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"msgraph-user/internal/failure"
)

func openState(t *testing.T, path string, log *logged) *StateFile {
	t.Helper()
	if log == nil {
		log = &logged{}
	}
	f, err := OpenStateFile(t.Context(), path, log.logger())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func TestStateFileKeepsContexts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	f := openState(t, path, nil)
	if got, err := f.GetIntegrationContext(t.Context(), "new"); err != nil || len(got) != 0 || got == nil {
		t.Errorf("a new instance holds %v, %v", got, err)
	}
	for instance, value := range map[string]map[string]any{
		"": {"access_token": "t", "valid_until": 1700003594}, "b": {"theirs": map[string]any{"n": json.Number("12345678901234567890.50")}},
	} {
		if err := f.SetIntegrationContext(t.Context(), instance, value); err != nil {
			t.Fatal(err)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	again := openState(t, path, nil)
	a, _ := again.GetIntegrationContext(t.Context(), "")
	b, _ := again.GetIntegrationContext(t.Context(), "b")
	if got := asJSON(t, []any{a, b}); got != `[{"access_token":"t","valid_until":1700003594},{"theirs":{"n":12345678901234567890.50}}]` {
		t.Errorf("after opening again: %s", got)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".*"))
	if err != nil || len(left) != 0 {
		t.Errorf("temporary files are left: %v, %v", left, err)
	}
}

func TestStateFileIsForOneProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	first := openState(t, path, nil)
	soon, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err := OpenStateFile(soon, path, nil)
	if e, ok := errors.AsType[*failure.Error](err); !ok || !strings.Contains(e.Error(), "another process") {
		t.Errorf("%v, want a word about the other process", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	openState(t, path, nil)
}

func TestDamagedStateFileIsSetAside(t *testing.T) {
	for name, content := range map[string]string{
		"cut": `{"version":1,"instances":{"a":{"acc`, "not JSON": "hello", "another shape": `[1]`, "no instances": `{"version":1}`,
		"more than one value": `{"version":1,"instances":{}} {}`, "an instance that is no object": `{"version":1,"instances":{"a":1}}`,
		"no version": `{"instances":{}}`, "zero bytes of a crash": "\x00\x00\x00\x00",
	} {
		t.Run(name, func(t *testing.T) {
			path, lines := filepath.Join(t.TempDir(), "state.json"), &logged{}
			for _, aside := range []string{".damaged", ".damaged-2"} {
				if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
				f := openState(t, path, lines)
				if err := f.SetIntegrationContext(t.Context(), "", map[string]any{"a": 1}); err != nil {
					t.Fatal(err)
				}
				if err := f.Close(); err != nil {
					t.Fatal(err)
				}
				kept, err := os.ReadFile(path + aside)
				if err != nil || string(kept) != content || !strings.Contains(lines.String(), aside) {
					t.Errorf("%s holds %q, %v; the log says %s", aside, kept, err, lines)
				}
			}
		})
	}
}

func TestStateFilesThatAreRefused(t *testing.T) {
	folder := t.TempDir()
	later := filepath.Join(folder, "later.json")
	if err := os.WriteFile(later, []byte(`{"version":2,"instances":{"a":{}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"a later version": later, "a folder": folder, "a folder that is not there": filepath.Join(folder, "none", "state.json"),
	} {
		_, err := OpenStateFile(t.Context(), path, nil)
		if e, ok := errors.AsType[*failure.Error](err); !ok || e.Kind != failure.BadConfiguration || e.Advice == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if content, err := os.ReadFile(later); err != nil || !strings.Contains(string(content), `"version":2`) {
		t.Errorf("the file of a later version holds %s, %v", content, err)
	}
}

func TestStateFileIsClosedToOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	openState(t, path, nil)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestStateFileBehindALink(t *testing.T) {
	folder := t.TempDir()
	target, link := filepath.Join(folder, "target.json"), filepath.Join(folder, "link.json")
	if err := errors.Join(os.WriteFile(target, nil, 0o600), os.Symlink(target, link)); err != nil {
		t.Fatal(err)
	}
	f := openState(t, link, nil)
	if err := f.SetIntegrationContext(t.Context(), "", map[string]any{"a": 1}); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link was replaced: %v, %v", info.Mode(), err)
	}
}

func TestAFailedWriteChangesNothing(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "state")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	f := openState(t, filepath.Join(folder, "state.json"), nil)
	if err := f.SetIntegrationContext(t.Context(), "a", map[string]any{"n": 1}); err != nil {
		t.Fatal(err)
	}
	if err := f.SetIntegrationContext(t.Context(), "a", map[string]any{"n": func() {}}); err == nil {
		t.Error("what cannot be written was accepted")
	}
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if err := f.SetIntegrationContext(t.Context(), "b", map[string]any{"n": 2}); err == nil {
		t.Error("a write into a folder that is gone succeeded")
	}
	a, _ := f.GetIntegrationContext(t.Context(), "a")
	b, _ := f.GetIntegrationContext(t.Context(), "b")
	if got := asJSON(t, []any{a, b}); got != `[{"n":1},{}]` {
		t.Errorf("holds %s", got)
	}
}

func TestStateFileTakesConcurrentWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	f := openState(t, path, nil)
	var writers sync.WaitGroup
	for i := range 8 {
		writers.Go(func() {
			name := string(rune('a' + i))
			for n := range 5 {
				if err := f.SetIntegrationContext(t.Context(), name, map[string]any{"n": n}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	contexts, err := parseState(content)
	if err != nil || len(contexts) != 8 {
		t.Errorf("%d instances, %v", len(contexts), err)
	}
	for name, values := range contexts {
		if values["n"] != json.Number("4") {
			t.Errorf("%s holds %v", name, values)
		}
	}
}

// What is written is what is read, whatever a context holds.
func TestStateRoundTrip(t *testing.T) {
	text := rapid.StringOf(rapid.Rune())
	value := rapid.OneOf(text.AsAny(), rapid.Bool().AsAny(), rapid.SliceOfN(text.AsAny(), 0, 3).AsAny())
	rapid.Check(t, func(t *rapid.T) {
		contexts := rapid.MapOfN(text, rapid.MapOfN(text, value, 0, 3), 0, 3).Draw(t, "contexts")
		content, err := json.Marshal(state{stateVersion, contexts})
		if err != nil {
			t.Fatal(err)
		}
		read, err := parseState(content)
		if err != nil || !reflect.DeepEqual(normal(t, read), normal(t, contexts)) {
			t.Fatalf("%v became %v, %v", contexts, read, err)
		}
	})
}

func normal(t *rapid.T, v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func FuzzParseState(f *testing.F) {
	for _, seed := range []string{"", "{}", `{"version":1,"instances":{"a":{"b":1e400}}}`, `{"version":1,"instances":{"a":null}}`, `{"version":-1}`, "\xff"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		contexts, err := parseState(content)
		if err != nil {
			return
		}
		written, err := json.Marshal(state{stateVersion, contexts})
		if err != nil {
			t.Fatalf("%q was read and cannot be written: %v", content, err)
		}
		again, err := parseState(written)
		if err != nil || !reflect.DeepEqual(again, contexts) {
			t.Fatalf("%q became %v and then %v, %v", content, contexts, again, err)
		}
		for _, values := range contexts {
			readHeld(func() [2]string { return [2]string{"a", "b"} }, values)
		}
	})
}
