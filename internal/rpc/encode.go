package rpc

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/sourcegraph/jsonrpc2"

	"msgraph-user/internal/rawjson"
)

// encodeResult encodes the result of a method as encoding/json does, without its
// escapes for HTML.
func encodeResult(result any) (json.RawMessage, error) {
	command, ok := result.(commandResult)
	if !ok {
		return rawjson.Marshal(result)
	}
	var w rawjson.Writer
	err := command.write(&w)
	return w.Bytes(), err
}

// appendAnswer is the message that answers id, null where it is nil. The id is
// copied byte for byte: no encoder looks at it.
func appendAnswer(id json.RawMessage, member string, value []byte) []byte {
	if id == nil {
		id = jsonNull
	}
	const around = `{"jsonrpc":"2.0","id":,"":}` + "\n" // the line end is the outbox's
	message := make([]byte, 0, len(around)+len(id)+len(member)+len(value))
	message = append(append(message, `{"jsonrpc":"2.0","id":`...), id...)
	message = append(append(append(message, `,"`...), member...), `":`...)
	return append(append(message, value...), '}')
}

// errorAnswer is the message that answers id with an error.
func errorAnswer(id json.RawMessage, failed *jsonrpc2.Error) []byte {
	encoded, err := rawjson.Marshal(failed)
	if err != nil {
		// Its data is JSON, and a text can always be encoded.
		panic(err)
	}
	return appendAnswer(id, "error", encoded)
}

// requestMessage is a request or notification of ours.
func requestMessage(r *jsonrpc2.Request) []byte {
	message := []byte(`{"jsonrpc":"2.0",`)
	if !r.Notif {
		message = strconv.AppendUint(append(message, `"id":`...), r.ID.Num, 10)
		message = append(message, ',')
	}
	message = append(append(message, `"method":"`...), r.Method...)
	message = append(message, `","params":`...) // encoded by the library
	return append(appendPlain(message, *r.Params), '}')
}

// appendPlain appends encoded JSON without the escapes that encoding/json has for
// signs of HTML: this is no web page, and people read the lines.
func appendPlain(b, encoded []byte) []byte {
	for {
		i := bytes.IndexByte(encoded, '\\')
		if i < 0 {
			return append(b, encoded...)
		}
		b = append(b, encoded[:i]...)
		encoded = encoded[i:]
		if sign, isHTML := htmlSign(encoded); isHTML {
			b, encoded = append(b, sign), encoded[len(`\u003c`):]
		} else {
			b, encoded = append(b, encoded[:2]...), encoded[2:]
		}
	}
}

// htmlSign returns the sign that the escape at the start of b stands for.
func htmlSign(b []byte) (sign byte, isHTML bool) {
	for _, sign := range []byte("<>&") {
		const hex = "0123456789abcdef"
		if bytes.HasPrefix(b, []byte{'\\', 'u', '0', '0', hex[sign>>4], hex[sign&15]}) {
			return sign, true
		}
	}
	return 0, false
}
