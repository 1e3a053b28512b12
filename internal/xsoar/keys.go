package xsoar

import (
	"strings"
	"unicode"

	"msgraph-user/internal/rawjson"
)

// ReadableName turns a name as Graph spells it into the heading that a War Room
// table has for it: "jobTitle" gives "Job Title", "id" gives "ID" and
// "extension_ab_skypeId" gives "Extension_Ab_Skype Id". Playbooks and saved
// layouts rely on these very headings.
func ReadableName(name string) string { return titled(name, " ") }

// ContextKey turns a name as Graph spells it into its context key: "jobTitle"
// gives "JobTitle", "id" gives "ID" and "@odata.type" gives "@Odata.Type".
func ContextKey(name string) string { return titled(name, "") }

// titled writes name's words with between before each but the first. A word
// begins at a capital; its first letter, and any that follows no letter, is upper
// case, all others lower case. White space is left out.
func titled(name, between string) string {
	if name == "id" {
		return "ID"
	}
	var b strings.Builder
	b.Grow(2 * len(name))
	afterLetter := false
	for _, r := range name {
		switch {
		case unicode.IsUpper(r):
			if b.Len() > 0 {
				b.WriteString(between)
			}
			b.WriteRune(unicode.ToTitle(r))
			afterLetter = true
		case unicode.IsSpace(r):
		case !unicode.IsLetter(r):
			b.WriteRune(r)
			afterLetter = false
		case afterLetter:
			b.WriteRune(unicode.ToLower(r))
		default:
			b.WriteRune(unicode.ToTitle(r))
			afterLetter = true
		}
	}
	return b.String()
}

// ContextObject renames the top-level members of an object from Graph to their
// context keys. Values, and the names inside them, stay as they came.
func ContextObject(object rawjson.Object) rawjson.Object {
	return object.Rename(ContextKey)
}

// ContextObjects renames each of objects as ContextObject does. Each name is worked out
// once: the objects of a list mostly have the same members.
func ContextObjects(objects []rawjson.Object) []rawjson.Object {
	keys := map[string]string{}
	key := func(name string) string {
		key, known := keys[name]
		if !known {
			key = ContextKey(name)
			keys[name] = key
		}
		return key
	}
	renamed := make([]rawjson.Object, len(objects))
	for i, object := range objects {
		renamed[i] = object.Rename(key)
	}
	return renamed
}

// Keyed returns the context path under which the platform merges objects that
// agree in the member key, instead of appending: Keyed("A.B", "ID") gives
// "A.B(val.ID && val.ID == obj.ID)".
func Keyed(path, key string) string {
	return path + "(val." + key + " && val." + key + " == obj." + key + ")"
}
