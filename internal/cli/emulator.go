package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"msgraph-user/emulator"
	"msgraph-user/internal/bounded"
)

// emulatorFlags are those of the subcommand emulator alone.
type emulatorFlags struct {
	listen        string
	tls           bool
	tlsCA         string
	tlsDir        string
	tlsNames      []string
	allowHosts    []string
	seed          string
	users         int
	export        string
	noPermissions bool
}

func (p *program) emulatorCommand() *cobra.Command {
	var f emulatorFlags
	cmd := &cobra.Command{
		Use:   "emulator",
		Short: "Serve the practice tenant over HTTP",
		Long: `Serve the practice tenant over HTTP: Microsoft Graph, sign-in and the MFA service
on one address, which is the first line printed. With --state the tenant's data
is stored in a file. GET /healthz answers when the tenant is ready. In a browser on
this machine, the address shows the people, the requests in real time, and the
changes. See docs/emulator.md for what the tenant supports.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.emulate(cmd.Context(), f) },
	}
	cmd.AddCommand(p.seedCommand())
	set := cmd.Flags()
	set.StringVar(&f.listen, "listen", "127.0.0.1:0", "`ADDRESS` to listen on; port 0 takes a free one")
	set.BoolVar(&f.tls, "tls", false, "serve HTTPS, with a certificate for this machine from the program's own authority")
	set.StringVar(&f.tlsCA, "tls-ca", "", "write the certificate of the authority behind --tls to `FILE`, as PEM")
	set.StringVar(&f.tlsDir, "tls-dir", "", "keep the authority in `DIR`, so that the next start has the same")
	set.StringArrayVar(&f.tlsNames, "tls-name", nil, "a further `NAME` for the certificate, such as graph.microsoft.com (repeatable)")
	set.StringArrayVar(&f.allowHosts, "allow-host", nil, "answer the tenant's page and controls under `NAME` too, from other machines (repeatable)")
	set.StringVar(&f.seed, "seed", "", "take the people from `SEED.json`, or what attack:NAME left, in place of the sample company")
	set.IntVar(&f.users, "users", 0, "add made-up people until there are `N`")
	set.StringVar(&f.export, "export", "", "write the tenant as a seed file to `FILE` and end")
	set.BoolVar(&f.noPermissions, "no-permissions", false, "do not check permissions and roles")
	return cmd
}

func (p *program) emulate(ctx context.Context, f emulatorFlags) error {
	tenant, err := p.emulatedTenant(ctx, f)
	if err != nil {
		return err
	}
	defer tenant.Close()
	if f.export != "" {
		data, err := tenant.Export()
		if err != nil {
			return err
		}
		return os.WriteFile(f.export, data, 0o600)
	}
	listener, base, err := f.open(time.Now())
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(p.streams.Stdout, base); err != nil {
		return err
	}
	return serveHTTP(ctx, listener, tenant, tenant.EndStreams)
}

func (p *program) emulatedTenant(ctx context.Context, f emulatorFlags) (*emulator.Tenant, error) {
	options, err := p.flags.tenant.options(ctx)
	if err != nil {
		return nil, err
	}
	if err := bounded.CheckRegular(p.flags.state); err != nil {
		return nil, fmt.Errorf("open the state file: %w", err)
	}
	options.Users, options.StateFile, options.NoPermissions = f.users, p.flags.state, f.noPermissions
	options.AllowedHosts = f.allowHosts
	if f.seed != "" {
		if err := readTenant(ctx, f.seed, &options); err != nil {
			return nil, err
		}
	}
	return emulator.New(options)
}

// httpGrace is how long requests may go on when the server is told to end.
const httpGrace = 3 * time.Second

// serveHTTP serves until ctx ends. onShutdown ends what would not end by itself.
func serveHTTP(ctx context.Context, listener net.Listener, handler http.Handler, onShutdown ...func()) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	for _, f := range onShutdown {
		server.RegisterOnShutdown(f)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), httpGrace)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		server.Close()
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
