package auth

import (
	"strings"

	"msgraph-user/internal/failure"
)

// The environment of a workload identity, as the webhook of Azure Kubernetes
// Service sets it
// (https://learn.microsoft.com/azure/aks/workload-identity-overview).
const (
	envFederatedTokenFile = "AZURE_FEDERATED_TOKEN_FILE"
	envClientID           = "AZURE_CLIENT_ID"
	envTenantID           = "AZURE_TENANT_ID"
)

// maxFederatedToken is the size in bytes up to which a token file is read.
const maxFederatedToken = 64 << 10

// useFederatedToken takes the file from the environment, and the ids where the
// instance gives none.
func (c *Configuration) useFederatedToken(getenv func(string) string) {
	c.Credential = FederatedToken
	c.credentials.federatedFile = getenv(envFederatedTokenFile)
	if c.ClientID == "" {
		c.ClientID = getenv(envClientID)
	}
	if c.TenantID == "" {
		c.TenantID = getenv(envTenantID)
	}
}

// federatedToken reads the token each time: whoever wrote the file replaces it
// before it expires.
func (t *tokenClient) federatedToken() (string, error) {
	content, err := t.readFile(t.cfg.credentials.federatedFile, maxFederatedToken)
	if token := strings.TrimSpace(string(content)); err == nil && token != "" {
		return token, nil
	}
	return "", &failure.Error{
		Kind:    failure.SignIn,
		Message: "The workload identity's token could not be read from the file that " + envFederatedTokenFile + " names: " + orEmptyFile(err) + ".",
		Advice:  "Check the pod's service account and its projected token, or give the instance a client secret or a certificate.",
		Cause:   err,
	}
}

func orEmptyFile(err error) string {
	if err == nil {
		return "it is empty"
	}
	return err.Error()
}
