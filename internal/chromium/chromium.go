//go:build browser

// Package chromium starts a browser without a window, for tests that look at
// pages as a person would and for the pictures in the documentation. It is no
// part of the program, and stands behind the build tag browser: what it is built
// from takes longer to compile than all the rest.
package chromium

import (
	"context"
	"os/exec"

	"github.com/chromedp/chromedp"
)

// names are what the browser is called, on Debian first.
var names = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}

// Find returns the path of the browser; ok is false where there is none.
func Find() (path string, ok bool) {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, true
		}
	}
	return "", false
}

// Start starts the browser at path, with a profile of its own and a window of
// width by height pixels. The context that it returns is for chromedp's actions;
// close ends the browser and takes its profile away.
func Start(ctx context.Context, path string, width, height int) (tab context.Context, close func()) {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.WindowSize(width, height),
	)
	allocator, endAllocator := chromedp.NewExecAllocator(ctx, options...)
	tab, endTab := chromedp.NewContext(allocator)
	return tab, func() {
		endTab()
		endAllocator() // returns when the process is gone
	}
}
