package rpc

import (
	"bytes"
	"encoding/json"

	"github.com/sourcegraph/jsonrpc2"
)

// encodeJSON encodes v on one line. Signs that HTML gives a meaning to stay as
// they are: this is no web page, and people read the lines.
func encodeJSON(into *bytes.Buffer, v any) error {
	encoder := json.NewEncoder(into)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return err
	}
	into.Truncate(into.Len() - 1) // the encoder's line end
	return nil
}

// resultAnswer is the message that answers id with result.
func resultAnswer(id json.RawMessage, result any) ([]byte, error) {
	return answer(id, "result", result)
}

// errorAnswer is the message that answers id, null where it is nil, with an error.
func errorAnswer(id json.RawMessage, failed *jsonrpc2.Error) []byte {
	message, err := answer(id, "error", failed)
	if err != nil {
		// The data of an error holds nothing that cannot be encoded.
		panic(err)
	}
	return message
}

// answer copies the id byte for byte: no encoder looks at it.
func answer(id json.RawMessage, member string, v any) ([]byte, error) {
	if id == nil {
		id = json.RawMessage("null")
	}
	var message bytes.Buffer
	message.WriteString(`{"jsonrpc":"2.0","id":`)
	message.Write(id)
	message.WriteString(`,"` + member + `":`)
	if err := encodeJSON(&message, v); err != nil {
		return nil, err
	}
	message.WriteByte('}')
	return message.Bytes(), nil
}

// outgoing is a request or notification of this server.
type outgoing struct {
	Version string `json:"jsonrpc"`
	ID      uint64 `json:"id,omitempty"` // 0 for a notification
	Method  string `json:"method"`
	Params  any    `json:"params"`
}

// requestMessage is a request of ours; number 0 makes it a notification.
func requestMessage(number uint64, method string, params any) ([]byte, error) {
	var message bytes.Buffer
	err := encodeJSON(&message, outgoing{Version: "2.0", ID: number, Method: method, Params: params})
	return message.Bytes(), err
}
