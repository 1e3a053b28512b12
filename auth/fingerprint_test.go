package auth

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestFingerprintsTellConfigurationsApart(t *testing.T) {
	seen := map[string]string{}
	for name, params := range map[string]map[string]any{
		"plain":         application(),
		"other tenant":  application("creds_tenant_id", credential("tenant2")),
		"other client":  application("creds_auth_id", credential("client2")),
		"shifted":       application("creds_tenant_id", credential("tenantc"), "creds_auth_id", credential("lient")),
		"other secret":  application("creds_enc_key", credential("x"+longSecret)),
		"short secret":  application("creds_enc_key", credential("short")),
		"other cloud":   application("azure_cloud", "China"),
		"other sign-in": application("azure_ad_endpoint", "https://login.example"),
		"person":        person(),
		"other code":    person("creds_auth_code", credential("x"+longSecret)),
		"identity":      {"use_managed_identities": true},
		"identity 2":    {"use_managed_identities": true, "managed_identities_client_id": credential("client")},
		"hosted":        application("self_deployed", false, "creds_enc_key", credential(hostedKey)),
	} {
		fingerprint := configure(t, params).Fingerprint()
		if other, ok := seen[fingerprint]; ok {
			t.Errorf("%s and %s have the same fingerprint", name, other)
		}
		seen[fingerprint] = name
		if again := configure(t, params).Fingerprint(); again != fingerprint {
			t.Errorf("%s: the fingerprint is %s and then %s", name, fingerprint, again)
		}
	}
}

func TestOptionsThatDoNotTouchTheTokenKeepTheFingerprint(t *testing.T) {
	plain := configure(t, application()).Fingerprint()
	for _, option := range []string{"proxy", "insecure", "handle_error", "allow_secret_generators", "read_only"} {
		for _, value := range []bool{true, false} {
			if configure(t, application(option, value)).Fingerprint() != plain {
				t.Errorf("%s changes the fingerprint", option)
			}
		}
	}
}

func TestARenewedSecretKeepsTheGrantOnly(t *testing.T) {
	former := configure(t, person("creds_enc_key", credential("former-"+longSecret))).Fingerprint()
	cfg := configure(t, person())
	if access, grant := cfg.marks.own(former); access || !grant {
		t.Errorf("owns the access token: %v, the grant: %v; want the grant only", access, grant)
	}
	if access, grant := cfg.marks.own("v1.short"); access || grant {
		t.Error("owns what a mark that is none stands for")
	}
	prefix, _, _ := strings.Cut(former, ".")
	if access, grant := cfg.marks.own(prefix + "."); access || grant {
		t.Error("owns what half a mark stands for")
	}
}

func TestDigestJoinsWithoutAmbiguity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lists := rapid.SliceOfN(rapid.SliceOfN(rapid.StringMatching("[ab]{0,2}"), 0, 3), 2, 2).Draw(t, "lists")
		same := len(lists[0]) == len(lists[1])
		for i := 0; same && i < len(lists[0]); i++ {
			same = lists[0][i] == lists[1][i]
		}
		if (digest(lists[0]...) == digest(lists[1]...)) != same {
			t.Fatalf("%q and %q", lists[0], lists[1])
		}
	})
}

func TestShortSecretsAreHashedSlowlyWhereOthersCanRead(t *testing.T) {
	cfg := configure(t, application("creds_enc_key", credential("short")))
	memory := cfg.marksFor(NewMemoryStore())
	if memory.text() == cfg.Fingerprint() {
		t.Error("the fingerprint of a short secret is the fast one in memory and elsewhere")
	}
	for _, m := range []marks{memory, cfg.marksFor(&StateFile{})} {
		if access, grant := m.own(m.text()); !access || !grant {
			t.Error("a configuration does not know its own mark")
		}
	}
}
