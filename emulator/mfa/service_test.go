package mfa

import (
	"context"
	"encoding/xml"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const path = "/StrongAuthenticationService.svc/Connector//BeginTwoWayAuthentication"

// request is one as a client sends it; replace swaps pairs of texts in it.
func request(upn string, replace ...string) string {
	body := `<BeginTwoWayAuthenticationRequest>
<Version>1.0</Version>
<UserPrincipalName>` + upn + `</UserPrincipalName>
<Lcid>en-us</Lcid>
<AuthenticationMethodProperties xmlns:a="http://schemas.microsoft.com/2003/10/Serialization/Arrays">
<a:KeyValueOfstringstring><a:Key>OverrideVoiceOtp</a:Key><a:Value>false</a:Value></a:KeyValueOfstringstring>
</AuthenticationMethodProperties>
<ContextId>69ff05bf-eb61-47f7-a70e-e7d77b6d47d0</ContextId>
<SyncCall>true</SyncCall>
<RequireUserMatch>true</RequireUserMatch>
<CallerName>radius</CallerName>
<CallerIP>UNKNOWN:</CallerIP>
</BeginTwoWayAuthenticationRequest>`
	return strings.NewReplacer(replace...).Replace(body)
}

func newService() *Service {
	people := map[string]Person{
		"adele@contoso.com":  {Enabled: true},
		"o'neil@contoso.com": {Enabled: true, Behaviour: Deny},
		"away@contoso.com":   {Enabled: true, Behaviour: NoResponse},
		"none@contoso.com":   {Enabled: true, Behaviour: "AuthenticationMethodNotConfigured"},
		"off@contoso.com":    {Enabled: false},
	}
	return New(Options{
		Person: func(upn string) (Person, bool) { p, ok := people[strings.ToLower(upn)]; return p, ok },
		Verify: func(token string) error {
			if token != "mfa-token" {
				return errors.New("unknown")
			}
			return nil
		},
	})
}

func ask(ctx context.Context, s *Service, method, authorization, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(method, path, strings.NewReader(body)).WithContext(ctx)
	r.Header.Set("Authorization", authorization)
	s.ServeHTTP(w, r)
	return w
}

func TestPeopleAnswer(t *testing.T) {
	for _, c := range []struct {
		upn    string
		result string
		good   bool
	}{
		{"Adele@contoso.com", ResultSuccess, true},
		{"o&apos;neil@contoso.com", ResultDenied, false},
		{"away@contoso.com", ResultNoResponse, false},
		{"none@contoso.com", "AuthenticationMethodNotConfigured", false},
		{"off@contoso.com", ResultAccountDisabled, false},
		{"nobody@contoso.com", ResultUserNotFound, false},
	} {
		t.Run(c.upn, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := ask(t.Context(), newService(), http.MethodPost, "Bearer mfa-token", request(c.upn))
				var got struct {
					XMLName       xml.Name `xml:"BeginTwoWayAuthenticationResponse"`
					Result        string   `xml:"Result>Value"`
					Authenticated bool     `xml:"AuthenticationResult"`
				}
				if err := xml.Unmarshal(w.Body.Bytes(), &got); err != nil {
					t.Fatalf("%v in %d %s", err, w.Code, w.Body)
				}
				if got.Result != c.result || got.Authenticated != c.good {
					t.Errorf("got %s, %v; want %s, %v", got.Result, got.Authenticated, c.result, c.good)
				}
			})
		})
	}
}

func TestAnswerIsAsPublicScriptsReadIt(t *testing.T) {
	w := ask(t.Context(), newService(), http.MethodPost, "Bearer mfa-token", request("adele@contoso.com"))
	want := `<BeginTwoWayAuthenticationResponse><Version>1.0</Version><Result><Value>Success</Value>` +
		`<Message xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"></Message></Result>` +
		`<AuthenticationResult>true</AuthenticationResult><ContextId>69ff05bf-eb61-47f7-a70e-e7d77b6d47d0</ContextId></BeginTwoWayAuthenticationResponse>`
	if w.Body.String() != want {
		t.Errorf("got  %s\nwant %s", w.Body, want)
	}
}

func TestWaitsAsLongAsItsPatienceOrTheClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		ask(t.Context(), newService(), http.MethodPost, "Bearer mfa-token", request("away@contoso.com"))
		if d := time.Since(begin); d != DefaultPatience {
			t.Errorf("answered after %v, want %v", d, DefaultPatience)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin = time.Now()
		ask(ctx, newService(), http.MethodPost, "Bearer mfa-token", request("away@contoso.com"))
		if d := time.Since(begin); d != time.Second {
			t.Errorf("a client who leaves after a second was held for %v", d)
		}
	})
}

