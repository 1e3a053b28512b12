package graph

import "net/http"

// inbox is the well-known name of the folder whose rules are a user's inbox rules.
const inbox = "inbox"

// ListInboxRules reads the rules of a user's inbox. Hidden rules are not among them.
//
//	GET /users/{user}/mailFolders/inbox/messageRules
//
// https://learn.microsoft.com/graph/api/mailfolder-list-messagerules
func ListInboxRules(user string) Request {
	return read("/users/{user}/mailFolders/{folder}/messageRules", user, inbox)
}

// GetInboxRule reads one rule.
//
//	GET /users/{user}/mailFolders/inbox/messageRules/{rule_id}
//
// https://learn.microsoft.com/graph/api/messagerule-get
func GetInboxRule(user, rule string) Request {
	return read("/users/{user}/mailFolders/{folder}/messageRules/{rule_id}", user, inbox, rule)
}

// SetInboxRuleEnabled switches a rule on or off.
//
//	PATCH /users/{user}/mailFolders/inbox/messageRules/{rule_id}
//
// https://learn.microsoft.com/graph/api/messagerule-update
func SetInboxRuleEnabled(user, rule string, enabled bool) Request {
	return request(http.MethodPatch, "/users/{user}/mailFolders/{folder}/messageRules/{rule_id}", user, inbox, rule).
		withBody(map[string]bool{"isEnabled": enabled})
}
