package auth

import (
	"errors"
	"strings"
	"testing"

	"msgraph-user/internal/failure"
)

// around is text as a copy from a web page or a spreadsheet brings it.
func around(text string) string { return "\ufeff\u200e \u00a0" + text + "\u200b\u200f\r\n" }

func TestWhatNobodySeesAroundANameIsNoPartOfIt(t *testing.T) {
	thumbprint := strings.Repeat("0A", 20)
	clean := configure(t, person("creds_enc_key", nil, "creds_certificate", map[string]any{"identifier": thumbprint, "password": "KEY"}))
	pasted := configure(t, person(
		"azure_cloud", around("Worldwide"), "host", around("https://graph.microsoft.com"), "self_deployed", around("true"),
		"creds_auth_id", credential(around("client")), "creds_tenant_id", credential(around("tenant")),
		"redirect_uri", around("https://localhost/myapp"), "azure_ad_endpoint", around("https://login.microsoftonline.com"),
		"creds_enc_key", nil, "creds_certificate", map[string]any{"identifier": around("0A:" + thumbprint[2:]), "password": "KEY"},
	))
	if pasted.ClientID != "client" || pasted.TenantID != "tenant" || pasted.RedirectURI != clean.RedirectURI || pasted.Cloud != clean.Cloud {
		t.Errorf("%s at %+v with %q", pasted, pasted.Cloud, pasted.RedirectURI)
	}
	if pasted.credentials.thumbprint != thumbprint {
		t.Errorf("thumbprint %q", pasted.credentials.thumbprint)
	}
	if pasted.Fingerprint() != clean.Fingerprint() {
		t.Error("the same settings have another fingerprint")
	}
	identity := configure(t, map[string]any{"use_managed_identities": true, "managed_identities_client_id": credential(around("mi"))})
	if identity.ClientID != "mi" {
		t.Errorf("identity %q", identity.ClientID)
	}
}

func TestWhatNobodySeesInsideANameIsNamed(t *testing.T) {
	for _, test := range []struct {
		parameter string
		params    map[string]any
		mentions  string
	}{
		{"creds_auth_id", application("creds_auth_id", credential("cli\u200bent")), "character 4 is U+200B ZERO WIDTH SPACE"},
		{"creds_tenant_id", application("creds_tenant_id", credential(" ten ant")), "character 4 is U+0020 SPACE"},
		{"host", application("host", "https://graph\u00ad.microsoft.com"), "character 14 is U+00AD SOFT HYPHEN"},
		{"azure_ad_endpoint", application("azure_ad_endpoint", "https://\u202elogin.example"), "character 9 is U+202E RIGHT-TO-LEFT OVERRIDE"},
		{"redirect_uri", person("redirect_uri", "https://localhost/my\u00a0app"), "character 21 is U+00A0 NO-BREAK SPACE"},
		{"creds_certificate", application("creds_certificate", map[string]any{"identifier": "0A\u200e0A", "password": "KEY"}), "character 3 is U+200E LEFT-TO-RIGHT MARK"},
		{"managed_identities_client_id", map[string]any{"use_managed_identities": true, "managed_identities_client_id": credential("m\u2060i")}, "character 2 is U+2060 WORD JOINER"},
		{"creds_auth_id", hostedApp("creds_auth_id", credential("reg\u200b@https://oproxy.example")), "character 4 is U+200B"},
	} {
		_, err := ConfigureIn(test.params, noEnvironment)
		e, ok := errors.AsType[*failure.Error](err)
		if !ok || e.Kind != failure.BadConfiguration || e.Parameter != test.parameter || !strings.Contains(e.Message, test.mentions) {
			t.Errorf("%s: %v, want %q", test.parameter, err, test.mentions)
		}
	}
}
