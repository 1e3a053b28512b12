package engine_test

import (
	"errors"
	"reflect"
	"testing"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
)

func TestSettingsAreRead(t *testing.T) {
	for _, test := range []struct {
		name   string
		params map[string]any
		want   engine.Settings
	}{
		{"nothing given", nil, engine.Settings{HandleError: true, MaxUsers: engine.DefaultMaxUsers}},
		{"all given", map[string]any{
			"handle_error": "false", "allow_secret_generators": "true", "read_only": true, "protected_users": "root@contoso.com\r\n 87d349ed-44d7-43e1-9a83-5f2406dee5bd , soar@contoso.com\n", "max_users": "1000",
		}, engine.Settings{
			AllowSecretGenerators: true, ReadOnly: true, MaxUsers: 1000, ProtectedUsers: []string{"root@contoso.com", "87d349ed-44d7-43e1-9a83-5f2406dee5bd", "soar@contoso.com"},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got, err := engine.ReadSettings(test.params); err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("%+v, %v; want %+v", got, err, test.want)
			}
		})
	}
}

func TestASettingThatIsNoneIsNamed(t *testing.T) {
	for name, value := range map[string]any{
		"handle_error": "maybe", "allow_secret_generators": 3.5, "read_only": "ja", "protected_users": []any{1.5},
	} {
		_, err := engine.ReadSettings(map[string]any{name: value})
		if e, ok := errors.AsType[*failure.Error](err); !ok || e.Kind != failure.BadConfiguration || e.Parameter != name {
			t.Errorf("%v, want a refusal that names %s", err, name)
		}
	}
}
