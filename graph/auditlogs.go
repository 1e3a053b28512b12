package graph

import "time"

// SignIns reads the sign-ins of a user, the newest first, from since on; the zero
// time reads all that is kept. user is an object id.
//
//	GET /auditLogs/signIns
//
// https://learn.microsoft.com/graph/api/signin-list
func SignIns(user string, since time.Time, top string) Request {
	return ListOptions{Filter: from("createdDateTime", since, "userId eq "+quoted(user)), Top: top}.apply(read("/auditLogs/signIns"))
}

// AuditsBy reads the changes in the directory that a user made, the newest first.
//
//	GET /auditLogs/directoryAudits
//
// https://learn.microsoft.com/graph/api/directoryaudit-list
func AuditsBy(user string, since time.Time, top string) Request {
	return audits("initiatedBy/user/id eq "+quoted(user), since, top)
}

// AuditsAbout reads the changes in the directory that were made to a user.
//
//	GET /auditLogs/directoryAudits
//
// https://learn.microsoft.com/graph/api/directoryaudit-list
func AuditsAbout(user string, since time.Time, top string) Request {
	return audits("targetResources/any(t:t/id eq "+quoted(user)+")", since, top)
}

// AuditsSince reads all changes in the directory from since on, the newest first.
//
//	GET /auditLogs/directoryAudits
//
// https://learn.microsoft.com/graph/api/directoryaudit-list
func AuditsSince(since time.Time, top string) Request {
	return ListOptions{Filter: "activityDateTime ge " + since.UTC().Format(time.RFC3339), Top: top}.apply(read("/auditLogs/directoryAudits"))
}

func audits(filter string, since time.Time, top string) Request {
	return ListOptions{Filter: from("activityDateTime", since, filter), Top: top}.apply(read("/auditLogs/directoryAudits"))
}

// from adds to filter that property is not before since; the zero time adds nothing.
func from(property string, since time.Time, filter string) string {
	if since.IsZero() {
		return filter
	}
	return filter + " and " + property + " ge " + since.UTC().Format(time.RFC3339)
}
