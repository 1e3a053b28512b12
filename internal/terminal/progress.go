package terminal

import (
	"fmt"
	"msgraph-user/internal/engine"
	"sync"
	"time"
)

// The rhythm of the progress line.
const (
	patience = 400 * time.Millisecond // what is over by then shows no line
	tick     = 120 * time.Millisecond
)

var spinner = []string{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"}

// Progress is a line on a window that says how far work has come, for as long as
// the work lasts.
type Progress struct {
	screen Screen
	label  string
	start  time.Time
	stop   chan struct{}
	ended  sync.WaitGroup

	mu   sync.Mutex
	last engine.Progress
}

// StartProgress begins a line under label. On what is no window nothing is shown.
func (s Screen) StartProgress(label string) *Progress {
	p := &Progress{screen: s, label: label, start: time.Now(), stop: make(chan struct{})}
	if s.IsWindow() {
		p.ended.Go(p.show)
	}
	return p
}

// Report says how far the work has come.
func (p *Progress) Report(progress engine.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = progress
}

// Stop takes the line away. It is called once.
func (p *Progress) Stop() {
	close(p.stop)
	p.ended.Wait()
}

func (p *Progress) show() {
	select {
	case <-p.stop:
		return
	case <-time.After(patience):
	}
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for turn := 0; ; turn++ {
		fmt.Fprintf(p.screen, "\r\x1b[K%s", p.line(turn))
		select {
		case <-p.stop:
			fmt.Fprint(p.screen, "\r\x1b[K")
			return
		case <-ticker.C:
		}
	}
}

// line is the line in its turn, cut to the window.
func (p *Progress) line(turn int) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	line := fmt.Sprintf("%s %s  %ds", spinner[turn%len(spinner)], p.label, int(time.Since(p.start).Seconds()))
	switch {
	case p.last.Total > 0:
		line += fmt.Sprintf("  %d of %d", p.last.Done, p.last.Total)
	case p.last.Done > 0:
		line += fmt.Sprintf("  %d", p.last.Done)
	}
	if p.last.Message != "" {
		line += "  " + Line(p.last.Message)
	}
	return wrap(line, max(p.screen.Width()-1, 1))[0]
}
