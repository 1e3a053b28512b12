package auth

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

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

// signInAsAzureResource asks the metadata service of the Azure resource that the
// program runs on: App Service's, Azure Arc's or that of a virtual machine.
func (s *Source) signInAsAzureResource(ctx context.Context) (grant, error) {
	endpoint := s.getenv(envIdentityEndpoint)
	switch {
	case endpoint != "" && s.getenv(envIdentityHeader) != "":
		return s.askMetadata(ctx, endpoint, "2019-08-01", "X-Identity-Header", s.getenv(envIdentityHeader))
	case endpoint != "" && s.getenv(envIMDSEndpoint) != "":
		return s.askArc(ctx, endpoint)
	}
	origin := metadataOrigin
	if s.cfg.Cloud.IsLocal() { // a practice tenant is all of Azure that there is
		origin = s.cfg.Cloud.Graph
	}
	if err := s.probeMetadata(ctx, origin+metadataPath); err != nil {
		return grant{}, err
	}
	return s.askMetadata(ctx, origin+metadataPath, "2018-02-01", "Metadata", "true")
}

// probeMetadata finds out quickly whether there is a metadata service. It leaves
// out the header that a real request has, so that the service answers at once,
// with an error.
func (s *Source) probeMetadata(ctx context.Context, address string) error {
	short, cancel := context.WithTimeout(ctx, metadataProbe)
	defer cancel()
	_, err := s.metadataLane.Send(short, httpclient.Call{Method: http.MethodGet, URL: address, Repeatable: true})
	if err == nil || failure.KindOf(err) == failure.Throttled {
		return nil
	}
	if ctx.Err() != nil {
		return s.ended(ctx)
	}
	return offAzure(address, err)
}

func offAzure(address string, err error) error {
	return &failure.Error{
		Kind: failure.SignIn, Host: hostOf(address), Cause: err,
		Message: "No managed identity could be used, because Azure's metadata service at " + hostOf(address) + " does not answer.",
		Advice:  "Managed identities exist on Azure only: run the program there, or clear use_managed_identities and give the instance credentials.",
	}
}

// askMetadata asks for a token with a header that proves the request comes from
// this machine.
func (s *Source) askMetadata(ctx context.Context, endpoint, version, header, value string) (grant, error) {
	defer s.scrubber.Hold(secret.New(value))()
	address, err := s.metadataURL(endpoint, version)
	if err != nil {
		return grant{}, err
	}
	answer, err := s.getMetadata(ctx, address, http.Header{header: {value}})
	if err != nil {
		return grant{}, err
	}
	token, err := s.readMetadata(hostOf(endpoint), answer)
	return token, err
}

func (s *Source) getMetadata(ctx context.Context, address string, header http.Header) (*httpclient.Answer, error) {
	answer, err := s.metadataLane.Send(ctx, httpclient.Call{Method: http.MethodGet, URL: address, Header: header, Repeatable: true})
	switch {
	case err == nil:
		return answer, nil
	case ctx.Err() == nil && failure.KindOf(err) == failure.Unreachable:
		return nil, offAzure(address, err)
	}
	return nil, s.unanswered(ctx, hostOf(address), err)
}

// metadataURL adds what is asked for: a token for the cloud's Graph, of the
// identity that the instance names.
func (s *Source) metadataURL(endpoint, version string) (string, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" {
		return "", &failure.Error{
			Kind:    failure.SignIn,
			Message: "The environment variable " + envIdentityEndpoint + " holds no URL.",
			Advice:  "It is set by Azure; look at what changed it.",
		}
	}
	query := u.Query()
	query.Set("api-version", version)
	query.Set("resource", s.cfg.Cloud.Graph)
	if s.cfg.ClientID != "" {
		query.Set("client_id", s.cfg.ClientID)
	}
	u.RawQuery = query.Encode()
	return u.String(), nil
}

func (s *Source) readMetadata(host string, answer *httpclient.Answer) (grant, error) {
	if answer.Status != http.StatusOK {
		return grant{}, s.metadataRefusal(host, answer)
	}
	var token tokenAnswer
	if json.Unmarshal(answer.Body, &token) != nil || token.AccessToken == "" {
		return grant{}, s.metadataRefusal(host, answer)
	}
	token.RefreshToken = "" // there is none; what stands in its place is empty text
	return token.grant(s.now()), nil
}

// metadataRefusal advises about the identity, which is what the service refuses.
func (s *Source) metadataRefusal(host string, answer *httpclient.Answer) error {
	err := s.refusal(host, answer)
	if e, ok := err.(*failure.Error); ok && len(e.AADSTS) == 0 {
		e.Advice = "Assign a managed identity to this Azure resource"
		if s.cfg.ClientID != "" {
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
		case o.Answer.Status == http.StatusGone, o.Answer.Status == http.StatusInternalServerError:
			return httpclient.TryAgain
		}
		return httpclient.CheckOutcome(o)
	}
	return policy
}
