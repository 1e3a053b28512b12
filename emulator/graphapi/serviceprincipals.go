package graphapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/schema"
)

func servicePrincipalType() *schema.Type { return schema.MustLookup("servicePrincipal") }

func listServicePrincipals(c *call) (reply, error) {
	return c.collect(servicePrincipals{stored{c.store, "servicePrincipal"}, c.api}, servicePrincipalType(), "servicePrincipals")
}

func (c *call) servicePrincipal() (*directory.Object, error) {
	id := c.vars["servicePrincipal-id"]
	o := c.store.Get(id)
	if appID, ok := strings.CutPrefix(id, appKey); ok {
		o = c.store.Application(appID)
	}
	if o == nil || o.Type.Name != "servicePrincipal" {
		return nil, notFound(id)
	}
	return o, nil
}

func getServicePrincipal(c *call) (reply, error) {
	o, err := c.servicePrincipal()
	if err != nil {
		return reply{}, err
	}
	return c.one(c.api.withOwnPermissions(o), "servicePrincipals", false)
}

// addPassword is https://learn.microsoft.com/graph/api/serviceprincipal-addpassword.
// The secret is in this answer and in no other; it works at once.
func addPassword(c *call) (reply, error) {
	o, err := c.servicePrincipal()
	if err != nil {
		return reply{}, err
	}
	credential, err := c.newCredential()
	if err != nil {
		return reply{}, err
	}
	err = c.update(func(tx *directory.Tx) error {
		current := tx.Get(o.ID)
		if current == nil {
			return &directory.NotFoundError{Ref: o.ID}
		}
		private := directory.Private{}
		if current.Private != nil {
			private = *current.Private
		}
		private.Credentials = append(slices.Clone(private.Credentials), credential)
		return tx.Put(withCredentials(current, &private))
	})
	if err != nil {
		return reply{}, err
	}
	shown := credentialJSON(credential, credential.Secret)
	body := `{"@odata.context":` + directory.Quote(c.context("microsoft.graph.passwordCredential")) + "," + shown[1:]
	return jsonReply(http.StatusOK, []byte(body)), nil
}

// newCredential reads what addPassword asks for; a secret lasts two years
// unless it says otherwise.
func (c *call) newCredential() (directory.Credential, error) {
	credential := directory.Credential{KeyID: directory.NewID(), Start: c.at.Truncate(time.Second), End: c.at.Truncate(time.Second).AddDate(2, 0, 0), Secret: newSecret()}
	raw, err := c.rawBody()
	if err != nil || len(raw) == 0 {
		return credential, err
	}
	members, err := c.members(raw)
	if err != nil {
		return credential, err
	}
	for name := range members {
		if name != "passwordCredential" {
			return credential, badRequest("The parameter '%s' does not exist.", name)
		}
	}
	asked := members["passwordCredential"]
	property := &schema.Property{Name: "passwordCredential", Kind: schema.Complex, Type: schema.MustLookup("passwordCredential"), Nullable: true}
	if len(asked) == 0 {
		return credential, nil
	}
	if err := schema.Check(property, string(asked)); err != nil {
		return credential, err
	}
	wish := struct {
		DisplayName   string     `json:"displayName"`
		StartDateTime *time.Time `json:"startDateTime"`
		EndDateTime   *time.Time `json:"endDateTime"`
	}{}
	if err := json.Unmarshal(asked, &wish); err != nil {
		return credential, badRequest("Invalid value specified for property 'passwordCredential': %v", err)
	}
	credential.DisplayName = wish.DisplayName
	if wish.StartDateTime != nil {
		credential.Start = wish.StartDateTime.UTC()
		credential.End = credential.Start.AddDate(2, 0, 0)
	}
	if wish.EndDateTime != nil {
		credential.End = wish.EndDateTime.UTC()
	}
	if !credential.End.After(credential.Start) {
		return credential, badRequest("Credential lifetime is not valid: endDateTime must be after startDateTime.")
	}
	return credential, nil
}

// newSecret makes a client secret in the form that Entra gives them.
func newSecret() string {
	text := newPassword()[4:] + newPassword()[4:]
	return text[:3] + "8Q~" + text[3:]
}

func credentialJSON(credential directory.Credential, secret string) string {
	text, name := "null", "null"
	if secret != "" {
		text = directory.Quote(secret)
	}
	if credential.DisplayName != "" {
		name = directory.Quote(credential.DisplayName)
	}
	hint := credential.Secret[:min(3, len(credential.Secret))]
	return fmt.Sprintf(`{"customKeyIdentifier":null,"displayName":%s,"endDateTime":%s,"hint":%s,"keyId":"%s","secretText":%s,"startDateTime":%s}`,
		name, stampNow(credential.End), directory.Quote(hint), credential.KeyID, text, stampNow(credential.Start))
}

// withCredentials gives a service principal its credentials, and the property
// that shows them without their secrets.
func withCredentials(o *directory.Object, private *directory.Private) *directory.Object {
	var shown []string
	for _, credential := range private.Credentials {
		if credential.Secret != "" {
			shown = append(shown, credentialJSON(credential, ""))
		}
	}
	raw := "[" + strings.Join(shown, ",") + "]"
	return o.WithPrivate(private).With(directory.Pair{Property: servicePrincipalType().Must("passwordCredentials"), Raw: raw})
}

// removePassword is https://learn.microsoft.com/graph/api/serviceprincipal-removepassword.
func removePassword(c *call) (reply, error) {
	o, err := c.servicePrincipal()
	if err != nil {
		return reply{}, err
	}
	members, err := c.body()
	if err != nil {
		return reply{}, err
	}
	key := directory.Unquote(string(members["keyId"]))
	err = c.update(func(tx *directory.Tx) error {
		current := tx.Get(o.ID)
		if current == nil || current.Private == nil {
			return badRequest("No password credential found with keyId.")
		}
		private := *current.Private
		private.Credentials = slices.DeleteFunc(slices.Clone(private.Credentials), func(credential directory.Credential) bool {
			return strings.EqualFold(credential.KeyID, key)
		})
		if len(private.Credentials) == len(current.Private.Credentials) {
			return badRequest("No password credential found with keyId.")
		}
		return tx.Put(withCredentials(current, &private))
	})
	if err != nil {
		return reply{}, err
	}
	return noContent(), nil
}
