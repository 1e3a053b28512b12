package container

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
)

// loopCall is what is read of a line that asks for a command. The rest of it (the
// script, the incidents, the context of the investigation) is passed over.
type loopCall struct {
	Command string         `json:"command"`
	Args    map[string]any `json:"args"`
	Params  map[string]any `json:"params"`
	Native  bool           `json:"native"` // exit after this command
	Context struct {
		Inv struct {
			ID any `json:"id"` // text; older platforms also know numbers
		} `json:"Inv"`
		IntegrationInstance string `json:"IntegrationInstance"`
		Connector           any    `json:"UnifiedConnectorMetadata"`
	} `json:"context"`
}

// readCall reads the line that asks for a command.
func readCall(line []byte) (asked loopCall, err error) {
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber()
	err = decoder.Decode(&asked)
	if err == nil {
		err = nothingAfter(decoder)
	}
	if err == nil && asked.Command == "" {
		err = errors.New("it names no command")
	}
	if err != nil {
		return loopCall{Native: asked.Native}, &failure.Error{Kind: failure.BadArgument, Argument: "command", Cause: err,
			Message: fmt.Sprintf("The platform sent a line that is not a command: %v.", inWords(err)),
			Advice:  "Nothing was run."}
	}
	return asked, nil
}

// call returns what the runner is to do.
func (asked loopCall) call() engine.Call {
	call := engine.Call{Command: asked.Command, Args: asked.Args, Instance: asked.Context.IntegrationInstance}
	if call.Args == nil {
		call.Args = map[string]any{}
	}
	if len(asked.Params) > 0 { // an instance without any is one that this process configures
		call.Params = asked.Params
	}
	if id := asked.Context.Inv.ID; id != nil {
		call.Incident = fmt.Sprint(id)
	}
	return call
}

// inWords says what is wrong with a line without the names of this program's types.
func inWords(err error) error {
	var mismatch *json.UnmarshalTypeError
	switch {
	case !errors.As(err, &mismatch):
		return err
	case mismatch.Field == "":
		return errors.New("it is not an object")
	}
	return fmt.Errorf("its member %s has the wrong type", mismatch.Field)
}

// nothingAfter reports what follows the value that decoder has read.
func nothingAfter(decoder *json.Decoder) error {
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the object")
	}
	return nil
}
