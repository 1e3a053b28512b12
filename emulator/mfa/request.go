package mfa

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// arrays is the namespace of the key-value pairs in a request.
const arrays = "http://schemas.microsoft.com/2003/10/Serialization/Arrays"

// Request is a BeginTwoWayAuthenticationRequest.
type Request struct {
	UserPrincipalName string
	Lcid              string
	ContextID         string
	SyncCall          bool
	RequireUserMatch  bool
	CallerName        string
	CallerIP          string
	Properties        map[string]string // AuthenticationMethodProperties
}

// element is one XML element with what it holds.
type element struct {
	XMLName  xml.Name
	Text     string    `xml:",chardata"`
	Children []element `xml:",any"`
}

// members are the request's elements, in the order in which the service's
// deserializer wants them.
var members = []string{
	"Version", "UserPrincipalName", "Lcid", "AuthenticationMethodProperties", "ContextId",
	"SyncCall", "RequireUserMatch", "CallerName", "CallerIP",
}

// ParseRequest reads a request. The service's deserializer skips an element that
// is out of its place, so that it silently counts as absent; here the error says
// which one is unknown, missing or misplaced.
func ParseRequest(body []byte) (Request, error) {
	root, err := parse(body)
	if err != nil {
		return Request{}, err
	}
	if root.XMLName.Local != "BeginTwoWayAuthenticationRequest" {
		return Request{}, fmt.Errorf("the root element is %q, not BeginTwoWayAuthenticationRequest", root.XMLName.Local)
	}
	for i, name := range members {
		if i >= len(root.Children) {
			return Request{}, fmt.Errorf("the element %s is missing", name)
		}
		if got := root.Children[i].XMLName.Local; got != name {
			return Request{}, fmt.Errorf("element %d is %s where %s belongs", i+1, got, name)
		}
	}
	if len(root.Children) > len(members) {
		return Request{}, fmt.Errorf("the element %s is not known here", root.Children[len(members)].XMLName.Local)
	}
	return read(root.Children)
}

// parse reads exactly one element. A document type is refused, and with it
// entities of one's own.
func parse(body []byte) (element, error) {
	d := xml.NewDecoder(bytes.NewReader(body))
	var root element
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) && root.XMLName.Local != "" {
			return root, nil
		}
		if err != nil {
			return root, fmt.Errorf("the body is no XML: %w", err)
		}
		switch t := t.(type) {
		case xml.Directive:
			return root, errors.New("the body has a document type, which is not taken")
		case xml.CharData:
			if len(bytes.TrimSpace(t)) > 0 {
				return root, errors.New("the body has text outside the root element")
			}
		case xml.StartElement:
			if root.XMLName.Local != "" {
				return root, errors.New("the body has more than one root element")
			}
			if err := d.DecodeElement(&root, &t); err != nil {
				return root, fmt.Errorf("the body is no XML: %w", err)
			}
		}
	}
}

func read(e []element) (Request, error) {
	text := func(i int) string { return strings.TrimSpace(e[i].Text) }
	if text(0) != "1.0" {
		return Request{}, fmt.Errorf("the Version is %q, not 1.0", text(0))
	}
	r := Request{UserPrincipalName: text(1), Lcid: text(2), ContextID: text(4), CallerName: text(7), CallerIP: text(8)}
	for i, name := range members {
		if name != "AuthenticationMethodProperties" && text(i) == "" {
			return Request{}, fmt.Errorf("the element %s is empty", name)
		}
	}
	var err error
	if r.Properties, err = readProperties(e[3].Children); err != nil {
		return Request{}, err
	}
	if r.SyncCall, err = readBoolean("SyncCall", text(5)); err != nil {
		return Request{}, err
	}
	r.RequireUserMatch, err = readBoolean("RequireUserMatch", text(6))
	return r, err
}

func readProperties(pairs []element) (map[string]string, error) {
	out := map[string]string{}
	for _, p := range pairs {
		if p.XMLName != (xml.Name{Space: arrays, Local: "KeyValueOfstringstring"}) || len(p.Children) != 2 ||
			p.Children[0].XMLName != (xml.Name{Space: arrays, Local: "Key"}) || p.Children[1].XMLName != (xml.Name{Space: arrays, Local: "Value"}) {
			return nil, fmt.Errorf("AuthenticationMethodProperties must hold KeyValueOfstringstring with Key and Value, of the namespace %s", arrays)
		}
		out[strings.TrimSpace(p.Children[0].Text)] = strings.TrimSpace(p.Children[1].Text)
	}
	return out, nil
}

func readBoolean(name, text string) (bool, error) {
	switch text {
	case "true", "1":
		return true, nil
	case "false", "0":
		return false, nil
	}
	return false, fmt.Errorf("the element %s is %q, no boolean", name, text)
}
