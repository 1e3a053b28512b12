// Command msgraph-user is the Entra ID Users integration of a SOAR platform,
// served as JSON-RPC 2.0 over stdio. README.md says how to use it.
package main

import (
	_ "embed"
	"os"

	"msgraph-user/internal/cli"
)

// integrationYML is the one list of parameters, commands, arguments and outputs.
//
//go:embed integration.yml
var integrationYML []byte

func main() { os.Exit(cli.Main(integrationYML, cli.System())) }
