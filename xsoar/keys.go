package xsoar

import (
	"strings"
	"unicode"

	"msgraph-user/rawjson"
)

// ReadableName turns a name as Graph spells it into the heading that a War Room
// table has for it: "jobTitle" gives "Job Title", "id" gives "ID" and
// "extension_ab_skypeId" gives "Extension_Ab_Skype Id". Playbooks and saved
// layouts rely on these very headings.
func ReadableName(name string) string {
	if name == "id" {
		return "ID"
	}
	var spaced strings.Builder
	for _, r := range name {
		switch {
		case unicode.IsUpper(r):
			spaced.WriteByte(' ')
			spaced.WriteRune(r)
		case !unicode.IsSpace(r):
			spaced.WriteRune(r)
		}
	}
	return titleCase(strings.TrimSpace(spaced.String()))
}

// titleCase makes every letter that does not follow a letter upper case, all
// others lower case.
func titleCase(text string) string {
	afterLetter := false
	return strings.Map(func(r rune) rune {
		follows := afterLetter
		afterLetter = unicode.IsLetter(r)
		if follows {
			return unicode.ToLower(r)
		}
		return unicode.ToTitle(r)
	}, text)
}

// ContextKey turns a name as Graph spells it into its context key: "jobTitle"
// gives "JobTitle", "id" gives "ID" and "@odata.type" gives "@Odata.Type".
func ContextKey(name string) string {
	return strings.ReplaceAll(ReadableName(name), " ", "")
}

// ContextObject renames the top-level members of an object from Graph to their
// context keys. Values, and the names inside them, stay as they came.
func ContextObject(object rawjson.Object) rawjson.Object {
	return object.Rename(ContextKey)
}

// ContextObjects renames each of objects as ContextObject does.
func ContextObjects(objects []rawjson.Object) []rawjson.Object {
	renamed := make([]rawjson.Object, len(objects))
	for i, object := range objects {
		renamed[i] = ContextObject(object)
	}
	return renamed
}

// Keyed returns the context path under which the platform merges objects that
// agree in the member key, instead of appending: Keyed("A.B", "ID") gives
// "A.B(val.ID && val.ID == obj.ID)".
func Keyed(path, key string) string {
	return path + "(val." + key + " && val." + key + " == obj." + key + ")"
}
