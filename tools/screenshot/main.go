//go:build browser

// Command screenshot takes the pictures for the documentation: the practice tenant's
// page, of a tenant in which something has just happened, and the page of an
// investigation.
//
//	go run -tags browser ./tools/screenshot
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"log"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/chromedp/chromedp"

	"msgraph-user/emulator"
	"msgraph-user/handlers"
	"msgraph-user/internal/chromium"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/engine"
)

func main() {
	into := flag.String("into", filepath.Join("docs", "images"), "the `directory` that the pictures go to")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if err := run(ctx, *into); err != nil {
		log.Fatal(err)
	}
}

// story is what happened to the tenant: an account is looked at and contained.
var story = []engine.Call{
	{Command: "msgraph-user-list"},
	{Command: "msgraph-user-get", Args: map[string]any{"user": "aiko.tanaka@larkspur.example"}},
	{Command: "msgraph-user-get-groups", Args: map[string]any{"user": "aiko.tanaka@larkspur.example"}},
	{Command: "msgraph-user-get-auth-methods", Args: map[string]any{"user": "aiko.tanaka@larkspur.example"}},
	{Command: "msgraph-user-get", Args: map[string]any{"user": "nobody@larkspur.example"}},
	{Command: "msgraph-user-account-disable", Args: map[string]any{"user": "aiko.tanaka@larkspur.example"}},
	{Command: "msgraph-user-session-revoke", Args: map[string]any{"user": "aiko.tanaka@larkspur.example"}},
	{Command: "msgraph-user-update", Args: map[string]any{"user": "dele.okafor@larkspur.example", "updated_fields": "jobTitle=Head of Markets"}},
}

func run(ctx context.Context, into string) error {
	path, ok := chromium.Find()
	if !ok {
		return fmt.Errorf("there is no chromium on the PATH: install it, on Debian with apt-get install chromium")
	}
	// The tenant's time moves on whenever it is asked for, so that the pictures
	// are the same each time.
	var asked atomic.Int64
	start := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	tenant, err := emulator.New(emulator.Options{Now: func() time.Time {
		return start.Add(time.Duration(asked.Add(1)) * 170 * time.Millisecond)
	}})
	if err != nil {
		return err
	}
	defer tenant.Close()
	server := httptest.NewServer(tenant)
	defer server.Close()
	defer tenant.EndStreams()
	if err := tell(ctx, server.URL); err != nil {
		return err
	}
	tab, end := chromium.Start(ctx, path, 1200, 800)
	defer end()
	for _, picture := range []struct {
		name, path    string
		width, height int64
	}{
		{"practice-tenant.png", "/", 1160, 900},
		{"practice-tenant-phone.png", "/", 390, 844},
		{"hosted-app.png", "/ms-graph-user", 560, 340},
	} {
		if err := take(tab, server.URL+picture.path, picture.width, picture.height, filepath.Join(into, picture.name)); err != nil {
			return fmt.Errorf("%s: %w", picture.name, err)
		}
	}
	return takeInvestigation(ctx, tab, filepath.Join(into, "investigation.png"))
}

// takeInvestigation takes the picture of the page about the account of a drill.
func takeInvestigation(ctx context.Context, tab context.Context, file string) error {
	at, began := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC), time.Now()
	now := func() time.Time { return at.Add(time.Since(began)) } // it has to move: requests are paced
	tenant, err := emulator.New(emulator.Options{Attack: "aitm", Now: now})
	if err != nil {
		return err
	}
	defer tenant.Close()
	server := httptest.NewServer(tenant)
	defer server.Close()
	integration := definition.Load()
	service := engine.New(engine.Options{Commands: handlers.Commands(), Definition: integration, Params: emulator.Parameters(server.URL), Now: now})
	entries, err := service.Run(ctx, engine.Call{Command: "msgraph-user-investigate", Args: map[string]any{"user": "tomas.brandt@larkspur.example", "since": "2 days"}})
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "investigation")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	page := entries[len(entries)-1]
	path := filepath.Join(folder, page.File)
	if err := os.WriteFile(path, page.FileData, 0o600); err != nil {
		return err
	}
	return take(tab, "file://"+path, 1160, 1250, file)
}

// tell lets the story happen.
func tell(ctx context.Context, base string) error {
	integration := definition.Load()
	service := engine.New(engine.Options{Commands: handlers.Commands(), Definition: integration, Params: emulator.Parameters(base), UserAgent: "msgraph-user/1.0"})
	for _, call := range story {
		if _, err := service.Run(ctx, call); err != nil {
			return fmt.Errorf("%s: %w", call.Command, err)
		}
	}
	return nil
}

// fewColours returns a picture in the 256 colours that it has most of, each other
// one as the nearest of them: text needs no more, and the file is half as large.
func fewColours(picture image.Image) image.Image {
	bounds, count := picture.Bounds(), map[color.RGBA]int{}
	at := func(x, y int) color.RGBA { return color.RGBAModel.Convert(picture.At(x, y)).(color.RGBA) }
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			count[at(x, y)]++
		}
	}
	most := slices.SortedFunc(maps.Keys(count), func(a, b color.RGBA) int { return count[b] - count[a] })
	var palette color.Palette
	for _, c := range most[:min(len(most), 256)] {
		palette = append(palette, c)
	}
	nearest, few := map[color.RGBA]uint8{}, image.NewPaletted(bounds, palette)
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			c := at(x, y)
			index, known := nearest[c]
			if !known {
				index = uint8(palette.Index(c))
				nearest[c] = index
			}
			few.SetColorIndex(x, y, index)
		}
	}
	return few
}

// take takes one picture.
func take(tab context.Context, url string, width, height int64, file string) error {
	if err := chromedp.Do(tab, chromedp.EmulateViewport(width, height), chromedp.Navigate(url), chromedp.WaitVisible(chromedp.CSS("h1"))); err != nil {
		return err
	}
	shot, err := chromedp.Run(tab, chromedp.CaptureScreenshot())
	if err != nil {
		return err
	}
	picture, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		return err
	}
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&out, fewColours(picture)); err != nil {
		return err
	}
	return os.WriteFile(file, out.Bytes(), 0o644) // a picture is for everybody
}
