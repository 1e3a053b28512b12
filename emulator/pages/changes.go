package pages

import (
	"slices"
	"strings"
	"time"

	"msgraph-user/emulator/directory"
)

// maxChanges is how many changed objects the page shows.
const maxChanges = 50

// change is what happened to one object since the start.
type change struct {
	Kind, Name, What string // such as user, Mira Holt, changed
	At               time.Time
	Differences      []difference
}

// difference is one property before and after; empty stands for none.
type difference struct{ Property, Before, After string }

// changes are what differs from the start, what was changed last first.
func (p *Page) changes() []change {
	objects, _ := p.options.Store.ChangedObjects(0)
	var list []change
	for _, a := range objects {
		if c := changeOf(a); c.What != "" && len(list) < maxChanges {
			list = append(list, c)
		}
	}
	return list
}

// changeOf compares an object with what it was. One that is as it was has no What.
func changeOf(a directory.ChangedObject) change {
	c := change{At: a.At}
	subject := a.After.Object
	if subject == nil {
		subject = a.Before.Object
	}
	if subject == nil {
		return c // made and gone for good
	}
	c.Kind, c.Name = subject.Type.Name, nameOf(subject)
	switch was, is := exists(a.Before), exists(a.After); {
	case was && !is:
		c.What = "deleted"
		return c
	case !was && !is:
		return c
	case !was:
		c.What = "created"
	}
	c.Differences = differences(a.Before, a.After)
	if c.What == "" && len(c.Differences) > 0 {
		c.What = "changed"
	}
	return c
}

func exists(p directory.ObjectSnapshot) bool { return p.Object != nil && !p.Deleted }

func nameOf(o *directory.Object) string {
	if o == nil {
		return ""
	}
	if o.Type.Name == "user" {
		return o.Text("displayName") + " (" + o.Text("userPrincipalName") + ")"
	}
	return o.Text("displayName")
}

func differences(before, after directory.ObjectSnapshot) []difference {
	var list []difference
	add := func(property, was, is string) {
		if was != is {
			list = append(list, difference{property, shorten(was), shorten(is)})
		}
	}
	for _, property := range after.Object.Type.Properties {
		was := ""
		if before.Object != nil {
			was = before.Object.Raw(property)
		}
		add(property.Name, legible(was), legible(after.Object.Raw(property)))
	}
	add("manager", nameOf(before.Manager), nameOf(after.Manager))
	add("authentication methods", inventory(before.Owned), inventory(after.Owned))
	return list
}

// legible writes a JSON value for a person: text without its quotes.
func legible(raw string) string {
	if text := directory.Unquote(raw); text != "" {
		return text
	}
	if raw == `""` {
		return ""
	}
	return raw
}

// inventory lists methods by kind and id; what they hold may be secret.
func inventory(owned []*directory.Object) string {
	var items []string
	for _, o := range owned {
		if label, ok := methodLabels[o.Type.Name]; ok {
			items = append(items, label+" "+o.ID)
		}
	}
	slices.Sort(items)
	return strings.Join(items, ", ")
}

// maxValue is how much of a value the page shows, in characters.
const maxValue = 160

func shorten(text string) string {
	if runes := []rune(text); len(runes) > maxValue {
		return string(runes[:maxValue-1]) + "…"
	}
	return text
}
