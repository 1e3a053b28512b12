//go:build !race

package endurance_test

// memoryFactor is how much more memory a process takes than the program: none.
const memoryFactor = 1
