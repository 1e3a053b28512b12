package cli

import (
	"bytes"
	"context"
	"io"
	"testing"
	"time"

	"msgraph-user/internal/graphtest"
)

// runProgram runs a command line to its end.
func runProgram(t testing.TB, stdin string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs graphtest.Buffer
	status = run(t.Context(), graphtest.IntegrationYML(t), Streams{Args: args, Stdin: bytes.NewBufferString(stdin), Stdout: &out, Stderr: &errs, Getenv: func(string) string { return "" }})
	return status, out.String(), errs.String()
}

// startServe runs serve with further arguments. ended receives its exit status.
func startServe(t testing.TB, args ...string) (s *graphtest.Session, ended chan int) {
	t.Helper()
	inRead, inWrite := io.Pipe()
	outRead, outWrite := io.Pipe()
	s, ended = graphtest.NewSession(t, inWrite, outRead), make(chan int, 1)
	streams := Streams{Args: append([]string{"serve"}, args...), Stdin: inRead, Stdout: outWrite, Stderr: s.Stderr, Getenv: func(string) string { return "" }}
	yml := graphtest.IntegrationYML(t)
	go func() {
		status := run(context.Background(), yml, streams)
		outWrite.Close()
		ended <- status
	}()
	return s, ended
}

// start runs serve with further arguments, until the test ends.
func start(t testing.TB, args ...string) *graphtest.Session {
	t.Helper()
	s, ended := startServe(t, args...)
	t.Cleanup(func() {
		s.In.Close()
		if _, err := io.Copy(io.Discard, s.Out); err != nil { // lets a last answer out
			t.Error(err)
		}
		select {
		case status := <-ended:
			if status != exitDone {
				t.Errorf("serve ended with status %d: %s", status, s.Stderr)
			}
		case <-time.After(20 * time.Second):
			t.Error("serve did not end at the end of input")
		}
	})
	return s
}
