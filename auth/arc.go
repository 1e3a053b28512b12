package auth

import (
	"context"
	"net/http"
	"path"
	"runtime"
	"strings"

	"golang.org/x/oauth2"

	"msgraph-user/internal/failure"
)

// maxArcKey is the size in bytes up to which Azure Arc's key file is read.
const maxArcKey = 4096

// askArc asks Azure Arc's agent. Its first answer names a file that only those may
// read who may have the token; what stands in it opens the second request
// (https://learn.microsoft.com/azure/azure-arc/servers/managed-identity-authentication).
func (t managedIdentity) askArc(ctx context.Context, endpoint string) (*oauth2.Token, error) {
	if t.cfg.ClientID != "" {
		return nil, failure.Parameter("managed_identities_client_id",
			"A machine of Azure Arc has one identity, its own: clear managed_identities_client_id.")
	}
	address, err := t.metadataURL(endpoint, "2020-06-01")
	if err != nil {
		return nil, err
	}
	header := http.Header{"Metadata": {"true"}}
	challenge, err := t.getMetadata(ctx, address, header)
	if err != nil {
		return nil, err
	}
	if challenge.Status != http.StatusUnauthorized {
		return nil, t.metadataRefusal(hostOf(endpoint), challenge)
	}
	key, err := t.arcKey(challenge.Header.Get("WWW-Authenticate"))
	if err != nil {
		return nil, err
	}
	header.Set("Authorization", "Basic "+key)
	answer, err := t.getMetadata(ctx, address, header)
	if err != nil {
		return nil, err
	}
	return t.readMetadata(hostOf(endpoint), answer)
}

// arcKey reads the file that the challenge names, from the agent's own folder
// only: a forged answer must not make this program send another file.
func (t managedIdentity) arcKey(challenge string) (string, error) {
	_, name, ok := strings.Cut(challenge, "realm=")
	name = strings.Trim(strings.TrimSpace(name), `"`)
	if !ok || !isArcKeyFile(runtime.GOOS, t.getenv("ProgramData"), name) {
		return "", &failure.Error{
			Kind:    failure.SignIn,
			Message: "Azure Arc's agent named a key file outside the folder for its key files, so nothing was read.",
			Advice:  "Check the service that the environment variable " + envIdentityEndpoint + " points to. If it is the agent, reinstall it.",
		}
	}
	key, err := t.readFile(name, maxArcKey)
	if err != nil {
		return "", &failure.Error{
			Kind: failure.SignIn, Cause: err,
			Message: "Azure Arc's key file could not be read: " + err.Error() + ".",
			Advice:  "Run the program as a member of the group himds (Windows: Hybrid Agent Extension Applications).",
		}
	}
	return string(key), nil
}

// isArcKeyFile reports whether name is a key file directly in the agent's folder.
func isArcKeyFile(system, programData, name string) bool {
	folder := "/var/opt/azcmagent/tokens"
	if system == "windows" {
		if programData == "" {
			return false
		}
		name = strings.ReplaceAll(name, `\`, "/")
		folder = strings.ReplaceAll(programData, `\`, "/") + "/AzureConnectedMachineAgent/Tokens"
	}
	return path.Clean(name) == name && path.Dir(name) == path.Clean(folder) && path.Ext(name) == ".key"
}
