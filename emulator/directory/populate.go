package directory

import (
	"fmt"
	"strconv"
	"time"

	"msgraph-user/emulator/schema"
)

// The words that made-up people are made of.
var (
	givenNames  = []string{"Ada", "Ben", "Chloe", "Daniel", "Elif", "Felix", "Grace", "Hugo", "Ines", "Jonas", "Kira", "Liam", "Mona", "Noah", "Olga", "Pablo", "Quinn", "Rosa", "Samir", "Tara", "Uwe", "Vera", "Will", "Xenia", "Yusuf", "Zora"}
	surnames    = []string{"Abbott", "Baker", "Costa", "Dunn", "Ekberg", "Fischer", "Garcia", "Hansen", "Ito", "Jensen", "Kaya", "Lopez", "Meyer", "Novak", "Okafor", "Petrov", "Quist", "Rossi", "Silva", "Tanaka", "Ueda", "Vogel", "Walsh", "Xu", "Young", "Zeller"}
	departments = []string{"Sales", "Engineering", "Finance", "Operations", "Marketing", "Legal", "Support", "Research"}
	jobTitles   = []string{"Specialist", "Analyst", "Engineer", "Coordinator", "Consultant", "Associate"}
	cities      = []string{"Seattle", "London", "Berlin", "Haifa", "Osaka", "Madrid"}
)

// populate adds n made-up users of domain, the same ones each time. Every
// hundredth is disabled, and each hundred have their first as manager.
func (p *seedGenerator) populate(n int, domain string) {
	t := schema.MustLookup("user")
	property := func(name string) *schema.Property { return t.Must(name) }
	id, upn, nickname, mail := property("id"), property("userPrincipalName"), property("mailNickname"), property("mail")
	displayName, given, surname := property("displayName"), property("givenName"), property("surname")
	department, jobTitle, city := property("department"), property("jobTitle"), property("city")
	enabled, userType := property("accountEnabled"), property("userType")
	created := property("createdDateTime")
	createdAt := Quote(p.at.Add(-24 * time.Hour).Truncate(time.Second).Format(time.RFC3339))
	quoted := func(words []string) []string {
		out := make([]string, len(words))
		for i, word := range words {
			out[i] = Quote(word)
		}
		return out
	}
	givens, lasts, units := quoted(givenNames), quoted(surnames), quoted(departments)
	titles, towns := quoted(jobTitles), quoted(cities)
	lead := ""
	for i := range n {
		g, s := i%len(givenNames), i/len(givenNames)%len(surnames)
		nick := "user" + strconv.Itoa(i+1)
		address := `"` + nick + "@" + domain + `"`
		o := &Object{Type: t, ID: fmt.Sprintf("00000000-0000-4000-8000-%012x", i+1)}
		o.values = make([]value, 0, 13)
		for _, pair := range []Pair{
			{enabled, strconv.FormatBool(i%100 != 99)}, {city, towns[i%len(towns)]}, {created, createdAt},
			{department, units[i%len(units)]},
			{displayName, `"` + givenNames[g] + " " + surnames[s] + " " + strconv.Itoa(i+1) + `"`},
			{given, givens[g]}, {id, `"` + o.ID + `"`}, {jobTitle, titles[i%len(titles)]}, {mail, address},
			{nickname, `"` + nick + `"`}, {surname, lasts[s]}, {upn, address}, {userType, `"Member"`},
		} {
			o.set(pair.Property.Index, pair.Raw)
		}
		p.state.put(o, p.at)
		if i%100 == 0 {
			lead = o.ID
			continue
		}
		p.state.link(Manager, o.ID, lead)
	}
}
