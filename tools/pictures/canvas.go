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
}

func newCanvas(width, height int, title string) *canvas {
	return &canvas{width: width, height: height, title: title}
}

// box draws a box with a heading and a line of text.
func (c *canvas) box(x, y, width, height int, heading, text string) {
	fmt.Fprintf(&c.body, `<rect class="box" x="%d" y="%d" width="%d" height="%d" rx="8"/>`+"\n", x, y, width, height)
	fmt.Fprintf(&c.body, `<text class="heading" x="%d" y="%d">%s</text>`+"\n", x+16, y+26, html.EscapeString(heading))
	fmt.Fprintf(&c.body, `<text x="%d" y="%d">%s</text>`+"\n", x+16, y+48, html.EscapeString(text))
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
.arrow { stroke: #3565a9; stroke-width: 1.5 }
.tip { fill: #3565a9 }
@media (prefers-color-scheme: dark) {
  text { fill: #e5e7eb } .note { fill: #b6bdc9 }
  .box { fill: #1c2534; stroke: #8fb4e8 } .arrow { stroke: #8fb4e8 } .tip { fill: #8fb4e8 }
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
