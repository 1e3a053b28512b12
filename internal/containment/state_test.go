package containment_test

import (
	"testing"

	"msgraph-user/internal/containment"
	"msgraph-user/internal/rawjson"
)

func TestHowAThingIsNow(t *testing.T) {
	switched := containment.Change{
		Done: containment.State{Shows: object(`{"accountEnabled":false}`)},
		Back: containment.State{Shows: object(`{"accountEnabled":true}`)},
	}
	identity := object(`{"clientId":"c","principalId":"p"}`)
	removed := containment.Change{
		Read: containment.Reading{List: true},
		Done: containment.State{Find: identity, Absent: true},
		Back: containment.State{Find: identity, Shows: object(`{"scope":"User.Read"}`)},
	}
	type seen = containment.Seen
	items := func(texts ...string) (list []rawjson.Object) {
		for _, text := range texts {
			list = append(list, object(text))
		}
		return list
	}
	for name, c := range map[string]struct {
		change containment.Change
		seen   seen
		want   containment.Presence
	}{
		"still off":             {switched, seen{Object: object(`{"id":"u","accountEnabled":false}`)}, containment.AsDone},
		"on again":              {switched, seen{Object: object(`{"accountEnabled":true}`)}, containment.AsBefore},
		"withheld":              {switched, seen{Object: object(`{"id":"u","accountEnabled":null}`)}, containment.Withheld},
		"gone":                  {switched, seen{Missing: true}, containment.Elsewhere},
		"still away":            {removed, seen{Items: items(`{"id":"1","clientId":"other","principalId":"p"}`)}, containment.AsDone},
		"an empty list":         {removed, seen{}, containment.AsDone},
		"back with another id":  {removed, seen{Items: items(`{"id":"2","clientId":"c","principalId":"p","scope":" User.Read"}`)}, containment.AsBefore},
		"there, but another":    {removed, seen{Items: items(`{"id":"2","clientId":"c","principalId":"p","scope":"Mail.Read"}`)}, containment.Elsewhere},
		"there, but not shown":  {removed, seen{Items: items(`{"id":"2","clientId":"c","principalId":"p","scope":null}`)}, containment.Withheld},
		"another order, a null": {containment.Change{Done: containment.State{Shows: object(`{"a":{"x":1,"y":2},"b":null}`)}}, seen{Object: object(`{"a":{"y":2,"x":1}}`)}, containment.AsDone},
	} {
		if got := c.change.Presence(c.seen); got != c.want {
			t.Errorf("%s: got %d, want %d", name, got, c.want)
		}
	}
}
