package engine

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"msgraph-user/auth"
	"msgraph-user/graph"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
)

// Each target that refuses a part of a containment is told by its cause, and what
// helps.
func TestEveryRefusalOfAContainmentNamesItsCause(t *testing.T) {
	const denied = "Insufficient privileges to complete the operation."
	const synced = "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration."
	password := graph.UpdateUser(adeleID, json.RawMessage(`{"passwordProfile":{}}`))
	leave := graph.RemoveGroupMember(adeleID, adeleID)
	disown := graph.Request{Method: http.MethodDelete, Version: graph.V1, Template: "/groups/{group}/owners/{user}/$ref"}
	pim := graph.RequestActiveRole(graph.RemoveRole, rawjson.Object{}, "why")
	people := graph.ResetPassword(adeleID, "m", "p")
	for _, c := range []struct {
		name          string
		request       graph.Request
		status        int
		code, message string
		says          string
		unavailable   bool
	}{
		{"an administrator is disabled", graph.SetAccountEnabled(adeleID, false), 403, "Authorization_RequestDenied", denied, "Privileged Authentication Administrator", false},
		{"an administrator's password", password, 403, "Authorization_RequestDenied", denied, "Privileged Authentication Administrator", false},
		{"an administrator's method", graph.DeleteMethod(graph.Phone, adeleID, "m"), 403, "accessDenied", "Request Authorization failed", "Privileged Authentication Administrator", false},
		{"an administrator is restored", graph.Restore(adeleID), 403, "Authorization_RequestDenied", denied, "Privileged Authentication Administrator", false},
		{"a synchronized user's password", password, 400, "Request_BadRequest", synced, "synchronized from on premises", false},
		{"a synchronized user is disabled", graph.SetAccountEnabled(adeleID, false), 400, "Request_BadRequest", synced, "Disable-ADAccount", false},
		{"what came from elsewhere", graph.UpdateUser(adeleID, json.RawMessage(`{"mobilePhone":"1"}`)), 400, "Request_BadRequest", "Unable to update the specified properties for objects that have originated within an external service.", "synchronized from there", false},
		{"a guest at risk", graph.ConfirmCompromised([]string{adeleID}), 400, "BadRequest", "The user is a guest of the tenant.", "home tenant", true},
		{"a guest's password", password, 400, "Request_BadRequest", "The user is federated.", "another identity provider", false},
		{"a role-assignable group", leave, 403, "Authorization_RequestDenied", denied, "RoleManagement.ReadWrite.Directory", false},
		{"a dynamic group", leave, 400, "Request_BadRequest", "Insufficient privileges: cannot update members of a dynamic group.", "rule decides", false},
		{"a mail-enabled security group", leave, 400, "Request_BadRequest", "Cannot Update a mail-enabled security groups and or distribution list.", "Exchange", false},
		{"a synchronized group", leave, 400, "Request_BadRequest", synced, "Remove-ADGroupMember", false},
		{"the last owner", disown, 400, "Request_BadRequest", "The group must have at least one owner, hence this owner cannot be removed.", "add another owner", false},
		{"a role without the role for it", pim, 403, "UnknownError", "Attempted to perform an unauthorized operation.", "Privileged Role Administrator", false},
		{"a role of a moment ago", pim, 400, "ActiveDurationTooShort", "The role has been active for a time too short.", "five minutes", false},
		{"a role whose settings ask for an end", pim, 400, "RoleAssignmentRequestPolicyValidationFailed", `The following policy rules failed: ["ExpirationRule"]`, "settings", false},
		{"one's own role", graph.DeleteRoleAssignment("r"), 400, "Request_BadRequest", "Removing self from Global Administrator built-in role is not allowed.", "another one", false},
		{"a role of another", graph.DeleteAppRole(adeleID, "a"), 400, "Request_BadRequest", "EntitlementGrant being updated or deleted is not found", "not this user's own", false},
		{"a rule of Outlook", graph.SetInboxRuleEnabled(adeleID, "r", false), 400, "ErrorInvalidOperation", "The rule is read-only.", "Outlook", false},
		{"a device of on premises", graph.SetDeviceEnabled("d", false), 400, "Request_BadRequest", synced, "Disable-ADAccount", false},
		{"a device without the role for it", graph.SetDeviceEnabled("d", false), 403, "Authorization_RequestDenied", denied, "Cloud Device Administrator", false},
		{"a name that another has by now", graph.Restore(adeleID), 400, "ObjectConflict", "Another object with the same value for property userPrincipalName already exists.", "Somebody else", false},
		{"sign-ins without a licence", graph.SignIns(adeleID, time.Time{}, ""), 403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "Neither tenant is B2C or tenant doesn't have premium license", "P1 or P2", true},
		{"roles without a licence", graph.ListEligibleRoles(adeleID), 400, "AadPremiumLicenseRequired", "The tenant needs to have Microsoft Entra ID P2.", "Governance", true},
		{"risk without a licence", graph.GetRiskyUser(adeleID), 403, "Forbidden", "Your tenant is not licensed for this feature.", "P2", true},
		{"no mailbox", graph.ListInboxRules(adeleID), 404, "MailboxNotEnabledForRESTAPI", "The mailbox is either inactive, soft-deleted, or is hosted on-premise.", "no mailbox", true},
		{"what is for people only", people, 403, "Authorization_RequestDenied", denied, "signed in as an administrator", true},
		{"an unknown grant", graph.GetConsent("g"), 404, "Request_ResourceNotFound", "Resource 'g' does not exist.", "msgraph-user-consents-list", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			inv := invocation(t, Command{Target: "user"}, map[string]any{"user": adeleID})
			inv.instance = &instance{config: &auth.Configuration{Method: auth.ClientCredentials}}
			err := inv.explain(c.request, &failure.Error{Kind: failure.Refused, Status: c.status, Code: c.code, Message: c.message})
			e, _ := errors.AsType[*failure.Error](err)
			if !strings.Contains(e.Advice, c.says) {
				t.Errorf("advises %q, which does not say %q", e.Advice, c.says)
			}
			if e.NotAvailable != c.unavailable || (statusOf(err) == NotAvailable) != c.unavailable {
				t.Errorf("not available: %v, %s", e.NotAvailable, statusOf(err))
			}
		})
	}
}

