//go:build race

package endurance_test

// memoryFactor is how much more memory a process takes under the race detector,
// which shadows every byte (https://go.dev/doc/articles/race_detector).
const memoryFactor = 10
