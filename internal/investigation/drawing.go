package investigation

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// The drawing of the timeline, in units of the SVG.
const (
	drawnWidth, laneHeight = 1000, 44
	left, right            = 150, 20
)

// timeline draws the events, a lane a source.
func (p *page) timeline(e *Evidence, r *Report) {
	p.raw(`<section aria-labelledby="time"><h2 id="time">Timeline</h2>`)
	if len(r.Timeline) == 0 {
		p.raw(`<p>Nothing with a date was found.</p></section>`)
		return
	}
	whole := period{e.Since, e.Now}
	if first := r.Timeline[len(r.Timeline)-1].At; first.Before(whole.begin) {
		whole.begin = first
	}
	p.drawing("Timeline", e, r, whole)
	if attack := attackOf(r, whole); attack.lasts() > 0 && attack.lasts() < whole.lasts()/2 {
		p.drawing("The suspicious part of it, enlarged", e, r, attack)
	}
	p.raw(`</section>`)
}

// events lists what the timeline draws.
func (p *page) events(r *Report) {
	if len(r.Timeline) == 0 {
		return
	}
	p.raw(`<section aria-labelledby="events"><h2 id="events">Events</h2>`)
	p.table("stack", "Events, the latest first", []string{"Time", "Source", "Event", "Verdict", "Rule"}, len(r.Timeline), func(n int) {
		event := r.Timeline[n]
		p.raw(when, clock(event.At), `</td>`, cell, event.Source, `</td>`)
		p.cell(event.What)
		verdict := ""
		if event.Suspicious || event.Rule != "" {
			verdict = mark(event.Suspicious)
		}
		p.raw(cell, verdict, `</td>`)
		p.cell(event.Rule)
	})
	p.raw(`</section>`)
}

// period is the time that a drawing shows.
type period struct{ begin, end time.Time }

func (d period) lasts() time.Duration { return d.end.Sub(d.begin) }

func (d period) has(t time.Time) bool { return !t.Before(d.begin) && !t.After(d.end) }

// attackOf is the time of the suspicious events, with a margin.
func attackOf(r *Report, whole period) period {
	var d period
	for _, event := range r.Timeline { // the latest first
		if event.Suspicious {
			if d.begin = event.At; d.end.IsZero() {
				d.end = event.At
			}
		}
	}
	margin := d.lasts()/10 + time.Minute
	d.begin, d.end = d.begin.Add(-margin), d.end.Add(margin)
	if !whole.has(d.begin) {
		d.begin = whole.begin
	}
	if !whole.has(d.end) {
		d.end = whole.end
	}
	return d
}

// drawing draws the events of a time as an image. What is suspicious is a filled
// diamond, all else a ring: colour alone tells nothing.
func (p *page) drawing(title string, e *Evidence, r *Report, shown period) {
	var lanes []string
	for _, source := range e.Sources {
		if slices.ContainsFunc(r.Timeline, func(event Event) bool { return event.Source == source.Name }) {
			lanes = append(lanes, source.Name)
		}
	}
	begin, end := shown.begin, shown.end
	height := len(lanes)*laneHeight + 60
	events, suspicious := 0, 0
	for _, event := range r.Timeline {
		if shown.has(event.At) {
			if events++; event.Suspicious {
				suspicious++
			}
		}
	}
	label := fmt.Sprintf("%s: %d events, %d of them suspicious, from %s to %s. The table of events lists them.", title, events, suspicious, begin.UTC().Format("2006-01-02 15:04"), end.UTC().Format("2006-01-02 15:04"))
	p.raw(`<figure><div class="scroll" role="region" tabindex="0" aria-label="`, title, `, drawn"><svg role="img" aria-label="`, label, `" viewBox="0 0 `, strconv.Itoa(drawnWidth), ` `, strconv.Itoa(height), `">`)
	x := func(t time.Time) int {
		whole := end.Sub(begin)
		if whole <= 0 {
			return left
		}
		return left + int(float64(drawnWidth-left-right)*float64(t.Sub(begin))/float64(whole))
	}
	for i, lane := range lanes {
		y := (i + 1) * laneHeight
		fmt.Fprintf(p, `<line x1="%d" y1="%d" x2="%d" y2="%d"/><text x="0" y="%d">%s</text>`, left, y, drawnWidth-right, y, y+5, lane)
	}
	const ticks = 4
	for i := range ticks + 1 {
		t := begin.Add(end.Sub(begin) * time.Duration(i) / ticks)
		anchor := "middle"
		if i == ticks {
			anchor = "end"
		}
		fmt.Fprintf(p, `<text class="tick" text-anchor="%s" x="%d" y="%d">%s</text>`, anchor, x(t), height-14, t.UTC().Format("01-02 15:04"))
	}
	for _, ringsFirst := range []bool{true, false} {
		for _, event := range r.Timeline {
			if event.Suspicious == ringsFirst || !shown.has(event.At) {
				continue
			}
			cx, cy := x(event.At), (slices.Index(lanes, event.Source)+1)*laneHeight
			if event.Suspicious {
				fmt.Fprintf(p, `<path d="M%d %dl9 9l-9 9l-9-9z"/>`, cx, cy-9)
			} else {
				fmt.Fprintf(p, `<circle cx="%d" cy="%d" r="5"/>`, cx, cy)
			}
		}
	}
	p.raw(`</svg></div><figcaption>`, title, `: <span class="alarm" aria-hidden="true">◆</span> suspicious, <span aria-hidden="true">○</span> everything else</figcaption></figure>`)
}
