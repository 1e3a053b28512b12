package main

import (
	"bytes"
	"os"
	"testing"
)

// What is read of the document is what was written, so that the rows of clients
// that do not run stay.
func TestTheDocumentIsReadBack(t *testing.T) {
	lines := []line{
		{Language: "Python", Client: "msal", Version: "1.2", Kind: "sign-in", Name: "client secret", OK: true},
		{Language: "Go", Client: "azidentity", Version: "v1.0", Kind: "sign-in", Name: "device code"},
		{Language: "Python", Client: "msgraph-sdk", Version: "2", Kind: "Graph", Name: "pages", OK: true},
	}
	text := render(lines)
	if again := render(parse(text)); !bytes.Equal(text, again) {
		t.Errorf("read back it is\n%s\nand it was\n%s", again, text)
	}
	newer := line{Language: "Python", Client: "msal", Version: "1.3", Kind: "sign-in", Name: "client secret", OK: true}
	if merged := merge(parse(text), []line{newer}); len(merged) != 3 {
		t.Errorf("merged %+v", merged)
	}
}

// The document in the repository is one that the tool wrote.
func TestTheReportCardIsGenerated(t *testing.T) {
	text, err := os.ReadFile("../../" + document)
	if err != nil {
		t.Fatal(err)
	}
	lines := parse(text)
	if !bytes.Equal(render(lines), text) {
		t.Errorf("%s was edited by hand", document)
	}
	if len(lines) < 50 {
		t.Errorf("it has %d cells", len(lines))
	}
}
