// Command packimage draws the integration's picture, image.png, in the size that the
// platform shows: 120 by 50. It is run by `go generate ./internal/pack`.
package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
)

const (
	width, height = 120, 50
	fine          = 4 // samples a pixel in each direction, for smooth edges
)

var (
	ground = color.NRGBA{0x0b, 0x5c, 0xad, 0xff}
	front  = color.NRGBA{0xff, 0xff, 0xff, 0xff}
	behind = color.NRGBA{0x8f, 0xc4, 0xf2, 0xff}
)

func main() {
	drawn, err := draw()
	if err == nil {
		err = os.WriteFile("image.png", drawn, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "draw:", err)
		os.Exit(1)
	}
}

// draw returns the picture as PNG: three people on a rounded plate.
func draw() ([]byte, error) {
	picture := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			picture.SetNRGBA(x, y, pixel(x, y))
		}
	}
	var encoded bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	err := encoder.Encode(&encoded, picture)
	return encoded.Bytes(), err
}

// pixel averages the samples of a pixel.
func pixel(x, y int) color.NRGBA {
	var r, g, b, a int
	for sy := range fine {
		for sx := range fine {
			c := at(float64(x)+(float64(sx)+0.5)/fine, float64(y)+(float64(sy)+0.5)/fine)
			r, g, b, a = r+int(c.R)*int(c.A), g+int(c.G)*int(c.A), b+int(c.B)*int(c.A), a+int(c.A)
		}
	}
	if a == 0 {
		return color.NRGBA{}
	}
	return color.NRGBA{uint8(r / a), uint8(g / a), uint8(b / a), uint8(a / (fine * fine))}
}

// at is the color of a point.
func at(x, y float64) color.NRGBA {
	switch {
	case !plate(x, y):
		return color.NRGBA{}
	case person(x, y, 60, 1):
		return front
	case person(x, y, 60, 1.15): // a gap around the one in front
		return ground
	case person(x, y, 38, 0.8), person(x, y, 82, 0.8):
		return behind
	}
	return ground
}

// plate reports whether a point lies on the rounded plate.
func plate(x, y float64) bool {
	const radius = 8
	dx := math.Max(math.Abs(x-width/2)-(width/2-radius), 0)
	dy := math.Max(math.Abs(y-height/2)-(height/2-radius), 0)
	return math.Hypot(dx, dy) <= radius
}

// person reports whether a point lies on a head and shoulders around middle.
func person(x, y, middle, size float64) bool {
	head := math.Hypot(x-middle, y-17) <= 7*size
	shoulders := math.Hypot((x-middle)/(14*size), (y-43)/(16*size)) <= 1 && y < 43
	return head || shoulders
}
