package terminal

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"msgraph-user/internal/engine"
)

// The rhythm of progress.
const (
	patience = 400 * time.Millisecond // what is over by then shows no line
	tick     = 120 * time.Millisecond
	everyRow = time.Second // between two lines where nobody watches
)

var spinner = []string{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"}

// barWidth is how many characters a bar has.
const barWidth = 20

// Report is how far work has come, with what follows from it.
type Report struct {
	engine.Progress
	Elapsed time.Duration
	Rate    float64       // done in a second; 0 where nothing is known
	Left    time.Duration // until all is done; 0 where nothing is known
}

// String returns the report as text: how much of how much, how fast, how long still.
func (r Report) String() string {
	var said []string
	switch {
	case r.Total > 0:
		said = append(said, fmt.Sprintf("%d of %d", r.Done, r.Total))
	case r.Done > 0:
		said = append(said, fmt.Sprint(r.Done))
	}
	if r.Rate > 0 {
		said = append(said, rate(r.Rate))
	}
	if r.Left > 0 {
		said = append(said, r.Left.Round(time.Second).String()+" left")
	}
	if r.Message != "" {
		said = append(said, Line(r.Message))
	}
	return strings.Join(said, ", ")
}

func rate(perSecond float64) string {
	if perSecond < 10 {
		return fmt.Sprintf("%.1f/s", perSecond)
	}
	return fmt.Sprintf("%.0f/s", perSecond)
}

// bar draws the part that is done; "" where the whole is not known.
func (r Report) bar() string {
	if r.Total <= 0 {
		return ""
	}
	full := min(barWidth*r.Done/r.Total, barWidth)
	return strings.Repeat("█", full) + strings.Repeat("░", barWidth-full) + "  "
}

// Progress says how far work has come, for as long as the work lasts.
type Progress struct {
	start time.Time
	stop  chan struct{}
	ended sync.WaitGroup

	mu      sync.Mutex
	last    engine.Progress
	heard   int             // how often something was reported
	first   engine.Progress // what was there at the first report, which nobody waited for
	firstAt time.Time
}

func newProgress() *Progress {
	return &Progress{start: time.Now(), stop: make(chan struct{})}
}

// StartProgress begins a line under label on a window. On what is no window nothing
// is shown.
func (s Screen) StartProgress(label string) *Progress {
	p := newProgress()
	if s.IsWindow() {
		p.ended.Go(func() { p.show(s, label) })
	}
	return p
}

// StartProgressLines has line called each second in which something was reported.
func StartProgressLines(line func(Report)) *Progress {
	p := newProgress()
	p.ended.Go(func() { p.tell(line) })
	return p
}

// Report says how far the work has come.
func (p *Progress) Report(progress engine.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.heard++; p.heard == 1 {
		p.first, p.firstAt = progress, time.Now()
	}
	p.last = progress
}

// Stop takes the line away. It is called once.
func (p *Progress) Stop() {
	close(p.stop)
	p.ended.Wait()
}

// report returns what is known, and how often something was reported.
func (p *Progress) report() (Report, int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := Report{Progress: p.last, Elapsed: time.Since(p.start)}
	took := time.Since(p.firstAt).Seconds()
	if done := p.last.Done - p.first.Done; p.heard > 1 && done > 0 && took > 0 {
		r.Rate = float64(done) / took
		if p.last.Total > p.last.Done {
			r.Left = time.Duration(float64(p.last.Total-p.last.Done) / r.Rate * float64(time.Second))
		}
	}
	return r, p.heard
}

func (p *Progress) show(screen Screen, label string) {
	select {
	case <-p.stop:
		return
	case <-time.After(patience):
	}
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for turn := 0; ; turn++ {
		fmt.Fprintf(screen, "\r\x1b[K%s", p.line(screen, label, turn))
		select {
		case <-p.stop:
			fmt.Fprint(screen, "\r\x1b[K")
			return
		case <-ticker.C:
		}
	}
}

// line is the line in its turn, cut to the window.
func (p *Progress) line(screen Screen, label string, turn int) string {
	r, _ := p.report()
	width := max(screen.Width()-1, 1)
	begin := fmt.Sprintf("%s %s  %ds  ", spinner[turn%len(spinner)], label, int(r.Elapsed.Seconds()))
	line := strings.TrimRight(begin+r.bar()+r.String(), " ")
	if columns(line) > width { // a bar says less than what it would cut off
		line = strings.TrimRight(begin+r.String(), " ")
	}
	return wrap(line, width)[0]
}

func (p *Progress) tell(line func(Report)) {
	ticker := time.NewTicker(everyRow)
	defer ticker.Stop()
	told := 0
	for {
		select {
		case <-p.stop:
			return
		case <-ticker.C:
		}
		if r, heard := p.report(); heard > told {
			told = heard
			line(r)
		}
	}
}
