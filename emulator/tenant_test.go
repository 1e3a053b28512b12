package emulator_test

import (
	"testing"

	"msgraph-user/emulator"
)

func TestAnApplicationSignsInAndWorks(t *testing.T) {
	x := start(t, emulator.Options{})
	users := x.want(x.get("/v1.0/users?$select=id,displayName,userPrincipalName,userType"), 200)
	if n := len(users.value()); n < 60 {
		t.Errorf("%d users", n)
	}
	const newUser = `{"accountEnabled":true,"displayName":"New Hire","mailNickname":"newhire","userPrincipalName":"newhire@contoso.onmicrosoft.com","passwordProfile":{"password":"S3cret-Pa55"}}`
	created := x.want(x.do("POST", "/v1.0/users", newUser), 201)
	if created.header.Get("Location") == "" || created.json["displayName"] != "New Hire" {
		t.Errorf("created: %v %s", created.header, created.text)
	}
	x.want(x.do("PATCH", "/v1.0/users/newhire@contoso.onmicrosoft.com", `{"accountEnabled":false}`), 204)
	if got := x.want(x.get("/v1.0/users/NEWHIRE@contoso.onmicrosoft.com?$select=accountEnabled"), 200); got.json["accountEnabled"] != false {
		t.Errorf("after disabling: %s", got.text)
	}
	x.want(x.do("DELETE", "/v1.0/users/newhire@contoso.onmicrosoft.com", ""), 204)
	missing := x.want(x.get("/v1.0/users/newhire@contoso.onmicrosoft.com"), 404)
	if missing.code() != "Request_ResourceNotFound" {
		t.Errorf("code %s", missing.code())
	}
}
