package cli

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/records"
	"msgraph-user/internal/terminal"
	"msgraph-user/internal/xsoar"
)

// outputFlags say in which form records are written, and where.
type outputFlags struct {
	form    string
	out     string
	columns []string
	query   string
}

// table is the form for a person, of which there are no records.
const table = "table"

var outputForms = []string{table, "json", "jsonl", "csv", "yaml"}

func (f *outputFlags) register(cmd *cobra.Command, set *pflag.FlagSet) {
	set.StringVarP(&f.form, "output", "o", "", "print what Graph said, or the outcome of a change for each user, as `FORM`: table, json, jsonl, csv or yaml")
	set.StringVar(&f.out, "out", "", "write it to `FILE`, in the form of its ending (.json, .jsonl, .csv, .yaml) where -o names none")
	set.StringSliceVar(&f.columns, "columns", nil, "of each record only these `PROPERTIES`, in this order")
	set.StringVar(&f.query, "query", "", "of what -o json prints only what the JMESPath `EXPRESSION` picks, such as '[].displayName'")
	complete := func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return outputForms, cobra.ShellCompDirectiveNoFileComp
	}
	_ = cmd.RegisterFlagCompletionFunc("output", complete) // it fails for a flag that there is not
}

// endings are the forms of files by their ending.
var endings = map[string]string{".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".yaml": "yaml", ".yml": "yaml", ".txt": table}

// resolve returns the form that the flags come to: table, or one of records. The
// error is one of usage.
func (f *outputFlags) resolve() (string, error) {
	form := f.form
	if form == "" && f.out != "" {
		if form = endings[strings.ToLower(filepath.Ext(f.out))]; form == "" {
			return "", usagef("--out %s: its ending names no form; add -o json, jsonl, csv, yaml or table", f.out)
		}
	}
	if form == "" && (f.query != "" || f.columns != nil) {
		form = "json"
	}
	switch form {
	case "", table:
		if f.query != "" || f.columns != nil {
			return "", usagef("--query and --columns go with -o json, jsonl, csv or yaml")
		}
		return table, nil
	case "json", "jsonl", "csv", "yaml":
		return form, nil
	}
	return "", usagef("-o is table, json, jsonl, csv or yaml, not %q", form)
}

// output takes what a command answers as records, and writes it.
type output struct {
	p       *program
	writer  *records.Writer
	query   *records.Query
	told    []json.RawMessage // the outcomes of changes, and what was read of each of many
	emitted bool
	changes bool
	failed  []engine.Record // of those that did not succeed
	causes  []error         // of these, in their order
}

// newOutput returns the output of the flags; nil where the form is for a person.
func (f *outputFlags) newOutput(p *program, form string, w io.Writer) (*output, error) {
	if form == table {
		return nil, nil
	}
	o := &output{p: p, writer: records.NewWriter(w, records.Form(form), f.columns)}
	if terminal.ScreenOn(w, p.streams.Getenv).IsWindow() {
		o.writer.Clean = terminal.Printable
	}
	if f.query != "" {
		var err error
		if o.query, err = records.ParseQuery(f.query); err != nil {
			return nil, usageError{fmt.Errorf("--query: %w", err)}
		}
	}
	return o, nil
}

// connect has a call hand over what the output takes. save saves the files of a record.
func (o *output) connect(call *engine.Call, save func(engine.Record, engine.Result)) {
	call.Record = func(record engine.Record, result engine.Result) {
		save(record, result)
		o.record(record, result)
	}
	if o.writer.Streams() && o.query == nil && call.Rows == nil {
		call.Emit = o.emit
	}
}

// record takes the outcome of a user: that itself of a change, what Graph said of a
// read. Which user that belongs to stands before it.
func (o *output) record(record engine.Record, result engine.Result) {
	if record.Status != engine.Succeeded {
		o.failed, o.causes = append(o.failed, record), append(o.causes, result.Err)
	}
	data := o.dataOf(result.Entries)
	if o.changes = result.Change; o.changes {
		if line, err := jsonText(record); err == nil { // texts and numbers can always be written
			o.told = append(o.told, json.RawMessage(line))
		}
		return
	}
	for _, item := range itemsOf(data) {
		object, err := rawjson.ParseObject(item)
		if err != nil {
			object = rawjson.Object{{Name: "value", Value: item}}
		}
		object = append(ownerOf(record), object.Without("User", "Row")...)
		if line, err := object.MarshalJSON(); err == nil { // it was read as JSON
			o.told = append(o.told, line)
		}
	}
}

// ownerOf says which user of many something was read of.
func ownerOf(record engine.Record) rawjson.Object {
	owner := rawjson.Object{{Name: "User", Value: rawjson.Quote(record.User)}}
	if record.Row > 0 {
		owner = append(owner, rawjson.Member{Name: "Row", Value: fmt.Appendf(nil, "%d", record.Row)})
	}
	return owner
}

// emit writes a page of a list.
func (o *output) emit(_ context.Context, entries []xsoar.Entry) error {
	o.emitted = true
	return o.writer.Write(itemsOf(o.dataOf(entries))...)
}

// finish writes what was taken, or else what the entries of an answer hold. Of a
// command that failed, it is what became of each user, if that is known.
func (o *output) finish(a commandAnswer, err error) (written bool, _ error) {
	switch {
	case o.emitted:
		if err != nil {
			return false, nil
		}
		return true, o.writer.Close()
	case o.told != nil || o.failed != nil:
		return true, o.write(joinItems(o.told))
	case err != nil || a.status != engine.Succeeded:
		return false, nil
	}
	return true, o.write(o.dataOf(a.entries))
}

func (o *output) write(value json.RawMessage) error {
	if o.query != nil {
		var err error
		if value, err = o.query.Of(value); err != nil {
			return fmt.Errorf("--query: %w", err)
		}
	}
	if err := o.writer.Value(value); err != nil {
		return err
	}
	if missing := o.writer.Missing(); len(missing) > 0 && !rawjson.IsNull(value) && string(value) != "[]" {
		o.p.tell("notice", fmt.Sprintf("No record has %s.", strings.Join(missing, ", ")))
	}
	return nil
}

// dataOf returns what Graph said as the entries hold it: a value, or a list where
// there are several. What to run next is told.
func (o *output) dataOf(entries []xsoar.Entry) json.RawMessage {
	var values []json.RawMessage
	for _, entry := range entries {
		if entry.Type != xsoar.File && entry.Type != xsoar.Warning {
			values = append(values, contentsOf(entry))
		}
		if next := terminal.FollowUp(entry, "msgraph-user call ", shellQuote); next != "" {
			o.p.tell("advice", next)
		}
	}
	if len(values) == 1 {
		return values[0]
	}
	return joinItems(values)
}

// contentsOf returns the contents of an entry. A list without items has none.
func contentsOf(entry xsoar.Entry) json.RawMessage {
	if entry.Contents == nil {
		return json.RawMessage("[]")
	}
	text, err := jsonText(entry.Contents)
	if err != nil {
		return json.RawMessage("null")
	}
	return json.RawMessage(text)
}

func itemsOf(value json.RawMessage) []json.RawMessage {
	if items, err := rawjson.ParseArray(value); err == nil {
		return items
	}
	return []json.RawMessage{value}
}

func joinItems(items []json.RawMessage) json.RawMessage {
	parts := make([][]byte, len(items))
	for n, item := range items {
		parts[n] = item
	}
	return append(append([]byte("["), bytes.Join(parts, []byte(","))...), ']')
}

// failures tells of what did not succeed though the command did: a machine all in one
// error, a person line by line what no record on standard output says.
func (o *output) failures(a commandAnswer) {
	if len(o.failed) == 0 {
		for _, entry := range a.told() {
			o.p.tellError(&failure.Error{Kind: failure.Refused, Message: textOf(entry)})
		}
		return
	}
	for n, record := range o.failed {
		if !o.p.jsonOnly && !o.changes {
			o.p.tell("error", cmp.Or(record.Message, failure.Of(o.causes[n]).Message))
		}
	}
	told := *failure.Of(o.causes[0])
	message := fmt.Sprintf("%s: %s", o.failed[0].Command, a.status)
	for _, entry := range a.told() {
		message = textOf(entry)
	}
	told.Message, told.Advice, told.Results = message, "", o.failed
	o.p.tellError(&told)
}

// textOf is what a person reads of an entry.
func textOf(entry xsoar.Entry) string {
	if text, ok := entry.Contents.(string); ok {
		return text
	}
	return strings.TrimSpace(strings.TrimLeft(entry.HumanReadable, "# "))
}
