package odata_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"msgraph-user/emulator/odata"
	"msgraph-user/emulator/schema"
)

// userRow is a user as a filter sees it.
type userRow map[string]string

// Raw returns the property's JSON, or "" where the user has none.
func (r userRow) Raw(p *schema.Property) string { return r[p.Name] }

var user = userRow{
	"displayName":       `"Adele Vance"`,
	"accountEnabled":    `true`,
	"createdDateTime":   `"2024-02-29T09:00:00Z"`,
	"businessPhones":    `["+1 425 555 0109"]`,
	"proxyAddresses":    `["SMTP:adele@contoso.com","smtp:a@contoso.com"]`,
	"assignedLicenses":  `[{"disabledPlans":[],"skuId":"cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46"}]`,
	"employeeOrgData":   `{"costCenter":"42","division":null}`,
	"passwordPolicies":  `"DisablePasswordExpiration"`,
	"userPrincipalName": `"adele@contoso.com"`,
}

// Whatever a $filter says, it is refused in Graph's terms or answers yes or no for
// every user; and what passes it does not pass its opposite.
func FuzzFilter(f *testing.F) {
	for _, seed := range []string{
		`startswith(displayName,'A') and accountEnabled eq true`,
		`not (endswith(mail,'x') or department ne null)`,
		`proxyAddresses/any(p:startswith(p,'smtp:'))`,
		`createdDateTime ge 2024-01-01T00:00:00Z and id in ('a','b')`,
		`assignedLicenses/$count eq 0`,
		`assignedLicenses/any(l:l/skuId eq cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46)`,
		`employeeOrgData/costCenter eq '4''2'`,
		`displayName eq 'a`, `((((`, `displayName/any(`, `or`, `x eq -1.5`, "displayName\teq\n'\xff'",
	} {
		f.Add(seed)
	}
	users := schema.MustLookup("user")
	f.Fuzz(func(t *testing.T, text string) {
		filter, err := odata.CompileFilter(users, text)
		if err != nil {
			e, ok := errors.AsType[*odata.Error](err)
			if !ok || e.Status < http.StatusBadRequest || e.Code == "" || e.Message == "" {
				t.Fatalf("%q: refused by %#v", text, err)
			}
			return
		}
		passes := filter.Match(user)
		filter.Match(userRow{})
		if strings.TrimSpace(text) == "" {
			return
		}
		if opposite, err := odata.CompileFilter(users, "not ("+text+")"); err == nil && opposite.Match(user) == passes {
			t.Errorf("%q and its opposite both answer %v", text, passes)
		}
	})
}

// A filter that is nested without end is refused, however the nesting is written.
func TestNestingIsBounded(t *testing.T) {
	users := schema.MustLookup("user")
	for _, text := range []string{
		strings.Repeat("(", 100_000) + "accountEnabled eq true" + strings.Repeat(")", 100_000),
		strings.Repeat("not\t", 100_000) + "accountEnabled eq true",
		strings.Repeat("not(", 100_000) + "accountEnabled eq true" + strings.Repeat(")", 100_000),
	} {
		if _, err := odata.CompileFilter(users, text); err == nil || !strings.Contains(err.Error(), "nested too deeply") {
			t.Errorf("%.12s…: %.200v", text, err)
		}
	}
}
