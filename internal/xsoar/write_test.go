package xsoar

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"msgraph-user/internal/rawjson"
)

// Entries are written as encoding/json writes them, whatever members they have.
func TestEntriesAreWrittenAsEncodingJSONDoes(t *testing.T) {
	text := rapid.StringOf(rapid.RuneFrom([]rune("ab\"\\<&\u2028é\n\x00|`")))
	contents := rapid.Custom(func(t *rapid.T) any {
		return rapid.SampledFrom([]any{
			nil, "text", true, 3, 1.5, []string{"a"}, []any{nil, "x"}, json.Number("1.00"),
			rawjson.Object{{Name: "id", Value: json.RawMessage("[1, {\"a\" :\n null}]")}, {Name: "none"}},
			[]rawjson.Object(nil), []rawjson.Object{{}}, []json.RawMessage{json.RawMessage(`{"a":1}`), nil}, json.RawMessage(nil),
			map[string]any(nil), map[string]any{"b": []json.RawMessage(nil), "a": rawjson.Object(nil)},
		}).Draw(t, "contents")
	})
	rapid.Check(t, func(t *rapid.T) {
		entry := Entry{
			Type: rapid.SampledFrom([]EntryType{Note, File, Error, Warning}).Draw(t, "type"), ContentsFormat: text.Draw(t, "format"),
			Contents: contents.Draw(t, "contents"), HumanReadable: text.Draw(t, "readable"), File: text.Draw(t, "file"), FileID: text.Draw(t, "file id"),
			FileData: rapid.SliceOf(rapid.Byte()).Draw(t, "data"), PollingCommand: text.Draw(t, "command"), NextRun: text.Draw(t, "next"), Timeout: text.Draw(t, "timeout"),
			EntryContext: rapid.MapOf(text, contents).Draw(t, "context"), PollingArgs: rapid.MapOf(text, contents).Draw(t, "arguments"),
		}
		var want bytes.Buffer
		encoder := json.NewEncoder(&want)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode([]Entry{entry}); err != nil {
			t.Fatal(err)
		}
		var w rawjson.Writer
		if err := WriteEntries(&w, []Entry{entry}); err != nil || string(w.Bytes())+"\n" != want.String() {
			t.Errorf("%v\n%s\nwant\n%s", err, w.Bytes(), &want)
		}
	})
}

// A member that Entry gets has to be written too.
func TestEveryMemberOfAnEntryIsWritten(t *testing.T) {
	const written = 12
	if n := reflect.TypeFor[Entry]().NumField(); n != written {
		t.Errorf("an entry has %d members, %d are written: see Entry.write", n, written)
	}
}
