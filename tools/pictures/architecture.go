package main

// architecture is the path of a call from an interface to Microsoft Graph and back.
func architecture() (*canvas, error) {
	const width, row, gap = 560, 64, 28
	c := newCanvas(760, 8*(row+gap)+20, "The path of a call: interfaces, engine, commands, Graph")
	layers := []struct{ name, says, folder string }{
		{"Interfaces", "JSON-RPC · container loop · command line · War Room", "internal/rpc, container, cli, warroom"},
		{"Definition", "which arguments exist and what each means", "integration.yml, internal/definition"},
		{"Engine", "instance, guard rails, audit trail, 404 rule, outcomes", "internal/engine"},
		{"Commands", "arguments in, steps out: they send nothing", "handlers"},
		{"Requests", "one function an operation, batches, pages", "graph"},
		{"Tokens", "signing in, one flow a file", "auth"},
		{"HTTP client", "pacing, retries, limits of one instance", "internal/httpclient"},
		{"Microsoft Graph and Entra", "or the practice tenant in the same process", "emulator"},
	}
	for i, layer := range layers {
		y := 10 + i*(row+gap)
		c.box(20, y, width, row, layer.name, layer.says)
		c.note(width+36, y+row/2+5, layer.folder)
		if i > 0 {
			c.arrow(20+width/2, y-gap, 20+width/2, y)
		}
	}
	return c, nil
}
