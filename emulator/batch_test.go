package emulator_test

import (
	"fmt"
	"strings"
	"testing"

	"msgraph-user/emulator"
)

// items returns a batch's answers by id.
func (a answer) items() map[string]map[string]any {
	found := map[string]map[string]any{}
	list, _ := a.json["responses"].([]any)
	for _, item := range list {
		object, _ := item.(map[string]any)
		found[object["id"].(string)] = object
	}
	return found
}

func TestBatchItemsHaveTheirOwnOutcomes(t *testing.T) {
	x := start(t, emulator.Options{})
	a := x.want(x.do("POST", "/v1.0/$batch", `{"requests":[
		{"id":"1","method":"GET","url":"/users/`+plain+`?$select=displayName"},
		{"id":"2","method":"PATCH","url":"users/`+plain+`","headers":{"Content-Type":"application/json"},"body":{"jobTitle":"Lead"}},
		{"id":"3","method":"GET","url":"/users/ghost@larkspur.example"},
		{"id":"4","method":"GET","url":"/users?$filter=accountEnabled ne true&$count=true&$top=1"},
		{"id":"5","method":"GET","url":"/users?$filter=accountEnabled ne true&$count=true&$top=1","headers":{"ConsistencyLevel":"eventual"}},
		{"id":"6","method":"PATCH","url":"/users/`+plain+`","body":{"jobTitle":"x"}},
		{"id":"7","method":"GET","url":"https://elsewhere.example/users"},
		{"id":"8","method":"POST","url":"/$batch","body":{}},
		{"id":"9","method":"GET","url":"/users/$count","headers":{"ConsistencyLevel":"eventual"}}]}`), 200)
	items := a.items()
	for id, want := range map[string]float64{"1": 200, "2": 204, "3": 404, "4": 400, "5": 200, "6": 400, "7": 400, "8": 400, "9": 200} {
		if items[id]["status"] != want {
			t.Errorf("item %s: %v, want %v", id, items[id], want)
		}
	}
	body, _ := items["1"]["body"].(map[string]any)
	headers, _ := items["1"]["headers"].(map[string]any)
	if body["displayName"] != "Sam Whitfield" || headers["Content-Type"] == nil {
		t.Errorf("item 1: %v", items["1"])
	}
	if items["9"]["body"] != "NjI=" {
		t.Errorf("what is no JSON comes as base64: %v", items["9"])
	}
	last := x.Requests()
	if n := len(last); !last[n-2].InBatch || last[n-1].InBatch {
		t.Error("the log tells what came in a batch")
	}
}

func TestBatchDependencies(t *testing.T) {
	x := start(t, emulator.Options{})
	a := x.want(x.do("POST", "/v1.0/$batch", `{"requests":[
		{"id":"c","dependsOn":["b"],"method":"GET","url":"/users/`+plain+`"},
		{"id":"b","dependsOn":["a"],"method":"GET","url":"/users/`+plain+`"},
		{"id":"a","method":"GET","url":"/users/ghost@larkspur.example"},
		{"id":"e","dependsOn":["d"],"method":"GET","url":"/users/`+plain+`?$select=jobTitle"},
		{"id":"d","method":"PATCH","url":"/users/`+plain+`","headers":{"Content-Type":"application/json"},"body":{"jobTitle":"First"}}]}`), 200)
	items := a.items()
	for id, want := range map[string]float64{"a": 404, "b": 424, "c": 424, "d": 204, "e": 200} {
		if items[id]["status"] != want {
			t.Errorf("item %s: %v, want %v", id, items[id], want)
		}
	}
	if body, _ := items["e"]["body"].(map[string]any); body["jobTitle"] != "First" {
		t.Errorf("e ran before d: %v", body)
	}
}

func TestRefusedBatches(t *testing.T) {
	x := start(t, emulator.Options{})
	var many []string
	for i := range 21 {
		many = append(many, fmt.Sprintf(`{"id":"%d","method":"GET","url":"/users"}`, i))
	}
	for name, body := range map[string]string{
		"more than twenty":      `{"requests":[` + strings.Join(many, ",") + `]}`,
		"the same id twice":     `{"requests":[{"id":"a","method":"GET","url":"/users"},{"id":"A","method":"GET","url":"/users"}]}`,
		"no id":                 `{"requests":[{"method":"GET","url":"/users"}]}`,
		"none":                  `{"requests":[]}`,
		"no JSON":               `{`,
		"an unknown dependency": `{"requests":[{"id":"a","dependsOn":["z"],"method":"GET","url":"/users"}]}`,
		"a circle":              `{"requests":[{"id":"a","dependsOn":["b"],"method":"GET","url":"/users"},{"id":"b","dependsOn":["a"],"method":"GET","url":"/users"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			x.t = t
			x.want(x.do("POST", "/v1.0/$batch", body), 400)
		})
	}
}
