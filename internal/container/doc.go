// Package platform holds what the SOAR platform runs in an integration's container:
// script.py, which integration.yml carries and which hands each command to
// `msgraph-user serve`, and leanroot.sh, which builds the root of a container that
// has no Python. There is no Go code here but the tests that play the platform to
// both; the container loop itself is container.Loop.
package container
