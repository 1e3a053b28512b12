package engine

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/xsoar"
)

// BulkPath is where the outcome of each user of a call of many goes.
const BulkPath = "MSGraphUser.BulkResult(val.User && val.User == obj.User && val.Command == obj.Command)"

// Record is the outcome of one user of a call of many, as every interface shows it.
type Record struct {
	User      string `json:"User"`
	Command   string `json:"Command"`
	Status    Status `json:"Status"`
	Code      string `json:"Code"`    // Graph's error code; "" where there is none
	Message   string `json:"Message"` // what happened; "" where there is nothing to say. What to do is advice of the call.
	RequestID string `json:"RequestId"`
	Row       int    `json:"Row,omitempty"` // its number, from 1, where rows were given
}

// Result is what a Record leaves out.
type Result struct {
	Change  bool          // whether the user was to be changed, and not read
	Entries []xsoar.Entry // what is shown of the user alone; none where nothing is at hand
	Err     error         // nil where the record's Status is Succeeded
}

// records returns the outcome of each user, in the order of the call.
func (m *many) records() []Record {
	records := make([]Record, len(m.targets))
	for i, t := range m.targets {
		records[i] = Record{User: t.inv.subject(), Command: m.inv.Command, Status: t.status, RequestID: t.inv.requestID, Row: t.row}
		if t.row > 0 {
			records[i].User = cmp.Or(records[i].User, m.inv.rows[t.row-1].named)
		}
		if t.err == nil {
			records[i].Message = m.inv.Scrub(t.detail)
			continue
		}
		e := failure.Of(t.err)
		records[i].Code = e.Code
		records[i].Message = m.inv.Scrub(message(t, e))
	}
	return records
}

// subject is the user that the command acts on, or makes; "" where there is none.
func (inv *Invocation) subject() string {
	return inv.Args.Text(cmp.Or(inv.command.Target, inv.command.Makes))
}

// record is the outcome of a change of one user.
func (inv *Invocation) record(err error) Record {
	record := Record{User: inv.subject(), Command: inv.Command, Status: statusOf(err), RequestID: inv.requestID}
	if err == nil {
		return record
	}
	e := failure.Of(err)
	switch {
	case record.Status == NotFound && !inv.isUnknown(e):
		record.Status = Failed
	case e.Kind == failure.BadConfiguration:
		record.Status = Refused
	}
	record.Code, record.Message = e.Code, inv.Scrub(e.Message)
	return record
}

// isUnknown reports whether a 404 says that the user is unknown, and the instance
// takes that for an answer.
func (inv *Invocation) isUnknown(e *failure.Error) bool {
	if !inv.lacks(e) || inv.command.NotFound == ErrorAlways {
		return false
	}
	return inv.command.NotFound != NoteIfSuppressed || inv.instance.settings.HandleError
}

// message is what a record says of an error.
func message(t *target, e *failure.Error) string {
	text := e.Message
	if t.status == NotTried {
		text = "Nothing was sent: the call ended before."
	}
	if t.row > 0 {
		return fmt.Sprintf("row %d: %s", t.row, text)
	}
	return text
}

// entries returns the War Room entries of a call of many: one for all, and a
// warning where some did not succeed. None that succeeded is an error, unless all
// are unknown and the instance suppresses that.
func (m *many) entries(ctx context.Context) ([]xsoar.Entry, error) {
	m.show()
	records := m.records()
	counts := map[Status]int{}
	for i, record := range records {
		counts[record.Status]++
		if t := m.targets[i]; m.inv.call.Record != nil {
			m.inv.call.Record(record, Result{Change: changes(m.inv.command, t.inv.Args), Entries: t.entries, Err: t.err})
		}
	}
	if err := ctx.Err(); err != nil && counts[NotTried]+counts[InDoubt] > 0 {
		return nil, m.cutShort(err, records)
	}
	if counts[Succeeded] == 0 && counts[NotFound] < len(records) {
		return nil, m.failed(records)
	}
	m.adviseOnFailures()
	entries := []xsoar.Entry{recordsEntry(m.inv.Command, records, m.context(records))}
	if counts[Succeeded] < len(records) {
		m.inv.outcome = worst(counts)
		entries = append(entries, xsoar.Entry{
			Type:           xsoar.Warning,
			ContentsFormat: xsoar.FormatText,
			Contents:       fmt.Sprintf("%s did not succeed for all users: %s.", m.inv.Command, counted(counts, len(records))),
		})
	}
	for _, t := range m.targets {
		if m.showsEach() {
			entries = append(entries, t.entries...)
		}
	}
	return entries, nil
}

