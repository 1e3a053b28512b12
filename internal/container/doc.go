// Package container is what runs in an integration's container on the platform:
// Loop, which stands in for the platform's Python loop; script.py, which
// integration.yml carries and which hands each command to `msgraph-user serve`;
// and leanroot.sh, which builds the root of a container that has no Python. The
// tests play the platform, and the content that calls the commands.
package container
