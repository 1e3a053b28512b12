package definition_test

import (
	"maps"
	"reflect"
	"testing"
)

func TestConfigurationDefaults(t *testing.T) {
	defaults := map[string]any{
		"azure_cloud": "Worldwide", "host": "https://graph.microsoft.com", "insecure": false, "proxy": false,
		"handle_error": true, "allow_secret_generators": false, "read_only": false, "max_users": "100",
	}
	with := func(changes map[string]any) map[string]any {
		all := maps.Clone(defaults)
		maps.Copy(all, changes)
		return all
	}
	for name, test := range map[string]struct{ given, want map[string]any }{
		"nothing given":                   {nil, defaults},
		"null is absent":                  {map[string]any{"host": nil, "handle_error": nil}, defaults},
		"an empty text takes the default": {map[string]any{"host": " ", "azure_cloud": ""}, defaults},
		"an empty boolean is off":         {map[string]any{"handle_error": ""}, with(map[string]any{"handle_error": ""})},
		"false is a value":                {map[string]any{"handle_error": false}, with(map[string]any{"handle_error": false})},
		"given values stay":               {map[string]any{"host": "https://graph.microsoft.us"}, with(map[string]any{"host": "https://graph.microsoft.us"})},
		"empty where there is no default": {map[string]any{"redirect_uri": ""}, with(map[string]any{"redirect_uri": ""})},
		"the platform's own are kept":     {map[string]any{"engine": "e", "creds_auth_id": map[string]any{"password": "x"}}, with(map[string]any{"engine": "e", "creds_auth_id": map[string]any{"password": "x"}})},
	} {
		before := maps.Clone(test.given)
		if got := integration(t).Configuration(test.given); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
		if !maps.EqualFunc(before, test.given, func(a, b any) bool { return reflect.DeepEqual(a, b) }) {
			t.Errorf("%s: the caller's map was changed", name)
		}
	}
}
