package graphtest

import "os"

// LongRuns is the environment variable that switches on what takes minutes.
const LongRuns = "MSGRAPH_USER_LONG"

// Long reports whether a test takes its full size: where LongRuns is set, and not under
// the race detector, with which that would take an hour.
func Long() bool { return os.Getenv(LongRuns) != "" && !RaceDetector }
