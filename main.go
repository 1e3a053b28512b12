// Command msgraph-user is the Entra ID Users integration of a SOAR platform,
// served as JSON-RPC 2.0 over stdio. README.md says how to use it.
package main

import (
	_ "embed"
	"os"

	"msgraph-user/cli"
)

// integrationYML is the one list of parameters, commands, arguments and outputs.
//
//go:embed integration.yml
var integrationYML []byte

// integrationJSON is made from integration.yml by go generate ./xsoar. It says the
// same in a form that is read ten times as fast.
//
//go:embed integration.json
var integrationJSON []byte

func main() {
	os.Exit(cli.Main(cli.Files{IntegrationYML: integrationYML, IntegrationJSON: integrationJSON}, cli.System()))
}
