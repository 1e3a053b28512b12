package handlers

import (
	"encoding/json"

	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/xsoar"
)

const (
	userPath    = "MSGraphUser"
	accountPath = "Account"
)

// userEntry shows one user: the table, MSGraphUser and Account.
func userEntry(title string, user rawjson.Object) []xsoar.Entry {
	user = user.Without("@odata.context")
	rows := []rawjson.Object{user}
	return shown(user, xsoar.Table(title, rows, xsoar.ColumnsOf(rows)), map[string]any{
		userPath:    xsoar.ContextObject(user),
		accountPath: account(user),
	})
}

// account is the platform's own form of a user, the same for every directory
// that it knows.
func account(user rawjson.Object) rawjson.Object {
	mail := valueOrNull(user, "mail")
	address := make(json.RawMessage, 0, len(`{"Address":}`)+len(mail))
	address = append(append(append(address, `{"Address":`...), mail...), '}')
	return rawjson.Object{
		{Name: "Type", Value: azureAD},
		{Name: "DisplayName", Value: valueOrNull(user, "displayName")},
		{Name: "Username", Value: valueOrNull(user, "userPrincipalName")},
		{Name: "JobTitle", Value: valueOrNull(user, "jobTitle")},
		{Name: "Email", Value: address},
		{Name: "TelephoneNumber", Value: valueOrNull(user, "mobilePhone")},
		{Name: "ID", Value: valueOrNull(user, "id")},
		{Name: "Office", Value: valueOrNull(user, "officeLocation")},
	}
}

// azureAD is what the platform calls this directory.
var azureAD = rawjson.Quote("Azure AD")

// accounts gives the platform's form of each user.
func accounts(users []rawjson.Object) []rawjson.Object {
	forms := make([]rawjson.Object, len(users))
	for i, user := range users {
		forms[i] = account(user)
	}
	return forms
}
