package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
)

// person is what Graph answers of a user, with the properties that it gives unasked.
const person = `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#users/$entity","businessPhones":["+1 425 555 0109"],"displayName":"Aiko Tanaka","givenName":"Aiko","jobTitle":"Analyst","mail":"aiko.tanaka@larkspur.example","mobilePhone":null,"officeLocation":"18/2111","preferredLanguage":"en-US","surname":"Tanaka","userPrincipalName":"aiko.tanaka@larkspur.example","id":"00000000-0000-4000-8000-000000000001"}`

// farSide is a sign-in and a Graph in one, as fast as they can be.
type farSide struct {
	*httptest.Server
	connections atomic.Int32
	requests    atomic.Int32 // to Graph
}

func newFarSide(tls bool) *farSide {
	far := &farSide{}
	far.Server = httptest.NewUnstartedServer(far)
	far.Config.ErrorLog = log.New(io.Discard, "", 0)
	far.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			far.connections.Add(1)
		}
	}
	if tls {
		far.StartTLS()
	} else {
		far.Start()
	}
	return far
}

// params are those of an instance that signs in and works here.
func (far *farSide) params() map[string]any {
	password := func(text string) map[string]any { return map[string]any{"password": text} }
	return map[string]any{
		"host": far.URL, "azure_ad_endpoint": far.URL, "insecure": true, "self_deployed": true,
		"creds_auth_id": password("client"), "creds_tenant_id": password("tenant"), "creds_enc_key": password("secret"),
	}
}

func (far *farSide) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	switch {
	case strings.HasSuffix(r.URL.Path, "/token"):
		fmt.Fprint(w, `{"token_type":"Bearer","access_token":"t","expires_in":3599}`)
	case strings.HasSuffix(r.URL.Path, "/$batch"):
		far.requests.Add(1)
		far.serveBatch(w, r)
	default:
		far.requests.Add(1)
		fmt.Fprint(w, person)
	}
}

// serveBatch answers each request of a batch with 204.
func (far *farSide) serveBatch(w http.ResponseWriter, r *http.Request) {
	var batch struct {
		Requests []struct {
			ID string `json:"id"`
		} `json:"requests"`
	}
	if err := json.NewDecoder(r.Body).Decode(&batch); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	type item struct {
		ID     string `json:"id"`
		Status int    `json:"status"`
	}
	items := make([]item, len(batch.Requests))
	for i, request := range batch.Requests {
		items[i] = item{request.ID, http.StatusNoContent}
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"responses": items}) // a client that is gone needs no answer
}
