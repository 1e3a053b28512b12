package engine

import (
	"fmt"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/xsoar"
)

// ResultsEntry returns the entry that says what became of each user of a call of many
// that failed or was cut short, and whether err holds that.
func ResultsEntry(err error) (entry xsoar.Entry, ok bool) {
	records, _ := failure.Of(err).Results.([]Record)
	if len(records) == 0 {
		return xsoar.Entry{}, false
	}
	return recordsEntry(records[0].Command, records, map[string]any{BulkPath: records}), true
}

// recordsEntry shows what became of each user of a command.
func recordsEntry(command string, records []Record, context map[string]any) xsoar.Entry {
	counts := map[Status]int{}
	for _, record := range records {
		counts[record.Status]++
	}
	return xsoar.Entry{
		Type:           xsoar.Note,
		ContentsFormat: xsoar.FormatJSON,
		Contents:       records,
		HumanReadable:  xsoar.Table(fmt.Sprintf("%s: %s", command, counted(counts, len(records))), rows(records), bulkColumns),
		EntryContext:   context,
	}
}
