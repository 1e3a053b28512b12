package transcript

import (
	"bytes"
	"encoding/json"

	"msgraph-user/internal/rawjson"
)

// mapLeaves returns a JSON value whose texts, numbers, booleans and nulls were
// passed through change. All else, order included, stays as it came.
func mapLeaves(raw json.RawMessage, change func(json.RawMessage) json.RawMessage) json.RawMessage {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return raw
	}
	switch raw[0] {
	case '{':
		o, err := rawjson.ParseObject(raw)
		if err != nil {
			return raw
		}
		for i := range o {
			o[i].Value = mapLeaves(o[i].Value, change)
		}
		return object(o)
	case '[':
		elements, err := rawjson.ParseArray(raw)
		if err != nil {
			return raw
		}
		for i := range elements {
			elements[i] = mapLeaves(elements[i], change)
		}
		return list(elements)
	}
	return change(raw)
}

// mapNames returns a JSON value whose members' names were passed through change.
func mapNames(raw json.RawMessage, change func(string) string) json.RawMessage {
	if o, err := rawjson.ParseObject(raw); err == nil {
		for i, member := range o {
			o[i] = rawjson.Member{Name: change(member.Name), Value: mapNames(member.Value, change)}
		}
		return object(o)
	}
	if elements, err := rawjson.ParseArray(raw); err == nil {
		for i, element := range elements {
			elements[i] = mapNames(element, change)
		}
		return list(elements)
	}
	return raw
}

// mapTexts returns a JSON value whose texts were passed through change.
func mapTexts(raw json.RawMessage, change func(string) string) json.RawMessage {
	return mapLeaves(raw, func(leaf json.RawMessage) json.RawMessage {
		text, ok := rawjson.Text(leaf)
		if !ok {
			return leaf
		}
		if changed := change(text); changed != text {
			return rawjson.Quote(changed)
		}
		return leaf
	})
}

// object encodes an object whose members' values are JSON.
func object(o rawjson.Object) json.RawMessage {
	encoded, err := o.MarshalJSON()
	if err != nil {
		return rawjson.Quote(removed) // a name that cannot be written is not worth a leak
	}
	return encoded
}

// list encodes a list of JSON values.
func list(elements []json.RawMessage) json.RawMessage {
	joined := bytes.Join(bytesOf(elements), []byte(","))
	return append(append([]byte("["), joined...), ']')
}

func bytesOf(elements []json.RawMessage) [][]byte {
	plain := make([][]byte, len(elements))
	for i, element := range elements {
		plain[i] = element
	}
	return plain
}
