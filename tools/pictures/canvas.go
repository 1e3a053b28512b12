package main

import (
	"bytes"
	"fmt"
	"html"
)

// canvas collects the elements of an SVG picture.
type canvas struct {
	width, height int
	title         string
	body          bytes.Buffer
	tooLong       []string // texts that do not fit into their boxes
}

func newCanvas(width, height int, title string) *canvas {
	return &canvas{width: width, height: height, title: title}
}

// letter is the width of a letter of 14 pixels, on average.
const letter = 7

// box draws a box with a heading and a line of text.
func (c *canvas) box(x, y, width, height int, heading, text string) {
	c.boxOf("box", x, y, width, height, heading, text)
}

// boxOf draws a box of a class of the style.
func (c *canvas) boxOf(class string, x, y, width, height int, heading, text string) {
	fmt.Fprintf(&c.body, `<rect class="%s" x="%d" y="%d" width="%d" height="%d" rx="8"/>`+"\n", class, x, y, width, height)
	fmt.Fprintf(&c.body, `<text class="heading" x="%d" y="%d">%s</text>`+"\n", x+16, y+26, html.EscapeString(heading))
	fmt.Fprintf(&c.body, `<text x="%d" y="%d">%s</text>`+"\n", x+16, y+48, html.EscapeString(text))
	for _, written := range []string{heading, text} {
		if len([]rune(written))*letter > width-24 {
			c.tooLong = append(c.tooLong, written)
		}
	}
}

// text writes text of a class of the style.
func (c *canvas) text(class string, x, y int, text string) {
	fmt.Fprintf(&c.body, `<text class="%s" x="%d" y="%d">%s</text>`+"\n", class, x, y, html.EscapeString(text))
}

// slanted writes small text that climbs to the right from its beginning.
func (c *canvas) slanted(x, y int, text string) {
	fmt.Fprintf(&c.body, `<text class="note" transform="translate(%d %d) rotate(-60)">%s</text>`+"\n", x, y, html.EscapeString(text))
}

// line draws a thin line.
func (c *canvas) line(x1, y1, x2, y2 int) {
	fmt.Fprintf(&c.body, `<line class="thin" x1="%d" y1="%d" x2="%d" y2="%d"/>`+"\n", x1, y1, x2, y2)
}

// dot draws a dot of a class of the style.
func (c *canvas) dot(class string, x, y int) {
	fmt.Fprintf(&c.body, `<circle class="%s" cx="%d" cy="%d" r="6"/>`+"\n", class, x, y)
}

// note writes small text.
func (c *canvas) note(x, y int, text string) {
	fmt.Fprintf(&c.body, `<text class="note" x="%d" y="%d">%s</text>`+"\n", x, y, html.EscapeString(text))
}

// arrow draws a line with a head at its end.
func (c *canvas) arrow(x1, y1, x2, y2 int) {
	fmt.Fprintf(&c.body, `<line class="arrow" x1="%d" y1="%d" x2="%d" y2="%d" marker-end="url(#head)"/>`+"\n", x1, y1, x2, y2)
}

// style gives both schemes their colours.
const style = `
text { font: 14px system-ui, sans-serif; fill: #1f2937 }
.heading { font-weight: 600 }
.note { font-size: 12px; fill: #4b5563 }
.box { fill: #f3f6fb; stroke: #3565a9 }
.final { fill: #fdf3e7; stroke: #a15c12; stroke-dasharray: 6 4 }
.end { fill: #e9f6ec; stroke: #2f7a45 }
.arrow { stroke: #3565a9; stroke-width: 1.5 }
.thin { stroke: #cbd5e1 }
.tip, .full { fill: #3565a9 }
.ring { fill: none; stroke: #3565a9; stroke-width: 2 } .person { stroke-dasharray: 3 2 }
.task { font-size: 13px }
@media (prefers-color-scheme: dark) {
  text { fill: #e5e7eb } .note { fill: #b6bdc9 }
  .box { fill: #1c2534; stroke: #8fb4e8 } .final { fill: #33261a; stroke: #e0a463 } .end { fill: #18301f; stroke: #7cc492 }
  .arrow, .ring { stroke: #8fb4e8 } .tip, .full { fill: #8fb4e8 } .thin { stroke: #3b4658 }
}
`

// bytes returns the picture.
func (c *canvas) bytes() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="%s">`+"\n", c.width, c.height, html.EscapeString(c.title))
	fmt.Fprintf(&b, "<title>%s</title>\n<style>%s</style>\n", html.EscapeString(c.title), style)
	b.WriteString(`<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto"><path class="tip" d="M0 0 10 5 0 10z"/></marker></defs>` + "\n")
	b.Write(c.body.Bytes())
	b.WriteString("</svg>\n")
	return b.Bytes()
}
