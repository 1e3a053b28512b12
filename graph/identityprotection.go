package graph

import (
	"net/http"
	"time"
)

// RiskyUsersLimit is how many users one request may confirm or dismiss
// (https://learn.microsoft.com/graph/api/riskyuser-dismiss).
const RiskyUsersLimit = 60

// ListRiskyUsers reads the users whose risk Identity Protection knows, in pages of
// the greatest size.
//
//	GET /identityProtection/riskyUsers
//
// https://learn.microsoft.com/graph/api/riskyuser-list
func ListRiskyUsers() Request {
	return ListOptions{Select: "id,riskState,riskLevel,riskDetail,isProcessing", Top: "500"}.apply(read("/identityProtection/riskyUsers"))
}

// GetRiskyUser reads the risk of a user; 404 where none was ever seen. user is an
// object id.
//
//	GET /identityProtection/riskyUsers/{user}
//
// https://learn.microsoft.com/graph/api/riskyuser-get
func GetRiskyUser(user string) Request { return read("/identityProtection/riskyUsers/{user}", user) }

// ListRiskDetections reads the risk detections of a user from since on; the zero
// time reads all that is kept. user is an object id.
//
//	GET /identityProtection/riskDetections
//
// https://learn.microsoft.com/graph/api/riskdetection-list
func ListRiskDetections(user string, since time.Time, top string) Request {
	return ListOptions{Filter: from("detectedDateTime", since, "userId eq "+quoted(user)), Top: top}.apply(read("/identityProtection/riskDetections"))
}

// ConfirmCompromised sets the risk of users, at most RiskyUsersLimit object ids, to
// high.
//
//	POST /identityProtection/riskyUsers/confirmCompromised
//
// https://learn.microsoft.com/graph/api/riskyuser-confirmcompromised
func ConfirmCompromised(users []string) Request { return riskyUsers("confirmCompromised", users) }

// DismissRisk sets the risk of users, at most RiskyUsersLimit object ids, to none.
//
//	POST /identityProtection/riskyUsers/dismiss
//
// https://learn.microsoft.com/graph/api/riskyuser-dismiss
func DismissRisk(users []string) Request { return riskyUsers("dismiss", users) }

func riskyUsers(action string, users []string) Request {
	return request(http.MethodPost, "/identityProtection/riskyUsers/"+action).withBody(map[string][]string{"userIds": users})
}
