// Command clients uses Microsoft's libraries for Go against the practice tenant.
// It is run by tools/reportcard.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"runtime/debug"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
	abstractions "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoft/kiota-abstractions-go/serialization"
	azure "github.com/microsoft/kiota-authentication-azure-go"
	formserialization "github.com/microsoft/kiota-serialization-form-go"
	jsonserialization "github.com/microsoft/kiota-serialization-json-go"
	textserialization "github.com/microsoft/kiota-serialization-text-go"
	core "github.com/microsoftgraph/msgraph-sdk-go-core"
)

var (
	base, tenant     = os.Getenv("TENANT_URL"), os.Getenv("TENANT_ID")
	clientID, secret = os.Getenv("CLIENT_ID"), os.Getenv("CLIENT_SECRET")
	publicID, person = os.Getenv("PUBLIC_CLIENT_ID"), os.Getenv("PERSON")
	graph            = []string{"https://graph.microsoft.com/.default"}
	failed           bool
)

// tried runs an attempt and says how it went.
func tried(module, kind, name string, attempt func() error) {
	line := map[string]any{"client": module[strings.LastIndexByte(module, '/')+1:], "language": "Go", "version": version(module), "kind": kind, "name": name, "ok": true}
	if err := attempt(); err != nil {
		failed = true
		line["ok"], line["said"] = false, fmt.Sprintf("%.300s", err.Error())
	}
	_ = json.NewEncoder(os.Stdout).Encode(line) // nobody reads where this fails
}

func version(module string) string {
	info, _ := debug.ReadBuildInfo()
	for _, d := range info.Deps {
		if d.Path == module {
			return d.Version
		}
	}
	return "unknown"
}

func main() {
	ctx := context.Background()
	signIn(ctx)
	useGraph(ctx)
	if failed {
		os.Exit(1)
	}
}

func signIn(ctx context.Context) {
	const msal = "github.com/AzureAD/microsoft-authentication-library-for-go"
	tried(msal, "sign-in", "client secret", func() error {
		// docs: msal-go
		credential, err := confidential.NewCredFromSecret(secret)
		if err != nil {
			return err
		}
		app, err := confidential.New(base+"/"+tenant, clientID, credential,
			confidential.WithInstanceDiscovery(false))
		// docs: end
		if err != nil {
			return err
		}
		_, err = app.AcquireTokenByCredential(ctx, graph)
		return err
	})
	options := clientOptions()
	token := func(c azcore.TokenCredential, err error) error {
		if err != nil {
			return err
		}
		_, err = c.GetToken(ctx, policy.TokenRequestOptions{Scopes: graph})
		return err
	}
	const azidentityModule = "github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	tried(azidentityModule, "sign-in", "client secret", func() error {
		return token(clientSecret())
	})
	tried(azidentityModule, "sign-in", "certificate", func() error {
		pem, err := os.ReadFile(os.Getenv("CERTIFICATE"))
		if err != nil {
			return err
		}
		key, err := os.ReadFile(os.Getenv("CERTIFICATE_KEY"))
		if err != nil {
			return err
		}
		certificates, private, err := azidentity.ParseCertificates(append(pem, key...), nil)
		if err != nil {
			return err
		}
		return token(azidentity.NewClientCertificateCredential(tenant, clientID, certificates, private, &azidentity.ClientCertificateCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: true}))
	})
	tried(azidentityModule, "sign-in", "federated assertion", func() error {
		return token(azidentity.NewClientAssertionCredential(tenant, clientID, workloadToken, &azidentity.ClientAssertionCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: true}))
	})
	tried(azidentityModule, "sign-in", "device code", func() error {
		return token(azidentity.NewDeviceCodeCredential(&azidentity.DeviceCodeCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: true, TenantID: tenant, ClientID: publicID,
			UserPrompt: func(_ context.Context, m azidentity.DeviceCodeMessage) error {
				_, err := http.PostForm(m.VerificationURL, url.Values{"user_code": {m.UserCode}, "account": {person}})
				return err
			}}))
	})
	byPassword := func(scope, password string) (string, error) {
		c, err := azidentity.NewUsernamePasswordCredential(tenant, publicID, person, password, &azidentity.UsernamePasswordCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: true})
		if err != nil {
			return "", err
		}
		t, err := c.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{scope}})
		return t.Token, err
	}
	tried(azidentityModule, "sign-in", "username and password", func() error {
		_, err := byPassword(graph[0], os.Getenv("PERSON_PASSWORD"))
		return err
	})
	tried(azidentityModule, "sign-in", "on behalf of", func() error {
		assertion, err := byPassword("api://"+clientID+"/.default", os.Getenv("PERSON_PASSWORD"))
		if err != nil {
			return err
		}
		return token(azidentity.NewOnBehalfOfCredentialWithSecret(tenant, clientID, assertion, secret, &azidentity.OnBehalfOfCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: true}))
	})
	tried(azidentityModule, "sign-in", "refusals (7000215, 50126)", func() error {
		c, err := azidentity.NewClientSecretCredential(tenant, clientID, "wrong", &azidentity.ClientSecretCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: true})
		if err := token(c, err); err == nil || !strings.Contains(err.Error(), "AADSTS7000215") {
			return fmt.Errorf("a wrong secret: %v", err)
		}
		if _, err := byPassword(graph[0], "wrong"); err == nil || !strings.Contains(err.Error(), "AADSTS50126") {
			return fmt.Errorf("a wrong password: %v", err)
		}
		return nil
	})
}

