package cli

import (
	"context"

	"github.com/spf13/cobra"

	"msgraph-user/rpc"
)

func (p *program) serveCommand() *cobra.Command {
	var record string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve JSON-RPC 2.0 on standard input and output",
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return p.serve(cmd.Context(), record) },
	}
	cmd.Flags().StringVar(&record, "record", "", "write what is asked and answered to `FILE`, secrets removed, for msgraph-user replay")
	return cmd
}

// noArguments refuses arguments as wrong usage.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no argument, but %q is given", cmd.CommandPath(), args[0])
	}
	return nil
}

func (p *program) serve(ctx context.Context, record string) error {
	e, err := p.engine(ctx)
	if err != nil {
		return err
	}
	defer e.close()
	server := p.rpcServer(e)
	if record != "" {
		if err := p.record(e, server, record); err != nil {
			return err
		}
	}
	return server.Serve(ctx, p.streams.Stdin, p.streams.Stdout)
}

// rpcServer returns the JSON-RPC server over an engine.
func (p *program) rpcServer(e *engine) *rpc.Server {
	return &rpc.Server{
		Runner:   e.service,
		Commands: e.definition.CommandNames(),
		Suggest:  e.definition.Suggest,
		Discover: func() any { return e.definition.OpenRPC() },
		Stats:    func() any { return e.service.Stats() },
		Name:     "msgraph-user",
		Version:  buildVersion(),
		Log:      e.log,
	}
}