// A family's places are given out as its limit allows, to whoever asks.
func TestPlacesOfAFamily(t *testing.T) {
	all := newFamilies()
	now := time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		request graph.Request
		waits   []time.Duration // of requests that come at once
	}{
		{graph.GetRiskyUser("u"), []time.Duration{0, time.Second, 2 * time.Second}},
		{graph.SignIns("u", time.Time{}, ""), []time.Duration{0, 0, 0, 0, 0, 10 * time.Second, 10 * time.Second}},
	} {
		for i, want := range c.waits {
			if got := all.of(c.request).reserve(now); got != want {
				t.Errorf("%s: request %d waits %v, want %v", c.request.Template, i+1, got, want)
			}
		}
	}
	if got := all.of(graph.ConfirmCompromised(nil)).reserve(now.Add(time.Minute)); got != 0 {
		t.Errorf("after a pause: %v", got)
	}
	if all.of(graph.GetUser("u", "")) != nil {
		t.Error("the directory is no family")
	}
}

// A journal that was cut off while a target's steps were not all known: what had ended
// stays so, a change without an answer is in doubt, the rest is read again.
func TestReplayOfStepsThatFollowFromReads(t *testing.T) {
	for _, c := range []struct {
		name  string
		notes map[int]Note
		want  Status // "" is taken again
	}{
		{"nothing", nil, ""},
		{"a read without an answer", map[int]Note{0: {Status: Sent, Reads: true}}, ""},
		{"read, and no more", map[int]Note{0: {Status: Succeeded}}, ""},
		{"one of two changes", map[int]Note{0: {Status: Succeeded}, 1: {Status: Succeeded}}, ""},
		{"a change without an answer", map[int]Note{0: {Status: Succeeded}, 1: {Status: Sent}}, InDoubt},
		{"all", map[int]Note{0: {Status: Succeeded}, 1: {Status: Succeeded, Ended: true}}, Succeeded},
		{"a failure", map[int]Note{0: {Status: Succeeded}, 1: {Status: Failed}}, ""},
		{"a refusal", map[int]Note{0: {Status: Succeeded}, 1: {Status: NotAvailable}}, NotAvailable},
	} {
		then := func([]Outcome) ([]Step, error) { return nil, nil }
		one := &target{inv: invocation(t, Command{Target: "user"}, map[string]any{"user": adele}), steps: []Step{{Request: graph.GetUser(adele, ""), Then: then}}}
		if sent := one.replay(c.notes); sent != nil || one.status != c.want || len(one.outcomes) > 0 {
			t.Errorf("%s: %q, %d outcomes, want %q", c.name, one.status, len(one.outcomes), c.want)
		}
	}
}
