package handlers

import (
	"encoding/json"

	"msgraph-user/graph"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/xsoar"
)

func getDefaultMethod(inv *engine.Invocation) ([]engine.Step, error) {
	return []engine.Step{{Request: graph.GetSignInPreferences(inv.Address())}}, nil
}

// showDefaultMethod shows which method a user is asked for: the user's own choice,
// else the one that the system prefers.
func showDefaultMethod(inv *engine.Invocation, outcomes []engine.Outcome) ([]xsoar.Entry, error) {
	preferences := outcomes[0].Object
	const own, system = "userPreferredMethodForSecondaryAuthentication", "systemPreferredAuthenticationMethod"
	shownAs := rawjson.Object{
		{Name: "User", Value: rawjson.Quote(inv.User())},
		{Name: "DefaultMethod", Value: firstValue(preferences, own, system)},
		{Name: "IsSystemPreferredAuthenticationMethodEnabled", Value: valueOrNull(preferences, "isSystemPreferredAuthenticationMethodEnabled")},
		{Name: "UserPreferredMethodForSecondaryAuthentication", Value: valueOrNull(preferences, own)},
		{Name: "SystemPreferredAuthenticationMethod", Value: valueOrNull(preferences, system)},
	}
	readable := xsoar.Table("Default sign-in method of "+inv.User(), []rawjson.Object{shownAs}, preferenceColumns)
	return shown(preferences, readable, map[string]any{
		userPath + ".AuthMethod(val.User === obj.User)": shownAs,
	}), nil
}

// preferenceColumns carry the context's own keys as headings.
var preferenceColumns = []xsoar.Column{
	{Heading: "DefaultMethod", Member: "DefaultMethod"},
	{Heading: "IsSystemPreferredAuthenticationMethodEnabled", Member: "IsSystemPreferredAuthenticationMethodEnabled"},
	{Heading: "SystemPreferredAuthenticationMethod", Member: "SystemPreferredAuthenticationMethod"},
	{Heading: "User", Member: "User"},
	{Heading: "UserPreferredMethodForSecondaryAuthentication", Member: "UserPreferredMethodForSecondaryAuthentication"},
}

// firstValue returns the first of the members that holds a text, else "Unknown".
func firstValue(object rawjson.Object, names ...string) json.RawMessage {
	for _, name := range names {
		if object.Text(name) != "" {
			return object.Get(name)
		}
	}
	return rawjson.Quote("Unknown")
}
