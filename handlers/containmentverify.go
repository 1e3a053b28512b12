package handlers

import (
	"context"
	"fmt"
	"strings"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/xsoar"
)

// The verdicts on a record that is as consistent as it was written.
const (
	unchanged  = "unchanged"
	consistent = "consistent, not proven unchanged"
	unfinished = "unfinished"
)

// verifyContainment verifies a record, and compares its seal with those that are known
// from elsewhere. A record that was changed is an error.
func verifyContainment(ctx context.Context, inv *engine.Invocation) ([]xsoar.Entry, error) {
	record, err := inv.Record(ctx)
	if err != nil {
		return nil, err
	}
	compared, err := compareSeals(ctx, inv, record)
	if err != nil {
		return nil, err
	}
	verdict := consistent
	switch {
	case len(compared) > 0:
		verdict = unchanged
	case !record.Finished():
		verdict = unfinished
	}
	return showVerdict(record, verdict, compared), nil
}

// compareSeals compares the seal of a record with those that are known from elsewhere,
// and returns where they come from. The error says that one is another.
func compareSeals(ctx context.Context, inv *engine.Invocation, record *engine.Recorded) (compared []string, err error) {
	known, err := inv.KnownSeals(ctx, record)
	if given := inv.Args.Text("seal"); given != "" {
		known = append(known, engine.KnownSeal{Seal: given, From: "the argument seal"})
	}
	for _, seal := range known {
		if err == nil {
			err = compareSeal(record, seal)
		}
		compared = append(compared, seal.From)
	}
	return compared, err
}

// compareSeal returns the error of a record that has another seal than is known.
func compareSeal(record *engine.Recorded, known engine.KnownSeal) error {
	if strings.EqualFold(known.Seal, record.Seal) {
		return nil
	}
	has := "has the seal " + record.Seal
	if !record.Finished() {
		has = "has no seal: its end is missing"
	}
	e := failure.Argument("seal", "The record of the run %s was changed: %s has the seal %s, and the record %s.", record.Run.RunID, known.From, known.Seal, has)
	e.Advice = "Do not use this file. Take the one that the run answered, from the War Room or from where it was kept first."
	return e
}

var verdictColumns = []xsoar.Column{
	{Heading: "Run", Member: "RunID"}, {Heading: "Verdict", Member: "Verdict"}, {Heading: "Compared With", Member: "ComparedWith"},
	{Heading: "Command", Member: "Command"}, {Heading: "Began", Member: "Began"}, {Heading: "Users", Member: "Users"}, {Heading: "Changes", Member: "Changes"}, {Heading: "Seal", Member: "Seal"},
}

func showVerdict(record *engine.Recorded, verdict string, compared []string) []xsoar.Entry {
	object := rawjson.Object{
		{Name: "RunID", Value: rawjson.Quote(record.Run.RunID)},
		{Name: "Verdict", Value: rawjson.Quote(verdict)},
		{Name: "ComparedWith", Value: rawjson.Quote(strings.Join(compared, ", "))},
		{Name: "Command", Value: rawjson.Quote(record.Run.Command)},
		{Name: "Began", Value: rawjson.Quote(record.Run.Began.UTC().Format("2006-01-02T15:04:05Z"))},
		{Name: "Users", Value: fmt.Appendf(nil, "%d", len(record.Run.Users))},
		{Name: "Changes", Value: fmt.Appendf(nil, "%d", len(record.Changes))},
		{Name: "Seal", Value: rawjson.Quote(record.Seal)},
	}
	readable := xsoar.Table("The record of a containment is "+verdict, []rawjson.Object{object}, verdictColumns)
	return shown(object, readable, map[string]any{xsoar.Keyed(userPath+".ContainmentRecord", "RunID"): object})
}
