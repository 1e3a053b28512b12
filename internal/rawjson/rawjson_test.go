package rawjson_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"msgraph-user/internal/rawjson"
)

func TestObjectStaysAsItCame(t *testing.T) {
	for _, text := range []string{
		`{}`,
		`{"z":1,"a":2}`,
		`{"n":1.0,"big":12345678901234567890,"exp":1E5}`,
		`{"s":"\u00e9\/","nested":{"b":[1, {"c":null}]}}`,
		`{"":"empty name","a b":"space"}`,
		`{"twice":1,"twice":2}`,
		`{"cut":"smile \ud83d"}`,
	} {
		object, err := rawjson.ParseObject([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got, err := object.MarshalJSON()
		if err != nil || string(got) != text {
			t.Errorf("%s came back as %s (%v)", text, got, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{``, `null`, `[]`, `{"a":}`, `{"a":1`, `{"a":1}x`, `{a:1}`, `"{}"`} {
		if object, err := rawjson.ParseObject([]byte(text)); err == nil {
			t.Errorf("%q was read as %v", text, object)
		}
	}
	for _, text := range []string{``, `{}`, `[1`, `[1,]`, `[]x`} {
		if elements, err := rawjson.ParseArray([]byte(text)); err == nil {
			t.Errorf("%q was read as %s", text, elements)
		}
	}
}

func TestObjectAccess(t *testing.T) {
	object, err := rawjson.ParseObject([]byte(`{"@odata.context":"c","id":"x","n":null,"id":"y\n","num":1}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := object.Text("id"); got != "y\n" {
		t.Errorf("the last id is %q", got)
	}
	if got := object.Text("num"); got != "" {
		t.Errorf("a number gave the text %q", got)
	}
	if !rawjson.IsNull(object.Get("n")) || !rawjson.IsNull(object.Get("absent")) || rawjson.IsNull(object.Get("num")) {
		t.Error("IsNull tells null and absent from the rest")
	}
	got, _ := json.Marshal(object.Without("@odata.context", "id").Rename(strings.ToUpper))
	if string(got) != `{"N":null,"NUM":1}` {
		t.Errorf("without and renamed: %s", got)
	}
}

func TestQuote(t *testing.T) {
	for text, want := range map[string]string{"a\"b": `"a\"b"`, "<é>": `"<é>"`, "\xff": "\"\uFFFD\""} {
		if got := rawjson.Quote(text); string(got) != want {
			t.Errorf("Quote(%q) = %s", text, got)
		}
	}
}

func FuzzParseObject(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2,{"b":"c"}],"d":null}`, `{"a":1e400}`, `{"\ud800":1}`, `{"a":{"a":{}}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		object, err := rawjson.ParseObject(data)
		if err != nil {
			return
		}
		if !bytes.Equal(before, data) {
			t.Fatal("parsing changed its input")
		}
		written, err := object.MarshalJSON()
		if err != nil {
			t.Fatalf("%q was read but not written: %v", data, err)
		}
		again, err := rawjson.ParseObject(written)
		if err != nil || len(again) != len(object) {
			t.Fatalf("%q became %q: %v", data, written, err)
		}
		for i := range object {
			if again[i].Name != object[i].Name || !bytes.Equal(again[i].Value, object[i].Value) {
				t.Fatalf("member %d changed: %q, %q", i, object[i], again[i])
			}
		}
	})
}
