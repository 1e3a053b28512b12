package cli

import (
	"bufio"
	"context"
	"crypto/subtle"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"msgraph-user/auth"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/secret"
)

// loginFlags are those of the subcommand login alone.
type loginFlags struct {
	deviceCode bool
	noBrowser  bool
	instance   string
}

func (p *program) loginCommand() *cobra.Command {
	var f loginFlags
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Sign in as a person, and keep the grant in --state",
		Long: `Sign in as a person, for commands that an application cannot do, and keep the
refresh token in the file that --state names. The instance needs self_deployed,
its ID and tenant, and a redirect_uri that the app registration holds. Where that
is on this machine over http, such as http://localhost:8400/, the browser's answer
is received there; otherwise you copy the address that the browser ends at.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.login(cmd.Context(), f) },
	}
	cmd.Flags().BoolVar(&f.deviceCode, "device-code", false, "sign in on another device, with a code")
	cmd.Flags().BoolVar(&f.noBrowser, "no-browser", false, "only print the address, open no browser")
	cmd.Flags().StringVar(&f.instance, "instance", "", "`NAME` of the integration instance that the grant is for, as callers give it")
	return cmd
}

func (p *program) login(ctx context.Context, f loginFlags) error {
	if p.flags.state == "" {
		return usagef("login keeps the grant in a file: name it with --state FILE")
	}
	e, err := p.start(ctx)
	if err != nil {
		return err
	}
	defer e.close()
	connection, err := e.service.Connect(engine.Call{Instance: f.instance})
	if err != nil {
		return err
	}
	if f.deviceCode {
		err = connection.Source.LoginByDeviceCode(ctx, func(prompt auth.DevicePrompt) {
			fmt.Fprintf(p.streams.Stdout, "Open %s on any device and enter the code %s.\n", prompt.URL, prompt.UserCode)
		})
	} else {
		err = p.loginByBrowser(ctx, connection.Source, connection.Config.RedirectURI, f.noBrowser)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.streams.Stdout, "Signed in. The grant is kept in "+p.flags.state+".")
	return err
}

func (p *program) loginByBrowser(ctx context.Context, source *auth.Source, redirectURI string, noBrowser bool) error {
	login, err := source.BeginLogin("")
	if err != nil {
		return err
	}
	receive := p.pastedAnswer
	if address, ok := loopbackAddress(redirectURI); ok {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			return fmt.Errorf("listen for the browser's answer: %w", err)
		}
		defer listener.Close()
		receive = func(ctx context.Context) (url.Values, error) { return browserAnswer(ctx, listener) }
	}
	fmt.Fprintf(p.streams.Stdout, "Sign in here:\n%s\n", login.URL)
	if !noBrowser {
		openBrowser(ctx, login.URL) // the address is printed for where this does nothing
	}
	answer, err := receive(ctx)
	if err != nil {
		return err
	}
	code, err := codeOf(answer, login.State)
	if err != nil {
		return err
	}
	return source.FinishLogin(ctx, login, code)
}

// codeOf takes the code from the answer that the browser was sent back with.
func codeOf(answer url.Values, state string) (secret.Text, error) {
	switch {
	case answer.Get("error") != "":
		return secret.Text{}, fmt.Errorf("the sign-in failed: %s %s", answer.Get("error"), answer.Get("error_description"))
	case subtle.ConstantTimeCompare([]byte(answer.Get("state")), []byte(state)) != 1:
		return secret.Text{}, fmt.Errorf("the answer does not belong to this sign-in (its state differs): begin again")
	case answer.Get("code") == "":
		return secret.Text{}, fmt.Errorf("the answer holds no code: begin again")
	}
	return secret.New(answer.Get("code")), nil
}

// loopbackAddress returns the address to listen on for a redirect URI that leads
// to this machine over http (RFC 8252, 7.3).
func loopbackAddress(redirectURI string) (address string, ok bool) {
	u, err := url.Parse(redirectURI)
	if err != nil || u.Scheme != "http" {
		return "", false
	}
	host := u.Hostname()
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return "", false
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	port := u.Port()
	if port == "" {
		port = "80"
	}
	return net.JoinHostPort(host, port), true
}

// browserAnswer waits for the browser to come back with an answer.
func browserAnswer(ctx context.Context, listener net.Listener) (url.Values, error) {
	ctx, done := context.WithCancel(ctx)
	defer done()
	answers := make(chan url.Values, 1)
	go func() {
		// It ends when done is called; what it says then is no news.
		_ = serveHTTP(ctx, listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			query := r.URL.Query()
			if !query.Has("code") && !query.Has("error") {
				http.NotFound(w, r)
				return
			}
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			fmt.Fprintln(w, "You can close this window and go back to the terminal.")
			select {
			case answers <- query:
			default: // one answer is enough
			}
		}))
	}()
	select {
	case answer := <-answers:
		return answer, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// pastedAnswer asks for the address that the browser ended at.
func (p *program) pastedAnswer(context.Context) (url.Values, error) {
	fmt.Fprintln(p.streams.Stdout, "The browser ends at the redirect URI, which need not load. Paste its whole address here:")
	line, err := bufio.NewReader(p.streams.Stdin).ReadString('\n')
	if err != nil && line == "" {
		return nil, fmt.Errorf("read the address: %w", err)
	}
	u, err := url.Parse(strings.TrimSpace(line))
	if err != nil {
		return nil, fmt.Errorf("what was pasted is no address: paste all of it, from https to its end")
	}
	return u.Query(), nil
}

// openBrowser asks the desktop to show an address. Where there is none, nothing
// happens, and the person opens the printed one.
func openBrowser(ctx context.Context, address string) {
	opener := map[string][]string{
		"linux":   {"xdg-open"},
		"darwin":  {"open"},
		"windows": {"rundll32", "url.dll,FileProtocolHandler"},
	}[runtime.GOOS]
	if opener == nil {
		return
	}
	command := exec.CommandContext(ctx, opener[0], append(opener[1:], address)...)
	if command.Start() == nil {
		go func() { _ = command.Wait() }() // reaped; how it ended does not matter
	}
}
