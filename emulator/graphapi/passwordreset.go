package graphapi

import (
	"crypto/rand"
	"encoding/base32"
	"net/http"
	"strings"
	"time"

	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/schema"
)

func operationType() *schema.Type { return schema.MustLookup("longRunningOperation") }

// resetPassword is https://learn.microsoft.com/graph/api/authenticationmethod-resetpassword:
// the password counts at once here, the operation that says so passes through its
// states as it is asked for.
func resetPassword(c *call, u *directory.Object) (reply, error) {
	if !strings.EqualFold(c.vars["authenticationMethod-id"], passwordMethodID) || len(c.methods(u, "passwordAuthenticationMethod")) == 0 {
		return reply{}, c.noSuchMethod(c.vars["authenticationMethod-id"])
	}
	if u.ID == c.principal.UserID {
		return reply{}, methodBadRequest("You cannot reset your own password this way.")
	}
	password, made, err := c.resetTo(u)
	if err != nil {
		return reply{}, err
	}
	operation := newOperation(c.at)
	err = c.update(func(tx *directory.Tx) error {
		current := tx.User(u.ID)
		if current == nil {
			return &directory.NotFoundError{Ref: c.vars["user-id"]}
		}
		force := directory.Pair{Property: userType().Must("passwordProfile"), Raw: forcedChange}
		tx.Own(u.ID, operation)
		return tx.Put(updated(current, []directory.Pair{force}, password, tx.Now()))
	})
	if err != nil {
		return reply{}, err
	}
	location := c.link("/users/" + u.ID + "/authentication/operations/" + operation.ID)
	response := reply{status: http.StatusAccepted, header: http.Header{"Location": {location}}}
	if made {
		response.header["Content-Type"] = []string{jsonType}
		response.body = []byte(`{"@odata.context":` + directory.Quote(c.context("microsoft.graph.passwordResetResponse")) + `,"newPassword":` + directory.Quote(password) + `}`)
	}
	return response, nil
}

// forcedChange is the password profile after a reset.
const forcedChange = `{"forceChangePasswordNextSignIn":true,"forceChangePasswordNextSignInWithMfa":false,"password":null}`

// resetTo returns the password that the body asks for, or one made up.
func (c *call) resetTo(u *directory.Object) (password string, made bool, err error) {
	raw, err := c.rawBody()
	if err != nil {
		return "", false, err
	}
	if len(raw) > 0 {
		members, err := c.members(raw)
		if err != nil {
			return "", false, err
		}
		for name := range members {
			if name != "newPassword" {
				return "", false, methodBadRequest("The parameter '%s' does not exist.", name)
			}
		}
		password = directory.Unquote(string(members["newPassword"]))
	}
	if password == "" {
		return newPassword(), true, nil
	}
	return password, false, strongPassword(password, u.Text("userPrincipalName"))
}

// newPassword makes a password that the policy takes.
func newPassword() string {
	var b [10]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return "Aa1!" + strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
}

func newOperation(at time.Time) *directory.Object {
	t := operationType()
	return directory.NewObject(t, directory.NewID(),
		directory.Pair{Property: t.Must("createdDateTime"), Raw: stampNow(at)},
		directory.Pair{Property: t.Must("lastActionDateTime"), Raw: stampNow(at)},
		directory.Pair{Property: t.Must("status"), Raw: `"notStarted"`})
}

// nextStatus is how an operation goes on from one time it is asked for to the next.
var nextStatus = map[string]string{"": "notStarted", "notStarted": "running", "running": "succeeded", "succeeded": "succeeded"}

// getOperation is https://learn.microsoft.com/graph/api/longrunningoperation-get. An
// operation is one state further each time somebody asks.
func getOperation(c *call) (reply, error) {
	u, err := c.methodOwner()
	if err != nil {
		return reply{}, err
	}
	id := c.vars["longRunningOperation-id"]
	var operation *directory.Object
	err = c.update(func(tx *directory.Tx) error {
		operation = tx.Owned(u.ID, operationType().Name, id)
		if operation == nil {
			return resourceNotFound("An operation with identifier " + id + " was not found.")
		}
		if next := nextStatus[operation.Text("status")]; next != operation.Text("status") {
			tx.Own(u.ID, operation.With(
				directory.Pair{Property: operationType().Must("status"), Raw: directory.Quote(next)},
				directory.Pair{Property: operationType().Must("lastActionDateTime"), Raw: stampNow(tx.Now())}))
		}
		return nil
	})
	if err != nil {
		return reply{}, err
	}
	return c.one(operation, "users('"+u.ID+"')/authentication/operations", false)
}
