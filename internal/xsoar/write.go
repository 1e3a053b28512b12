package xsoar

import "msgraph-user/internal/rawjson"

// WriteEntries writes entries as encoding/json does, by the tags of Entry.
func WriteEntries(w *rawjson.Writer, entries []Entry) error {
	if entries == nil {
		w.Raw("null")
		return nil
	}
	w.Raw("[")
	for i, entry := range entries {
		if i > 0 {
			w.Raw(",")
		}
		if err := entry.write(w); err != nil {
			return err
		}
	}
	w.Raw("]")
	return nil
}

func (e Entry) write(w *rawjson.Writer) error {
	open := "{"
	for _, member := range []struct {
		name    string
		value   any
		written bool
	}{
		{"Type", int(e.Type), true},
		{"ContentsFormat", e.ContentsFormat, true},
		{"Contents", e.Contents, true},
		{"HumanReadable", e.HumanReadable, e.HumanReadable != ""},
		{"EntryContext", e.EntryContext, len(e.EntryContext) > 0},
		{"File", e.File, e.File != ""},
		{"FileID", e.FileID, e.FileID != ""},
		{"FileData", e.FileData, len(e.FileData) > 0},
		{"PollingCommand", e.PollingCommand, e.PollingCommand != ""},
		{"NextRun", e.NextRun, e.NextRun != ""},
		{"Timeout", e.Timeout, e.Timeout != ""},
		{"PollingArgs", e.PollingArgs, len(e.PollingArgs) > 0},
	} {
		if !member.written {
			continue
		}
		w.Raw(open + `"` + member.name + `":`)
		if err := w.Value(member.value); err != nil {
			return err
		}
		open = ","
	}
	w.Raw("}")
	return nil
}
