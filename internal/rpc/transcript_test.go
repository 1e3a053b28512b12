package rpc

import (
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"
)

var update = flag.Bool("update", false, "write what the server answers into the transcripts")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestTranscripts plays testdata/*.txt: lines with > are sent, one after the
// other, each when nothing moves any more; lines with < are what must come back,
// to the byte. >" and <" hold bytes as a Go string, without a line end of their
// own; # is a remark. At the end the input is closed and Serve must return nil.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts (%v)", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { playTranscript(t, file) })
		})
	}
}

func playTranscript(t *testing.T, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	server := newServer(commands)
	server.MaxLine = 1000
	peer := connect(t, server)
	got := play(t, peer, strings.TrimSuffix(string(text), "\n"))
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got != string(text) {
		t.Errorf("%s\nplayed to\n%s", file, got)
	}
}

// play sends what the transcript sends and returns it with what came back.
func play(t *testing.T, peer *testPeer, transcript string) string {
	var played []string
	take := func() {
		synctest.Wait()
		played = append(played, receivedLines(peer.out.take())...)
	}
	for line := range strings.SplitSeq(transcript, "\n") {
		switch {
		case strings.HasPrefix(line, `>"`):
			take()
			bytes, err := strconv.Unquote(line[1:])
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			played = append(played, line)
			peer.write(bytes)
		case strings.HasPrefix(line, "> "):
			take()
			played = append(played, line)
			peer.write(line[2:] + "\n")
		case !strings.HasPrefix(line, "<"):
			take()
			played = append(played, line)
		}
	}
	take()
	if err := peer.end(); err != nil {
		t.Errorf("Serve returned %v", err)
	}
	take()
	return strings.Join(played, "\n") + "\n"
}

// receivedLines renders what came as lines of a transcript.
func receivedLines(text string) []string {
	if text == "" {
		return nil
	}
	if !strings.HasSuffix(text, "\n") {
		return []string{"<" + strconv.Quote(text)}
	}
	var lines []string
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		lines = append(lines, "< "+line)
	}
	return lines
}
