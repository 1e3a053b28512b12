package endurance_test

import "msgraph-user/internal/graphtest"

// memoryFactor is how much more memory a process takes under the race detector, which
// shadows every byte; else 1.
var memoryFactor = func() int {
	if graphtest.RaceDetector {
		return 10
	}
	return 1
}()
