package signin

import (
	"net/http"
	"net/url"
)

// configuration is the OpenID Connect discovery document.
type configuration struct {
	TokenEndpoint         string   `json:"token_endpoint"`
	AuthMethods           []string `json:"token_endpoint_auth_methods_supported"`
	KeysURI               string   `json:"jwks_uri"`
	ResponseModes         []string `json:"response_modes_supported"`
	SubjectTypes          []string `json:"subject_types_supported"`
	SigningAlgorithms     []string `json:"id_token_signing_alg_values_supported"`
	ResponseTypes         []string `json:"response_types_supported"`
	Scopes                []string `json:"scopes_supported"`
	Issuer                string   `json:"issuer"`
	AuthorizationEndpoint string   `json:"authorization_endpoint"`
	DeviceEndpoint        string   `json:"device_authorization_endpoint,omitempty"`
	EndSessionEndpoint    string   `json:"end_session_endpoint"`
	UserInfoEndpoint      string   `json:"userinfo_endpoint"`
	ChallengeMethods      []string `json:"code_challenge_methods_supported"`
	Claims                []string `json:"claims_supported"`
	RequestURI            bool     `json:"request_uri_parameter_supported"`
	HTTPLogout            bool     `json:"http_logout_supported"`
	Region                string   `json:"tenant_region_scope"`
	CloudInstance         string   `json:"cloud_instance_name"`
	GraphHost             string   `json:"msgraph_host"`
}

func (x *exchange) configuration() configuration {
	base := x.realm()
	return configuration{
		TokenEndpoint:         base + "/oauth2/v2.0/token",
		AuthMethods:           []string{"client_secret_post", "private_key_jwt", "client_secret_basic"},
		KeysURI:               base + "/discovery/v2.0/keys",
		ResponseModes:         []string{"query", "fragment", "form_post"},
		SubjectTypes:          []string{"pairwise"},
		SigningAlgorithms:     []string{string(x.ring().algorithm)},
		ResponseTypes:         []string{"code"},
		Scopes:                []string{"openid", "profile", "email", "offline_access"},
		Issuer:                x.issuerV2(),
		AuthorizationEndpoint: base + "/oauth2/v2.0/authorize",
		DeviceEndpoint:        base + "/oauth2/v2.0/devicecode",
		EndSessionEndpoint:    base + "/oauth2/v2.0/logout",
		ChallengeMethods:      []string{"plain", "S256"},
		Claims:                []string{"sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "preferred_username", "name", "tid", "ver", "email", "oid", "uti"},
		UserInfoEndpoint:      x.graphBase() + "/oidc/userinfo",
		HTTPLogout:            true,
		Region:                "NA",
		CloudInstance:         x.cloud().preferred,
		GraphHost:             x.cloud().graph,
	}
}

func (x *exchange) serveConfiguration() { x.publish(x.configuration()) }

// serveConfigurationV1 describes the tokens of version 1.0, whose issuer is
// another.
func (x *exchange) serveConfigurationV1() {
	c := x.configuration()
	c.Issuer = x.issuerV1()
	c.TokenEndpoint = x.realm() + "/oauth2/token"
	c.KeysURI = x.realm() + "/discovery/keys"
	c.AuthorizationEndpoint = x.realm() + "/oauth2/authorize"
	c.DeviceEndpoint = ""
	x.publish(c)
}

func (x *exchange) publish(document any) {
	if f := x.resolveTenant(); f != nil {
		x.sendRefusal(f)
		return
	}
	x.answer(http.StatusOK, document)
}

// instance is the instance discovery document, by which Microsoft's libraries
// learn whether a host is to be trusted and under which names it goes.
type instance struct {
	TenantDiscovery string     `json:"tenant_discovery_endpoint"`
	Version         string     `json:"api-version"`
	Metadata        []metadata `json:"metadata"`
}

type metadata struct {
	Network string   `json:"preferred_network"`
	Cache   string   `json:"preferred_cache"`
	Aliases []string `json:"aliases"`
}

// serveInstance vouches for the host that the caller asks about if it is the one
// that answers, or one of Entra's; the practice tenant is behind all of those.
func (x *exchange) serveInstance() {
	asked, err := url.Parse(x.r.URL.Query().Get("authorization_endpoint"))
	if err != nil || asked.Host == "" {
		x.sendRefusal(refuse(90023, "The parameter 'authorization_endpoint' must be a URL."))
		return
	}
	root := asked.Scheme + "://" + asked.Host
	c, ok := cloudOf(asked.Host)
	if !ok {
		c = cloud{asked.Host, asked.Host, []string{asked.Host}, ""}
	}
	x.answer(http.StatusOK, instance{
		TenantDiscovery: root + "/" + x.options.TenantID + "/v2.0/.well-known/openid-configuration",
		Version:         "1.1",
		Metadata:        []metadata{{Network: c.preferred, Cache: c.cache, Aliases: c.aliases}},
	})
}