// maxAdvised is how many advices about users that did not succeed a call of many gives:
// more would be read by nobody.
const maxAdvised = 10

// adviseOnFailures keeps what the errors of users advise: the records say only what
// happened.
func (m *many) adviseOnFailures() {
	before := len(m.inv.told.advice)
	for _, t := range m.targets {
		if t.err == nil || t.status == NotTried {
			continue
		}
		if m.inv.advise(failure.Of(t.err).Advice); len(m.inv.told.advice) >= before+maxAdvised {
			return
		}
	}
}

// showsEach reports whether the answer shows what there is of each user. Who gave rows
// gets that with the record of each.
func (m *many) showsEach() bool { return m.inv.command.ShowsEach && m.inv.rows == nil }

// worst returns the outcome that a caller has to know of first.
func worst(counts map[Status]int) Status {
	for _, status := range []Status{InDoubt, NotTried, Refused, Failed, NotAvailable, NotFound} {
		if counts[status] > 0 {
			return status
		}
	}
	return Succeeded
}

var bulkColumns = []xsoar.Column{
	{Heading: "User", Member: "User"},
	{Heading: "Outcome", Member: "Status"},
	{Heading: "Detail", Member: "Message"},
}

// counted says how many users ended how, as in "998 of 1000 succeeded, 2 notFound".
func counted(counts map[Status]int, total int) string {
	said := []string{fmt.Sprintf("%d of %d succeeded", counts[Succeeded], total)}
	for _, status := range []Status{Failed, NotFound, Refused, NotAvailable, InDoubt, NotTried} {
		if counts[status] > 0 {
			said = append(said, fmt.Sprintf("%d %s", counts[status], status))
		}
	}
	return strings.Join(said, ", ")
}

// rows returns records as rows of a table.
func rows(records []Record) []rawjson.Object {
	rows := make([]rawjson.Object, len(records))
	for i, record := range records {
		rows[i] = rawjson.Object{
			{Name: "User", Value: rawjson.Quote(xsoar.Plain(record.User))},
			{Name: "Status", Value: rawjson.Quote(string(record.Status))},
			{Name: "Message", Value: rawjson.Quote(xsoar.Plain(record.Message))},
		}
	}
	return rows
}

// failed is the error of a call of which nothing was done: that of the first user.
func (m *many) failed(records []Record) error {
	for _, t := range m.targets {
		if t.status == Succeeded || t.status == NotFound {
			continue
		}
		told, first := *failure.Of(t.err), t.inv.subject()
		if t.row > 0 {
			first = m.nameOf(t)
		}
		told.Message = fmt.Sprintf("%s failed for all %d users. The first error, for %s: %s", m.inv.Command, len(records), first, told.Message)
		told.Results = records
		return &told
	}
	return nil
}

// untold is the error of a call of which the outcomes could not be kept.
func (m *many) untold(err error) error {
	told := *failure.Of(err)
	told.Results, told.Cause = m.records(), err
	return &told
}

// cutShort is the error of a call that ended before all users had their turn.
func (m *many) cutShort(cause error, records []Record) error {
	told := *failure.Of(cause)
	told.Message = fmt.Sprintf("%s was cut short. %s", m.inv.Command, told.Message)
	told.Advice = "The results say for each user what was done, what is in doubt, and what was not tried."
	told.Results, told.Cause = records, cause
	return &told
}

// show makes the entries of each user that succeeded.
func (m *many) show() {
	for _, t := range m.targets {
		if t.status != Succeeded || m.inv.command.Show == nil || t.replayed || len(t.steps) == 0 {
			continue
		}
		var err error
		if t.entries, err = m.inv.command.Show(t.inv, t.outcomes); err != nil {
			t.settle(Failed, err)
			m.note(t, len(t.outcomes)-1, Failed, err)
		}
	}
}

// context merges the context of each user that succeeded, and adds the records.
func (m *many) context(records []Record) map[string]any {
	merged := map[string]any{BulkPath: records}
	for _, t := range m.targets {
		if t.status != Succeeded || m.showsEach() {
			continue // what is shown of each has its own context
		}
		for _, entry := range t.entries {
			for path, value := range entry.EntryContext {
				mergeInto(merged, path, value)
			}
		}
	}
	return merged
}

// mergeInto adds value to the list at path: a list is added item by item.
func mergeInto(merged map[string]any, path string, value any) {
	list, _ := merged[path].([]any)
	switch value := value.(type) {
	case []rawjson.Object:
		for _, object := range value {
			list = append(list, object)
		}
	default:
		list = append(list, value)
	}
	merged[path] = list
}
