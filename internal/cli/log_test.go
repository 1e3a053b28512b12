package cli

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// unread is a pipe that nobody reads until it is opened.
type unread struct {
	opened chan struct{}
	mu     sync.Mutex
	text   bytes.Buffer
}

func (u *unread) Write(b []byte) (int, error) {
	<-u.opened
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.text.Write(b)
}

func TestALogThatNobodyReads(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				out := &unread{opened: make(chan struct{})}
				p := &program{streams: Streams{Stderr: out}, flags: flags{logFormat: format, logLevel: "info"}}
				p.leaveStderr()
				log, err := p.logger()
				if err != nil {
					t.Fatal(err)
				}
				const lines = 10_000
				for n := range lines {
					log.Info("a line", "number", n)
				}
				began := time.Now()
				p.flushStderr()
				if took := time.Since(began); took != lastLog {
					t.Errorf("the end waited %v", took)
				}
				close(out.opened)
				synctest.Wait()
				log.Info("the last line")
				synctest.Wait()
				text := out.text.String()
				written := strings.Count(text, "a line")
				if len(text) > maxUnreadLog+1000 || written < 1000 {
					t.Errorf("%d lines in %d bytes were written", written, len(text))
				}
				said := map[string]string{"text": "were dropped, because nobody read standard error\" lines=%d\n", "json": "were dropped, because nobody read standard error\",\"lines\":%d}\n"}[format]
				if !strings.Contains(text, fmt.Sprintf(said, lines-written)) || !strings.Contains(text, "the last line") {
					t.Errorf("%d lines were written, and the end is %s", written, text[len(text)-500:])
				}
			})
		})
	}
}

func TestTheSameWarningIsLoggedOnlySoOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		log := slog.New(newFewerWarnings(slog.NewTextHandler(&out, nil)))
		for range 100 {
			log.With("a", 1).Warn("careful")
			log.WithGroup("g").Error("wrong")
			log.Info("fine")
		}
		if c, w, f := strings.Count(out.String(), "careful"), strings.Count(out.String(), "wrong"), strings.Count(out.String(), "fine"); c != maxRepeated || w != maxRepeated || f != 100 {
			t.Errorf("%d, %d and %d lines", c, w, f)
		}
		out.Reset()
		time.Sleep(repeatedWithin)
		log.Warn("careful")
		if !strings.Contains(out.String(), "suppressed=90") {
			t.Errorf("logged %s", out.String())
		}
	})
}

func TestALogThatIsReadLacksNothing(t *testing.T) {
	in, out := io.Pipe()
	p := &program{streams: Streams{Stderr: out}}
	read := make(chan int)
	go func() {
		text, _ := io.ReadAll(in)
		read <- bytes.Count(text, []byte("\n"))
	}()
	p.leaveStderr()
	for range 1000 {
		fmt.Fprintln(p.streams.Stderr, "a line")
	}
	p.flushStderr()
	out.Close()
	if got := <-read; got != 1000 {
		t.Errorf("%d lines", got)
	}
}
