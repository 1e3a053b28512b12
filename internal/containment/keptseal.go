package containment

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"time"

	"msgraph-user/internal/rawjson"
)

// keptSeal is what a store has of a run whose record is a file elsewhere: its seal, so
// that the file can be compared with it.
type keptSeal struct {
	Kept  string    `json:"kept"`
	RunID string    `json:"run"`
	Seal  string    `json:"keptSeal"`
	Began time.Time `json:"began"`
}

// ErrOnlySeal says that a store has only the seal of a run: its record is the file that
// the run answered.
var ErrOnlySeal = errors.New("only the seal of this run is kept here, and its record is the file that the run answered")

// KeepSeal keeps the seal of a run whose record is a file elsewhere.
func KeepSeal(ctx context.Context, store Store, run Run, seal string) error {
	line, err := rawjson.Marshal(keptSeal{"seal", run.RunID, seal, run.Began})
	if err != nil {
		return err
	}
	return store.Append(ctx, run.RunID, 0, append(line, '\n'))
}

// SealOf returns the seal of a run that a store has, with its record or alone; "" where
// the run is unfinished. The error may wrap ErrUnknownRun.
func SealOf(ctx context.Context, store Store, run string) (string, error) {
	content, err := store.Read(ctx, run)
	if err != nil {
		return "", err
	}
	if kept, ok := onlySeal(content); ok {
		return kept.Seal, nil
	}
	record, err := Parse(content)
	if err != nil {
		return "", err
	}
	return record.Seal, nil
}

func onlySeal(content []byte) (kept keptSeal, ok bool) {
	if bytes.Count(content, []byte("\n")) != 1 {
		return kept, false
	}
	err := json.Unmarshal(content, &kept)
	return kept, err == nil && kept.Kept == "seal"
}

// ReadFrom reads the lines of a run in a store. The error may wrap ErrUnknownRun or
// ErrOnlySeal.
func ReadFrom(ctx context.Context, store Store, run string) ([]byte, error) {
	content, err := store.Read(ctx, run)
	if _, only := onlySeal(content); err == nil && only {
		return nil, ErrOnlySeal
	}
	return content, err
}
