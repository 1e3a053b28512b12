package pack

import (
	"bytes"
	"fmt"

	"gopkg.in/yaml.v3"
)

// document is integration.yml as it stands, so that keys which this program does
// not know are passed on, in their order.
type document struct{ root *yaml.Node }

func parseDocument(yml []byte) (document, error) {
	var file yaml.Node
	if err := yaml.Unmarshal(yml, &file); err != nil {
		return document{}, fmt.Errorf("integration.yml: %w", err)
	}
	if len(file.Content) != 1 || file.Content[0].Kind != yaml.MappingNode {
		return document{}, fmt.Errorf("integration.yml: no mapping")
	}
	root := file.Content[0]
	root.Content[0].HeadComment = "" // it tells how integration.yml is maintained
	return document{root}, nil
}

// split returns the script and the help text, and the rest as the SDK wants it: a
// dash in the place of the script, and the help text left out.
func (d document) split() (script, help string, rest []byte, err error) {
	body, scriptNode := get(d.root, "script"), (*yaml.Node)(nil)
	if body != nil {
		scriptNode = get(body, "script")
	}
	helpNode := get(d.root, helpKey)
	if scriptNode == nil || helpNode == nil {
		return "", "", nil, fmt.Errorf("integration.yml: no script.script or no %s", helpKey)
	}
	dash := &yaml.Node{Kind: yaml.ScalarNode, Value: "-", Style: yaml.SingleQuotedStyle}
	rest, err = encode(with(without(d.root, helpKey), "script", with(body, "script", dash)))
	return scriptNode.Value, helpNode.Value, rest, err
}

const helpKey = "detaileddescription"

// unify returns the definition in one piece, with its picture.
func (d document) unify(png []byte) ([]byte, error) {
	return encode(with(d.root, "image", &yaml.Node{Kind: yaml.ScalarNode, Value: dataURL(png)}))
}

// get returns the value of a key of a mapping, or nil.
func get(mapping *yaml.Node, key string) *yaml.Node {
	for n := 0; n+1 < len(mapping.Content); n += 2 {
		if mapping.Content[n].Value == key {
			return mapping.Content[n+1]
		}
	}
	return nil
}

// with returns a copy of a mapping in which key has a value.
func with(mapping *yaml.Node, key string, value *yaml.Node) *yaml.Node {
	changed := *mapping
	changed.Content = append([]*yaml.Node{}, mapping.Content...)
	for n := 0; n+1 < len(changed.Content); n += 2 {
		if changed.Content[n].Value == key {
			changed.Content[n+1] = value
			return &changed
		}
	}
	changed.Content = append(changed.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, value)
	return &changed
}

// without returns a copy of a mapping that lacks key.
func without(mapping *yaml.Node, key string) *yaml.Node {
	changed := *mapping
	changed.Content = nil
	for n := 0; n+1 < len(mapping.Content); n += 2 {
		if mapping.Content[n].Value != key {
			changed.Content = append(changed.Content, mapping.Content[n], mapping.Content[n+1])
		}
	}
	return &changed
}

func encode(v any) ([]byte, error) {
	var text bytes.Buffer
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	err := encoder.Close()
	return text.Bytes(), err
}
