package investigation

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"msgraph-user/internal/rawjson"
)

// hidesWords are what mail is about that an attacker does not want the user to see.
var hidesWords = []string{"invoice", "payment", "wire", "bank", "iban", "payroll", "password", "security", "phish", "hack", "suspicious", "virus", "malware",
	"mfa", "authenticat", "verification", "sign-in", "signin", "login", "fraud", "helpdesk", "help desk", "it support", "alert"}

// inboxRules judges the rules of the inbox, which have no date.
func (j *judge) inboxRules() {
	for _, rule := range j.source(InboxRules).Items {
		for _, found := range []Finding{j.forwards(rule), j.hides(rule)} {
			if found.Rule == "" {
				continue
			}
			found.Source, found.IDs = InboxRules, []string{rule.Text("id")}
			if !isOn(rule, "isEnabled") {
				found.Suspicious = false
				found.Evidence = joined(" ", found.Evidence, "The rule is switched off.")
			}
			j.add(found)
		}
	}
}

// forwards judges a rule that sends mail on.
func (j *judge) forwards(rule rawjson.Object) Finding {
	actions := part(rule, "actions")
	var to, outside []string
	for _, action := range []string{"forwardTo", "forwardAsAttachmentTo", "redirectTo"} {
		for _, recipient := range parts(actions, action) {
			address := part(recipient, "emailAddress").Text("address")
			if address == "" {
				address = part(recipient, "emailAddress").Text("name")
			}
			to = append(to, address)
			if !slices.Contains(j.domains(), domain(address)) {
				outside = append(outside, address)
			}
		}
	}
	if len(to) == 0 {
		return Finding{}
	}
	f := Finding{Rule: "rule-forwards", What: fmt.Sprintf("Inbox rule %q sends mail to %s", rule.Text("displayName"), strings.Join(to, ", ")), Evidence: "The address is of the user's own domains."}
	if len(outside) > 0 {
		f.Suspicious, f.Evidence = true, "Outside of the user's domains: "+strings.Join(outside, ", ")+"."
	}
	return f
}

// domains are those of the user's own addresses.
func (j *judge) domains() []string {
	domains := []string{domain(j.User.Text("userPrincipalName")), domain(j.User.Text("mail"))}
	for _, address := range rawjson.Texts(j.User.Get("proxyAddresses")) {
		domains = append(domains, domain(address))
	}
	return slices.DeleteFunc(domains, func(d string) bool { return d == "" })
}

func domain(address string) string {
	_, after, _ := strings.Cut(address, "@")
	return strings.ToLower(strings.TrimSpace(after))
}

// hides judges a rule that keeps mail from the user's eyes: it deletes, or moves what it
// marks as read. What it hides tells a filter for newsletters from an attacker's.
func (j *judge) hides(rule rawjson.Object) Finding {
	actions, conditions := part(rule, "actions"), part(rule, "conditions")
	how := ""
	switch {
	case isOn(actions, "permanentDelete"), isOn(actions, "delete"):
		how = "deletes"
	case isOn(actions, "markAsRead") && actions.Text("moveToFolder") != "":
		how = "marks as read and moves away"
	default:
		return Finding{}
	}
	name := rule.Text("displayName")
	f := Finding{Rule: "rule-hides", What: fmt.Sprintf("Inbox rule %q %s mail", name, how)}
	words := conditionWords(conditions)
	switch {
	case len(words) == 0 && !narrows(conditions):
		f.Suspicious, f.Evidence = true, "It has no condition: it takes every message."
	case matching(words) != "":
		f.Suspicious, f.Evidence = true, "It looks for "+matching(words)+"."
	case strings.IndexFunc(name, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) < 0:
		f.Suspicious, f.Evidence = true, "Its name has neither a letter nor a digit."
	case how != "deletes" && isOn(actions, "stopProcessingRules"):
		f.Suspicious, f.Evidence = true, "It also ends the processing of rules. It looks for "+strings.Join(words, ", ")+"."
	default:
		f.Evidence = joined(" ", "It looks for", strings.Join(words, ", ")) + "."
	}
	return f
}

// conditionWords are the texts and addresses that a rule looks for.
func conditionWords(conditions rawjson.Object) []string {
	var words []string
	for _, condition := range conditions {
		words = append(words, rawjson.Texts(condition.Value)...)
		for _, recipient := range parts(conditions, condition.Name) {
			if address := part(recipient, "emailAddress").Text("address"); address != "" {
				words = append(words, address)
			}
		}
	}
	return words
}

// narrows reports whether a condition other than words is set.
func narrows(conditions rawjson.Object) bool {
	for _, condition := range conditions {
		if value := string(condition.Value); value != "null" && value != "false" && value != "[]" && value != "{}" {
			return true
		}
	}
	return false
}

// matching returns the first of words that an attacker's rule looks for.
func matching(words []string) string {
	for _, word := range words {
		for _, hidden := range hidesWords {
			if strings.Contains(strings.ToLower(word), hidden) {
				return word
			}
		}
	}
	return ""
}