func clientOptions() policy.ClientOptions {
	return policy.ClientOptions{Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: base}}
}

func clientSecret() (*azidentity.ClientSecretCredential, error) {
	// docs: azidentity
	options := &azidentity.ClientSecretCredentialOptions{DisableInstanceDiscovery: true}
	options.Cloud = cloud.Configuration{ActiveDirectoryAuthorityHost: base}
	credential, err := azidentity.NewClientSecretCredential(tenant, clientID, secret, options)
	// docs: end
	return credential, err
}

func workloadToken(context.Context) (string, error) {
	response, err := http.Get(base + "/workload-identity/token?subject=system:serviceaccount:default:soar")
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	token, err := io.ReadAll(response.Body)
	return string(token), err
}

const coreModule = "github.com/microsoftgraph/msgraph-sdk-go-core"

// adapter is the core of Microsoft's SDK, which gzips every body that it sends.
func adapter() (*core.GraphRequestAdapterBase, error) {
	abstractions.RegisterDefaultSerializer(func() serialization.SerializationWriterFactory {
		return jsonserialization.NewJsonSerializationWriterFactory()
	})
	abstractions.RegisterDefaultSerializer(func() serialization.SerializationWriterFactory {
		return textserialization.NewTextSerializationWriterFactory()
	})
	abstractions.RegisterDefaultSerializer(func() serialization.SerializationWriterFactory {
		return formserialization.NewFormSerializationWriterFactory()
	})
	abstractions.RegisterDefaultDeserializer(func() serialization.ParseNodeFactory { return jsonserialization.NewJsonParseNodeFactory() })
	abstractions.RegisterDefaultDeserializer(func() serialization.ParseNodeFactory { return textserialization.NewTextParseNodeFactory() })
	credential, err := clientSecret()
	if err != nil {
		return nil, err
	}
	host := strings.TrimPrefix(base, "https://")
	// docs: msgraph-sdk-go-core
	provider, err := azure.NewAzureIdentityAuthenticationProviderWithScopesAndValidHosts(
		credential, graph, []string{host})
	if err != nil {
		return nil, err
	}
	adapter, err := core.NewGraphRequestAdapterBase(provider, core.GraphClientOptions{})
	if err != nil {
		return nil, err
	}
	adapter.SetBaseUrl(base + "/v1.0")
	// docs: end
	return adapter, nil
}

// send sends a request, and returns its answer.
func send(ctx context.Context, a *core.GraphRequestAdapterBase, method abstractions.HttpMethod, path, body string) ([]byte, error) {
	request := abstractions.NewRequestInformation()
	request.Method = method
	address, err := url.Parse(base + "/v1.0" + path)
	if err != nil {
		return nil, err
	}
	request.SetUri(*address)
	if body != "" {
		request.SetStreamContentAndContentType([]byte(body), "application/json")
	}
	answer, err := a.SendPrimitive(ctx, request, "[]byte", nil)
	content, _ := answer.([]byte)
	return content, err
}

func useGraph(ctx context.Context) {
	a, err := adapter()
	attempt := func(name string, f func() error) {
		tried(coreModule, "Graph", name, func() error { return errors.Join(err, f()) })
	}
	attempt("create, update, delete, restore", func() error {
		made, err := send(ctx, a, abstractions.POST, "/users", `{"accountEnabled":true,"displayName":"Go","mailNickname":"go","userPrincipalName":"go@larkspur.example","passwordProfile":{"password":"S3cret-Pa55"}}`)
		if err != nil {
			return err
		}
		var user struct{ ID string }
		if err := json.Unmarshal(made, &user); err != nil || user.ID == "" {
			return fmt.Errorf("%v: %s", err, made)
		}
		for _, step := range []struct {
			method     abstractions.HttpMethod
			path, body string
		}{
			{abstractions.PATCH, "/users/" + user.ID, `{"jobTitle":"Tester"}`},
			{abstractions.DELETE, "/users/" + user.ID, ""},
			{abstractions.POST, "/directory/deletedItems/" + user.ID + "/restore", ""},
			{abstractions.DELETE, "/users/" + user.ID, ""},
		} {
			if _, err := send(ctx, a, step.method, step.path, step.body); err != nil {
				return fmt.Errorf("%v %s: %w", step.method, step.path, err)
			}
		}
		return nil
	})
	attempt("batch", func() error {
		batch := core.NewBatchRequest(a)
		var ids []string
		for _, path := range []string{"/users/" + url.PathEscape(person), "/users/nobody@larkspur.example"} {
			request := abstractions.NewRequestInformation()
			request.Method = abstractions.GET
			address, err := url.Parse(base + "/v1.0" + path)
			if err != nil {
				return err
			}
			request.SetUri(*address)
			item, err := batch.AddBatchRequestStep(*request)
			if err != nil {
				return err
			}
			ids = append(ids, *item.GetId())
		}
		answer, err := batch.Send(ctx, a)
		if err != nil {
			return err
		}
		for i, want := range []int32{200, 404} {
			if got := answer.GetResponseById(ids[i]).GetStatus(); got == nil || *got != want {
				return fmt.Errorf("item %d has status %v, want %d", i, got, want)
			}
		}
		return nil
	})
	attempt("refusals", func() error {
		if _, err := send(ctx, a, abstractions.GET, "/users/nobody@larkspur.example", ""); err == nil {
			return errors.New("nobody was found")
		}
		return nil
	})
}
