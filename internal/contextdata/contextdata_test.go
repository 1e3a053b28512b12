package contextdata_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"msgraph-user/internal/contextdata"
	"msgraph-user/internal/xsoar"
)

// entries are answers one after the other, each by the context it fills.
func entries(t *testing.T, contexts ...string) []xsoar.Entry {
	t.Helper()
	var list []xsoar.Entry
	for _, text := range contexts {
		var entry xsoar.Entry
		if err := json.Unmarshal([]byte(text), &entry.EntryContext); err != nil {
			t.Fatal(err)
		}
		list = append(list, entry)
	}
	return list
}

func TestMerging(t *testing.T) {
	for _, test := range []struct {
		name     string
		contexts []string
		want     string
	}{
		{"nothing", nil, `{}`},
		{"one object stands alone", []string{`{"A":{"ID":1}}`}, `{"A":{"ID":1}}`},
		{"a plain path makes a list", []string{`{"A":{"ID":1}}`, `{"A":{"ID":2}}`}, `{"A":[{"ID":1},{"ID":2}]}`},
		{"what is there already stays once", []string{`{"A":{"ID":1}}`, `{"A":{"ID":1}}`}, `{"A":{"ID":1}}`},
		{"a list joins a list", []string{`{"A":[1,2]}`, `{"A":[2,3]}`}, `{"A":[1,2,3]}`},
		{"a condition updates the object it finds",
			[]string{`{"A(val.ID && val.ID == obj.ID)":[{"ID":1,"X":"a","Y":"b"},{"ID":2}]}`, `{"A(val.ID && val.ID == obj.ID)":{"ID":1,"X":"c"}}`},
			`{"A":[{"ID":1,"X":"c","Y":"b"},{"ID":2}]}`},
		{"and adds where it finds none",
			[]string{`{"A(val.ID && val.ID == obj.ID)":{"ID":1}}`, `{"A(val.ID && val.ID == obj.ID)":{"ID":2}}`},
			`{"A":[{"ID":1},{"ID":2}]}`},
		{"one object under a condition stays alone",
			[]string{`{"A(val.ID && val.ID == obj.ID)":{"ID":1,"X":1}}`, `{"A(val.ID && val.ID == obj.ID)":{"ID":1,"X":2}}`},
			`{"A":{"ID":1,"X":2}}`},
		{"an object without the key agrees with none",
			[]string{`{"A(val.ID && val.ID == obj.ID)":{"X":1}}`, `{"A(val.ID && val.ID == obj.ID)":{"X":2}}`},
			`{"A":[{"X":1},{"X":2}]}`},
		{"three equals signs say the same",
			[]string{`{"A(val.User === obj.User)":{"User":"u","X":1}}`, `{"A(val.User === obj.User)":{"User":"u","X":2}}`},
			`{"A":{"User":"u","X":2}}`},
		{"every member of a condition has to agree",
			[]string{`{"A(val.I == obj.I && val.J == obj.J)":{"I":1,"J":1}}`, `{"A(val.I == obj.I && val.J == obj.J)":{"I":1,"J":2}}`},
			`{"A":[{"I":1,"J":1},{"I":1,"J":2}]}`},
		{"a path leads into an object", []string{`{"A":{"ID":1}}`, `{"A.B(val.ID && val.ID == obj.ID)":[{"ID":7}]}`}, `{"A":{"B":[{"ID":7}],"ID":1}}`},
		{"of several objects none takes what may be another's",
			[]string{`{"A":[{"ID":1},{"ID":2}]}`, `{"A.B(val.ID && val.ID == obj.ID)":[{"ID":7}]}`, `{"A.B(val.ID && val.ID == obj.ID)":[{"ID":8}]}`},
			`{"A":[{"ID":1},{"ID":2},{"B":[{"ID":7},{"ID":8}]}]}`},
		{"numbers stay as they were written", []string{`{"A":1.50,"B":12345678901234567890}`}, `{"A":1.50,"B":12345678901234567890}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			var data contextdata.Data
			list := entries(t, test.contexts...)
			for i := range list {
				var raw map[string]json.RawMessage // numbers as they were written
				if err := json.Unmarshal([]byte(test.contexts[i]), &raw); err != nil {
					t.Fatal(err)
				}
				for key, value := range raw {
					list[i].EntryContext[key] = value
				}
			}
			if err := data.Add(list...); err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(&data)
			if err != nil || string(got) != test.want {
				t.Errorf("%s, %v, want %s", got, err, test.want)
			}
		})
	}
}

func TestKeysThatAreNone(t *testing.T) {
	for _, key := range []string{"", "A..B", ".A", "A(", "A(x)", "A(val.ID == obj.Name)", "A(val.ID == obj.ID"} {
		var data contextdata.Data
		if err := data.Add(xsoar.Entry{EntryContext: map[string]any{key: 1}}); err == nil {
			t.Errorf("%q is taken for a path", key)
		}
	}
}

func TestGet(t *testing.T) {
	var data contextdata.Data
	if err := data.Add(entries(t, `{"U":[{"ID":"a","M":{"N":1}},{"ID":"b"},{"X":null}],"One":{"ID":"c"}}`)...); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"U.ID": `["a","b"]`, "${U.ID}": `["a","b"]`, "One.ID": `"c"`, "U.[1].ID": `"b"`, "U[0].M.N": `1`, "U.M.N": `[1]`, "U.X": `[null]`, "U[0]": `{"ID":"a","M":{"N":1}}`,
	} {
		value, found, err := data.Get(path)
		got, _ := json.Marshal(value)
		if err != nil || !found || string(got) != want {
			t.Errorf("%s: %s %v %v, want %s", path, got, found, err, want)
		}
	}
	for _, path := range []string{"V", "U.[9]", "U.Y", "One.[0]", "One[0]", "One.ID.X"} {
		if value, found, err := data.Get(path); found || err != nil {
			t.Errorf("%s: %v %v", path, value, err)
		}
	}
	for _, path := range []string{"U.", "U..ID", "U[x]", "U[99999999999999999999]"} {
		if _, _, err := data.Get(path); err == nil {
			t.Errorf("%q is taken for a path", path)
		}
	}
	if got := data.Paths(); !slices.Equal(got, []string{"One", "One.ID", "U", "U.ID", "U.M", "U.M.N", "U.X"}) {
		t.Errorf("paths %q", got)
	}
}

func TestTree(t *testing.T) {
	var data contextdata.Data
	if err := data.Add(entries(t, `{"U":[{"ID":"a","M":{"N":1}},"s"],"V":null,"W":"x\ny"}`)...); err != nil {
		t.Fatal(err)
	}
	whole, _, err := data.Get("")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.TrimLeft(`
context
├─ U [2]
│  ├─ [0]
│  │  ├─ ID: a
│  │  └─ M
│  │     └─ N: 1
│  └─ [1]: s
├─ V: null
└─ W: x ⏎ y
`, "\n")
	if got := contextdata.Tree("context", whole); got != want {
		t.Errorf("drawn\n%s", got)
	}
}

// However often and in whichever order objects come under a condition, each key is
// there once, with what came last.
func TestConditionKeepsEachKeyOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var data contextdata.Data
		last := map[int]int{}
		for n := range rapid.IntRange(1, 20).Draw(t, "answers") {
			id := rapid.IntRange(1, 4).Draw(t, "id")
			last[id] = n
			entry := xsoar.Entry{EntryContext: map[string]any{xsoar.Keyed("A", "ID"): map[string]any{"ID": id, "N": n}}}
			if err := data.Add(entry); err != nil {
				t.Fatal(err)
			}
		}
		encoded, _ := json.Marshal(&data)
		var got struct{ A json.RawMessage }
		if err := json.Unmarshal(encoded, &got); err != nil {
			t.Fatal(err)
		}
		var objects []struct{ ID, N int }
		if got.A[0] == '{' {
			got.A = json.RawMessage("[" + string(got.A) + "]")
		}
		if err := json.Unmarshal(got.A, &objects); err != nil {
			t.Fatal(err)
		}
		if len(objects) != len(last) {
			t.Fatalf("%s for %v", encoded, last)
		}
		for _, o := range objects {
			if last[o.ID] != o.N {
				t.Fatalf("%s for %v", encoded, last)
			}
		}
	})
}
