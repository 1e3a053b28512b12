package auth

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/oauth2"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/httpclient"
	"msgraph-user/internal/secret"
)

// The environment by which Azure's hosts say where their metadata service is
// (https://learn.microsoft.com/azure/app-service/overview-managed-identity,
// https://learn.microsoft.com/azure/azure-arc/servers/managed-identity-authentication).
const (
	envIdentityEndpoint = "IDENTITY_ENDPOINT"
	envIdentityHeader   = "IDENTITY_HEADER"
	envIMDSEndpoint     = "IMDS_ENDPOINT"
)

const (
	metadataOrigin = "http://169.254.169.254"
	metadataPath   = "/metadata/identity/oauth2/token"
	// metadataProbe is how long the metadata service may take to answer at all:
	// it is on the same machine, and absent anywhere but on Azure.
	metadataProbe = 1500 * time.Millisecond
)

// managedIdentity signs in as the Azure resource that the program runs on, by way
// of its metadata service: App Service's, Azure Arc's or that of a virtual machine.
type managedIdentity struct{ *tokenClient }

func (t managedIdentity) signIn(ctx context.Context, _ ask) (*oauth2.Token, error) {
	endpoint := t.getenv(envIdentityEndpoint)
	switch {
	case endpoint != "" && t.getenv(envIdentityHeader) != "":
		return t.askMetadata(ctx, endpoint, "2019-08-01", "X-Identity-Header", t.getenv(envIdentityHeader))
	case endpoint != "" && t.getenv(envIMDSEndpoint) != "":
		return t.askArc(ctx, endpoint)
	}
	origin := metadataOrigin
	if t.cfg.Cloud.IsLocal() { // a practice tenant is all of Azure that there is
		origin = t.cfg.Cloud.Graph
	}
	if err := t.probeMetadata(ctx, origin+metadataPath); err != nil {
		return nil, err
	}
	return t.askMetadata(ctx, origin+metadataPath, "2018-02-01", "Metadata", "true")
}

// probeMetadata finds out quickly whether there is a metadata service. It leaves
// out the header that a real request has, so that the service answers at once,
// with an error.
func (t managedIdentity) probeMetadata(ctx context.Context, address string) error {
	short, cancel := context.WithTimeout(ctx, metadataProbe)
	defer cancel()
	_, err := t.metadata.Send(short, httpclient.Request{Method: http.MethodGet, URL: address, Repeatable: true})
	if err == nil || failure.KindOf(err) == failure.Throttled {
		return nil
	}
	if ctx.Err() != nil {
		return t.ended(ctx)
	}
	return offAzure(hostOf(address), err)
}

func offAzure(host string, err error) *failure.Error {
	return &failure.Error{
		Kind: failure.SignIn, Host: host, Cause: err,
		Message: "No managed identity could be used, because Azure's metadata service at " + host + " does not answer.",
		Advice:  "Managed identities exist on Azure only: run the program there, or clear use_managed_identities and give the instance credentials.",
	}
}

// askMetadata asks for a token with a header that proves the request comes from
// this machine.
func (t managedIdentity) askMetadata(ctx context.Context, endpoint, version, header, value string) (*oauth2.Token, error) {
	defer t.scrubber.Hold(secret.New(value))()
	address, err := t.metadataURL(endpoint, version)
	if err != nil {
		return nil, err
	}
	answer, err := t.getMetadata(ctx, address, http.Header{header: {value}})
	if err != nil {
		return nil, err
	}
	return t.readMetadata(hostOf(endpoint), answer)
}

func (t managedIdentity) getMetadata(ctx context.Context, address string, header http.Header) (*httpclient.Response, error) {
	answer, err := t.metadata.Send(ctx, httpclient.Request{Method: http.MethodGet, URL: address, Header: header, Repeatable: true})
	switch {
	case err == nil:
		return answer, nil
	case ctx.Err() == nil && failure.KindOf(err) == failure.Unreachable:
		return nil, offAzure(hostOf(address), err)
	}
	return nil, t.unanswered(ctx, hostOf(address), err)
}

// metadataURL adds what is asked for: a token for the cloud's Graph, of the
// identity that the instance names.
func (t managedIdentity) metadataURL(endpoint, version string) (string, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" {
		return "", &failure.Error{
			Kind:    failure.SignIn,
			Message: "The environment variable " + envIdentityEndpoint + " does not contain a URL.",
			Advice:  "Azure sets this variable. Find out what changed it.",
		}
	}
	query := u.Query()
	query.Set("api-version", version)
	query.Set("resource", t.cfg.Cloud.Graph)
	if t.cfg.ClientID != "" {
		query.Set("client_id", t.cfg.ClientID)
	}
	u.RawQuery = query.Encode()
	return u.String(), nil
}

func (t managedIdentity) readMetadata(host string, answer *httpclient.Response) (*oauth2.Token, error) {
	token, err := t.parse(host, answer)
	if err != nil {
		return nil, t.metadataRefusal(host, answer)
	}
	token.RefreshToken = "" // there is none; what stands in its place is empty text
	return token, nil
}

// metadataRefusal advises about the identity, which is what the service refuses.
// What is no JSON is not Azure's: Docker answers 403 at the same address, other
// clouds have a service of their own there.
func (t managedIdentity) metadataRefusal(host string, answer *httpclient.Response) error {
	if !json.Valid(answer.Body) {
		e := offAzure(host, nil)
		e.Status = answer.Status
		e.Message = fmt.Sprintf("No managed identity could be used, because what answers at %s is not Azure's metadata service (HTTP %d): %s.",
			host, answer.Status, t.quote(t.describe(answer, refusalBody{}, "")))
		return e
	}
	err := t.refusal(host, answer)
	if e, ok := err.(*failure.Error); ok && len(e.AADSTS) == 0 {
		e.Advice = "Assign a managed identity to this Azure resource"
		if t.cfg.ClientID != "" {
			e.Advice = "Assign the managed identity that managed_identities_client_id names to this Azure resource"
		}
		e.Advice += ", or clear use_managed_identities."
	}
	return err
}

// metadataPolicy tries again what Microsoft says passes by itself, and gives up
// at once where there is no service
// (https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token#retry-guidance).
func metadataPolicy() httpclient.Policy {
	policy := httpclient.DefaultPolicy()
	policy.Tries = 4
	policy.Check = func(o httpclient.Outcome) httpclient.Decision {
		switch {
		case o.Err != nil:
			return httpclient.Deliver
		case o.Response.Status == http.StatusGone, o.Response.Status == http.StatusInternalServerError:
			return httpclient.TryAgain
		}
		return httpclient.CheckOutcome(o)
	}
	return policy
}
