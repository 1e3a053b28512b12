package definition_test

import (
	"slices"
	"strings"
	"testing"

	"msgraph-user/internal/failure"
)

func TestAMistypedGuardRailIsNotPassedOver(t *testing.T) {
	definition := integration(t)
	for name, rail := range map[string]string{
		"readonly": "read_only", "readOnly": "read_only", "ReadOnly": "read_only", "read-only": "read_only", "read only": "read_only",
		"READ_ONLY": "read_only", "reed_only": "read_only", "read_olny": "read_only", "readonly_mode": "read_only", "is_read_only": "read_only",
		"onlyRead": "read_only", "raed_only": "read_only",
		"protected_user": "protected_users", "Protected-Users": "protected_users", "protectedUsers": "protected_users",
		"protect_users": "protected_users", "protected users": "protected_users", "protcted_users": "protected_users",
		"maxusers": "max_users", "MaxUsers": "max_users", "max-user": "max_users",
		"users_protected": "protected_users", "protected_users_list": "protected_users", "protectedusers": "protected_users",
		"protected": "protected_users", "protect": "protected_users", "protected_accounts": "protected_users", "accountsProtected": "protected_users", "ProtectedList": "protected_users",
		"PROTECTED": "protected_users", "password_protected": "protected_users", "vip.protection": "protected_users",
		"write_protected": "read_only", "writeProtection": "read_only", "read-only-mode": "read_only", "ReadOnlyMode": "read_only", "mode.only-read": "read_only",
		"maximum_users": "max_users", "user_limit": "max_users", "limitUsers": "max_users", "users-max": "max_users", "MAXIMUMUSERS": "max_users", "max_accounts": "max_users",
		"max_number_of_users": "max_users",
	} {
		_, err := definition.CheckParameters(map[string]any{name: "x", "proxy": true})
		e := failure.Of(err)
		if err == nil || e.Kind != failure.BadConfiguration || e.Parameter != name || !slices.Equal(e.Suggestions, []string{rail}) || !strings.Contains(e.Error(), rail) {
			t.Errorf("%s: %v (%v), want an error that points to %s", name, err, e, rail)
		}
	}
}

// The platform's own parameters, as public integrations list them, and words that
// only share a part with a guard rail.
func TestOtherUnknownParametersArePassedOver(t *testing.T) {
	definition := integration(t)
	others := []string{"credentials_user", "defaultIgnore", "engine", "engineGroup", "eventFetchInterval", "feedReliability", "incidentFetchInterval",
		"incidentType", "incomingMapperId", "integrationLogLevel", "integrationReliability", "isFetch", "isFetchEvents", "longRunning", "longRunningPort",
		"mappingId", "max_fetch", "max_results", "only", "outgoingMapperId", "password", "passwordProtected", "propagationLabels", "read", "reads", "resetContext",
		"server_url", "sourceReliability", "tlp_color", "unsecure", "user", "user_delimiter", "users"}
	given := map[string]any{"read_only": true, "protected_users": "", "host": "", "creds_auth_id": nil}
	for _, name := range others {
		given[name] = "x"
	}
	unknown, err := definition.CheckParameters(given)
	if err != nil || !slices.Equal(unknown, others) {
		t.Errorf("got %v, %v, want %v", unknown, err, others)
	}
}

func TestAnUnknownParameterComesWithWhatIsNear(t *testing.T) {
	definition := integration(t)
	for name, near := range map[string]string{"tenantid": "tenant_id", "creds_tenantid": "creds_tenant_id", "azure_clod": "azure_cloud", "zzz": "azure_cloud, host"} {
		e := failure.Of(definition.UnknownParameter(name))
		if e.Kind != failure.BadConfiguration || e.Parameter != name || !strings.Contains(e.Error(), near) {
			t.Errorf("%s: %v does not name %s", name, e, near)
		}
	}
}