func TestRefusesWhoHasNoToken(t *testing.T) {
	for _, c := range []struct {
		method, authorization, body string
		status                      int
	}{
		{http.MethodPost, "", request("adele@contoso.com"), 401},
		{http.MethodPost, "Bearer ", request("adele@contoso.com"), 401},
		{http.MethodPost, "Basic mfa-token", request("adele@contoso.com"), 401},
		{http.MethodPost, "Bearer graph-token", request("adele@contoso.com"), 401},
		{http.MethodPost, "bearer mfa-token", request("adele@contoso.com"), 200},
		{http.MethodGet, "Bearer mfa-token", "", 405},
		{http.MethodPost, "Bearer mfa-token", "", 400},
		{http.MethodPost, "Bearer mfa-token", strings.Repeat(" ", maxBody+1), 400},
	} {
		if w := ask(t.Context(), newService(), c.method, c.authorization, c.body); w.Code != c.status {
			t.Errorf("%s %q: status %d, want %d: %s", c.method, c.authorization, w.Code, c.status, w.Body)
		}
	}
}

func TestRequestsAreReadStrictly(t *testing.T) {
	for name, c := range map[string]struct {
		body    string
		mention string // empty: the request is good
	}{
		"as it should be":         {request("a@b"), ""},
		"default namespace":       {request("a@b", `xmlns:a=`, `xmlns:q1=`, "a:", "q1:"), ""},
		"declaration and comment": {`<?xml version="1.0" encoding="utf-8"?><!-- a -->` + request("a@b"), ""},
		"another root":            {request("a@b", "BeginTwoWayAuthenticationRequest", "EndTwoWayAuthenticationRequest"), "root element"},
		"another version":         {request("a@b", "1.0", "2.0"), "Version"},
		"no user":                 {request(""), "UserPrincipalName is empty"},
		"order changed":           {request("a@b", "Lcid>", "ContextId>", "ContextId>", "Lcid>"), "where Lcid belongs"},
		"one missing":             {request("a@b", "<CallerIP>UNKNOWN:</CallerIP>", ""), "CallerIP is missing"},
		"one too many":            {request("a@b", "</CallerIP>", "</CallerIP><More>1</More>"), "More is not known"},
		"another array namespace": {request("a@b", "Serialization/Arrays", "Serialization/Other"), "AuthenticationMethodProperties"},
		"pair without value":      {request("a@b", "<a:Value>false</a:Value>", ""), "AuthenticationMethodProperties"},
		"no boolean":              {request("a@b", "<SyncCall>true", "<SyncCall>yes"), "SyncCall"},
		"two roots":               {request("a@b") + "<a/>", "more than one root"},
		"text after":              {request("a@b") + "x", "outside"},
		"document type":           {`<!DOCTYPE a [<!ENTITY x "y">]>` + request("&x;"), "document type"},
		"not closed":              {"<BeginTwoWayAuthenticationRequest>", "no XML"},
		"no XML":                  {"nonsense", "outside"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseRequest([]byte(c.body))
			switch {
			case c.mention == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.mention != "" && (err == nil || !strings.Contains(err.Error(), c.mention)):
				t.Errorf("the error %v does not mention %q", err, c.mention)
			}
		})
	}
}

func TestRequestIsReadWhole(t *testing.T) {
	got, err := ParseRequest([]byte(request("o'neil+a@b")))
	if err != nil {
		t.Fatal(err)
	}
	if got.UserPrincipalName != "o'neil+a@b" || got.Properties["OverrideVoiceOtp"] != "false" || !got.SyncCall || !got.RequireUserMatch ||
		got.Lcid != "en-us" || got.CallerName != "radius" || got.CallerIP != "UNKNOWN:" || got.ContextID == "" {
		t.Errorf("got %+v", got)
	}
}

func TestServes(t *testing.T) {
	for p, want := range map[string]bool{path: true, strings.Replace(path, "//", "/", 1): true, "/v1.0/users": false, "/x" + path: true} {
		if Serves(p) != want {
			t.Errorf("%s: %v", p, !want)
		}
	}
}

// FuzzParseRequest: a request that is taken names a user and holds no more than
// its text did.
func FuzzParseRequest(f *testing.F) {
	f.Add(request("a@b"))
	f.Add(request("a@b", "Lcid", "ContextId"))
	f.Add(`<a xmlns="b"><![CDATA[x]]></a>`)
	f.Fuzz(func(t *testing.T, body string) {
		r, err := ParseRequest([]byte(body))
		if err != nil {
			return
		}
		if r.UserPrincipalName == "" || r.ContextID == "" || r.CallerIP == "" {
			t.Errorf("%q was taken as %+v", body, r)
		}
	})
}
