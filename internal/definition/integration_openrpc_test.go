package definition_test

import (
	"encoding/json"
	"strings"
	"testing"
)

type openRPC struct {
	OpenRPC       string
	Info          struct{ Title, Version string }
	Methods       []openMethod
	ClientMethods []openMethod `json:"x-clientMethods"`
	Components    struct {
		Errors  map[string]struct{ Code int }
		Schemas struct {
			Configuration struct{ Properties map[string]map[string]any }
		}
	}
}

type openMethod struct {
	Name           string
	ParamStructure string
	Deprecated     bool
	Params         []struct {
		Ref      string `json:"$ref"`
		Name     string
		Required bool
		Schema   struct {
			Required             []string
			AdditionalProperties *bool
			Properties           map[string]map[string]any
		}
	}
	Errors       []map[string]any
	ContextPaths []struct{ Path, Type, Description string } `json:"x-contextPaths"`
	Result       *struct{ Name string }
}

// commands are the methods of commands, which come first.
func (d openRPC) commands(t *testing.T) []openMethod {
	t.Helper()
	return d.Methods[:len(integration(t).CommandNames())]
}

func discover(t *testing.T) openRPC {
	t.Helper()
	data, err := json.Marshal(integration(t).OpenRPC("1.2.3"))
	if err != nil {
		t.Fatal(err)
	}
	var document openRPC
	if err := json.Unmarshal(data, &document); err != nil {
		t.Fatal(err)
	}
	var whole any
	if err := json.Unmarshal(data, &whole); err != nil {
		t.Fatal(err)
	}
	checkReferences(t, whole, whole)
	return document
}

// checkReferences fails for a $ref that leads nowhere.
func checkReferences(t *testing.T, document, at any) {
	t.Helper()
	switch at := at.(type) {
	case []any:
		for _, element := range at {
			checkReferences(t, document, element)
		}
	case map[string]any:
		if ref, ok := at["$ref"].(string); ok {
			target := document
			for step := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
				object, _ := target.(map[string]any)
				target = object[step]
			}
			if target == nil {
				t.Errorf("%s leads nowhere", ref)
			}
		}
		for _, member := range at {
			checkReferences(t, document, member)
		}
	}
}

func TestOpenRPCHasOneMethodACommand(t *testing.T) {
	document := discover(t)
	if document.OpenRPC != "1.3.2" || document.Info.Title != "Entra ID Users" || document.Info.Version != "1.2.3" {
		t.Errorf("got OpenRPC %s of %+v", document.OpenRPC, document.Info)
	}
	names := integration(t).CommandNames()
	if len(document.commands(t)) != len(names) {
		t.Fatalf("%d methods for %d commands", len(document.Methods), len(names))
	}
	for n, method := range document.commands(t) {
		if method.Name != names[n] || method.ParamStructure != "by-name" || method.Result == nil || len(method.Errors) == 0 {
			t.Errorf("method %d: got %+v", n, method)
		}
		if len(method.Params) != 5 || method.Params[0].Name != "args" {
			t.Errorf("%s: params must be args, params, context, progressToken and partialResults", method.Name)
		}
	}
}

// The session's methods are listed too, and in an extension what the server sends;
// those without a result are notifications.
func TestOpenRPCHasTheSessionMethods(t *testing.T) {
	document := discover(t)
	for want, methods := range map[string][]openMethod{
		"initialize() shutdown() rpc.discover() stats() $/cancelRequest":                           document.Methods[len(document.commands(t)):],
		"$/progress $/partialResult $/settled log getIntegrationContext() setIntegrationContext()": document.ClientMethods,
	} {
		var names []string
		for _, method := range methods {
			name := method.Name
			if method.Result != nil {
				name += "()"
			}
			names = append(names, name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestOpenRPCDescribesArguments(t *testing.T) {
	for _, method := range discover(t).commands(t) {
		args := method.Params[0]
		if args.Schema.AdditionalProperties == nil || *args.Schema.AdditionalProperties {
			t.Errorf("%s: unknown arguments are refused, the schema has to say so", method.Name)
		}
		switch method.Name {
		case "msgraph-user-get":
			if !args.Required || len(args.Schema.Required) != 1 || args.Schema.Required[0] != "user" {
				t.Errorf("get needs user: %+v", args.Schema.Required)
			}
		case "msgraph-user-list":
			if args.Required {
				t.Error("list needs no argument")
			}
		case "msgraph-user-email-method-delete":
			if len(args.Schema.Required) != 1 {
				t.Error("what has a default need not be given")
			}
		case "msgraph-user-tap-policy-create":
			if args.Schema.Properties["lifetime_in_minutes"]["default"] != "60" || args.Schema.Properties["zip_password"]["writeOnly"] != true {
				t.Errorf("got %v", args.Schema.Properties)
			}
		}
	}
}

func TestOpenRPCNamesTheContextPaths(t *testing.T) {
	for _, method := range discover(t).commands(t) {
		command, _ := integration(t).Command(method.Name)
		if len(method.ContextPaths) != len(command.Outputs) {
			t.Fatalf("%s: %d context paths, want %d", method.Name, len(method.ContextPaths), len(command.Outputs))
		}
		for n, path := range method.ContextPaths {
			if output := command.Outputs[n]; path.Path != output.ContextPath || path.Type != strings.ToLower(output.Type) || path.Description != output.Description {
				t.Errorf("%s: %+v stands for %+v", method.Name, path, output)
			}
		}
	}
}

func TestOpenRPCDescribesParameters(t *testing.T) {
	described := discover(t).Components.Schemas.Configuration.Properties
	for name, want := range map[string]map[string]any{
		"azure_cloud":   {"examples": 7.0, "default": "Worldwide"},
		"insecure":      {"default": false},
		"host":          {"default": "https://graph.microsoft.com", "examples": nil},
		"creds_enc_key": {"examples": nil, "default": nil, "deprecated": nil},
		"enc_key":       {"deprecated": true, "writeOnly": true, "format": "password"},
	} {
		for key, value := range want {
			got := described[name][key]
			if list, ok := got.([]any); ok {
				got = float64(len(list))
			}
			if got != value {
				t.Errorf("%s: %s is %v, want %v", name, key, got, value)
			}
		}
	}
}

func TestOpenRPCErrorsAreThoseOfTheProtocol(t *testing.T) {
	want := map[int]bool{-32602: true, -32603: true, -32001: true, -32002: true, -32003: true, -32004: true, -32800: true}
	for name, e := range discover(t).Components.Errors {
		if !want[e.Code] {
			t.Errorf("%s: unexpected code %d", name, e.Code)
		}
		delete(want, e.Code)
	}
	if len(want) > 0 {
		t.Errorf("missing codes: %v", want)
	}
}
