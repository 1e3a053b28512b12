//go:build !race

package graphtest

// RaceDetector is true where the tests run under the race detector, which makes them
// some ten times slower and larger (https://go.dev/doc/articles/race_detector).
const RaceDetector = false
