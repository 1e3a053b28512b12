package cli

import (
	"bufio"
	"cmp"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"msgraph-user/auth"
	"msgraph-user/internal/bounded"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/secret"
	"msgraph-user/internal/terminal"
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
its ID and tenant, and a redirect_uri that is in the app registration. If the
redirect_uri is on this machine over HTTP, such as http://localhost:8400/, the
program receives the browser's answer there. Otherwise you copy the address at
which the browser ends.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.login(cmd.Context(), f) },
	}
	cmd.Flags().BoolVar(&f.deviceCode, "device-code", false, "sign in on another device, with a code")
	cmd.Flags().BoolVar(&f.noBrowser, "no-browser", false, "only print the address, open no browser")
	cmd.Flags().StringVar(&f.instance, "instance", "", "`NAME` of the integration instance that the grant is for, as callers give it")
	return cmd
}

func (p *program) login(ctx context.Context, f loginFlags) error {
	if err := p.chooseInstance(ctx); err != nil {
		return err
	}
	if p.flags.state == "" {
		return usagef("login keeps the grant in a file: name it with --state FILE, or as state of a profile")
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
			fmt.Fprintf(p.streams.Stdout, "Open %s on any device and enter the code %s.\n", terminal.Line(prompt.URL), terminal.Line(prompt.UserCode))
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
	if redirect, address, ok := loopbackAddress(redirectURI); ok {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			return fmt.Errorf("listen for the browser's answer: %w", err)
		}
		defer listener.Close()
		receive = func(ctx context.Context, state string) (url.Values, error) {
			return browserAnswer(ctx, listener, redirect, state)
		}
	}
	fmt.Fprintf(p.streams.Stdout, "Sign in here:\n%s\n", terminal.Line(login.URL))
	if !noBrowser {
		openBrowser(ctx, login.URL) // the address is printed for where this does nothing
	}
	answer, err := receive(ctx, login.State)
	if err != nil {
		return err
	}
	code, err := codeOf(answer)
	if err != nil {
		return err
	}
	return source.FinishLogin(ctx, login, code)
}

// belongs reports whether an answer is to the sign-in with this state. Another one
// may be somebody else's code that is being slipped in, and nothing of it counts.
func belongs(answer url.Values, state string) bool {
	return subtle.ConstantTimeCompare([]byte(answer.Get("state")), []byte(state)) == 1
}

// codeOf takes the code from the answer to a sign-in.
func codeOf(answer url.Values) (secret.Text, error) {
	switch {
	case answer.Get("error") != "":
		return secret.Text{}, fmt.Errorf("the sign-in failed: %s %s", answer.Get("error"), answer.Get("error_description"))
	case answer.Get("code") == "":
		return secret.Text{}, errors.New("the answer contains no code: start again")
	}
	return secret.New(answer.Get("code")), nil
}

// loopbackAddress returns the address to listen on for a redirect URI that leads
// to this machine over http (RFC 8252, 7.3).
func loopbackAddress(redirectURI string) (redirect *url.URL, address string, ok bool) {
	u, err := url.Parse(redirectURI)
	if err != nil || u.Scheme != "http" {
		return nil, "", false
	}
	host := u.Hostname()
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, "", false
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	return u, net.JoinHostPort(host, cmp.Or(u.Port(), "80")), true
}

// browserAnswer waits for the browser to come back to redirect with the answer to
// the sign-in with this state. Whatever else asks is refused, and does not end the
// wait: another program, or a page in the browser that guesses the port.
func browserAnswer(ctx context.Context, listener net.Listener, redirect *url.URL, state string) (url.Values, error) {
	ctx, done := context.WithCancel(ctx)
	defer done()
	answers := make(chan url.Values, 1)
	go func() {
		// It ends when done is called; what it says then is no news.
		_ = serveHTTP(ctx, listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			query := r.URL.Query()
			switch {
			case !isOf(redirect, r):
				http.Error(w, "This address expects the answer to a sign-in.", http.StatusForbidden)
				return
			case r.Method != http.MethodGet || r.URL.Path != cmp.Or(redirect.Path, "/") || !query.Has("code") && !query.Has("error"):
				http.NotFound(w, r)
				return
			case !belongs(query, state):
				http.Error(w, "This answer does not belong to the expected sign-in.", http.StatusForbidden)
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

// isOf reports whether a request is for the host of the redirect URI, and from no
// page of another one. A browser that is sent here by the sign-in page names no
// origin, or null where a form was posted before.
func isOf(redirect *url.URL, r *http.Request) bool {
	origin := r.Header.Get("Origin")
	return strings.EqualFold(strings.TrimSuffix(r.Host, ":80"), strings.TrimSuffix(redirect.Host, ":80")) &&
		(origin == "" || origin == "null" || strings.EqualFold(origin, "http://"+redirect.Host))
}

// longestAddress is how many bytes a pasted address may have.
const longestAddress = 64 << 10

// pastedAnswer asks for the address that the browser ended at, again where it is
// not the answer to the sign-in with this state.
func (p *program) pastedAnswer(ctx context.Context, state string) (url.Values, error) {
	fmt.Fprintln(p.streams.Stdout, "At the end, the browser shows the redirect URI. The page does not have to load. Paste the complete address here:")
	in := bufio.NewReader(p.streams.Stdin)
	for {
		line, err := bounded.Await(ctx, "standard input", func() ([]byte, error) { return bounded.Line(in, longestAddress) })
		if err != nil && !errors.Is(err, bounded.ErrTooLong) {
			return nil, fmt.Errorf("read the address: %w", err)
		}
		u, err := url.Parse(strings.TrimSpace(string(line)))
		switch {
		case err != nil || !u.Query().Has("code") && !u.Query().Has("error"):
			fmt.Fprintln(p.streams.Stdout, "This address contains no answer. Paste the complete address, from https to the end:")
		case !belongs(u.Query(), state):
			fmt.Fprintln(p.streams.Stdout, "This address belongs to another sign-in. Paste the address at which this sign-in ended:")
		default:
			return u.Query(), nil
		}
	}
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
