package cli

import (
	"slices"
	"testing"

	"msgraph-user/auth"
	"msgraph-user/emulator"
)

// Practice, a host on this machine and a real tenant are told apart on every interface.
func TestWhoseAnswersTheseAre(t *testing.T) {
	configured := func(host string, changes map[string]any) *auth.Configuration {
		params := emulator.Parameters(host)
		for name, value := range changes {
			params[name] = value
		}
		config, err := auth.Configure(params)
		if err != nil {
			t.Fatal(err)
		}
		return config
	}
	for name, test := range map[string]struct {
		whose                whose
		prompt, notice, line string
	}{
		"practice": {whose{practice: true}, "practice> ", "Practice tenant: no real account was read or changed.", "the practice tenant in this program: nothing in it is real"},
		"a host on this machine": {whoseGraph(configured("http://127.0.0.1:8080", nil)), "local 127.0.0.1:8080> ",
			"The answer is from 127.0.0.1:8080 on this machine, not from Microsoft.", "answered by 127.0.0.1:8080 on this machine, not by Microsoft"},
		"a tenant": {whoseGraph(configured("", map[string]any{"creds_tenant_id": credential("contoso.onmicrosoft.com")})), "entra contoso.onmicrosoft.com> ", "", "the real tenant contoso.onmicrosoft.com"},
		"a managed identity, whose tenant Azure knows": {whoseGraph(configured("", map[string]any{"use_managed_identities": true, "creds_tenant_id": credential("")})),
			"entra graph.microsoft.com> ", "", "a real tenant, through graph.microsoft.com"},
		"not known": {whose{}, "entra> ", "", ""},
	} {
		if w := test.whose; w.prompt() != test.prompt || w.notice() != test.notice || w.line() != test.line {
			t.Errorf("%s: %q, %q, %q", name, w.prompt(), w.notice(), w.line())
		}
	}
}

// Flags of the environment come first, so that the command line has the last word.
func TestTheCommandLineTakesPrecedenceOverTheEnvironment(t *testing.T) {
	getenv := func(name string) string {
		return map[string]string{FlagsVariable: " --emulator  --log-level info "}[name]
	}
	for _, test := range []struct{ commandLine, want []string }{
		{[]string{"msgraph-user", "call", "--emulator=false", "x"}, []string{"--emulator", "--log-level", "info", "call", "--emulator=false", "x"}},
		{[]string{"/usr/local/bin/python3", "-u", "/tmp/loop.py"}, []string{"--emulator", "--log-level", "info", "loop"}},
		{[]string{"msgraph-user"}, []string{"--emulator", "--log-level", "info"}},
	} {
		if got := arguments(test.commandLine, getenv); !slices.Equal(got, test.want) {
			t.Errorf("%q: %q, want %q", test.commandLine, got, test.want)
		}
	}
	if got := arguments(nil, getenv); got != nil {
		t.Errorf("%q of nothing", got)
	}
}
