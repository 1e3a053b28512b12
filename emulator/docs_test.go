package emulator_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"msgraph-user/emulator"
	"msgraph-user/emulator/company"
)

// Each row of the parity table says how it is, names Microsoft's page, and names
// tests that exist.
func TestTheParityTableNamesTestsThatExist(t *testing.T) {
	raw, err := os.ReadFile("../docs/emulator.md")
	if err != nil {
		t.Fatal(err)
	}
	_, parity, _ := strings.Cut(string(raw), "## Parity")
	parity, _, _ = strings.Cut(parity, "## Figures")
	tests := testNames(t)
	rows := 0
	for line := range strings.Lines(parity) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 6 || strings.HasPrefix(cells[1], "---") || strings.TrimSpace(cells[1]) == "what" {
			continue
		}
		rows++
		if strings.TrimSpace(cells[2]) == "" || strings.TrimSpace(cells[3]) == "" {
			t.Errorf("a cell is empty: %s", line)
		}
		named := regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9]+)`").FindAllStringSubmatch(cells[4], -1)
		if len(named) == 0 {
			t.Errorf("no test is named: %s", line)
		}
		for _, name := range named {
			if !tests[name[1]] {
				t.Errorf("there is no test %s", name[1])
			}
		}
	}
	if rows < 40 {
		t.Errorf("%d rows", rows)
	}
}

func testNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "node_modules") {
			return fs.SkipDir
		}
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, name := range declared.FindAllSubmatch(source, -1) {
			names[string(name[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// The sample company is read without checks, so it is checked here: loaded as
// anybody's seed, it makes the same tenant.
func TestTheSampleCompanyIsGood(t *testing.T) {
	trusted, err := start(t, emulator.Options{}).Export()
	if err != nil {
		t.Fatal(err)
	}
	checked, err := start(t, emulator.Options{Seed: company.Seed()}).Export()
	if err != nil {
		t.Fatal(err)
	}
	if string(trusted) != string(checked) {
		t.Error("the company differs when it is checked")
	}
}

// Not everybody in the sample signs in: some have not for long, some never did.
func TestTheDocumentedSignIns(t *testing.T) {
	x := start(t, emulator.Options{})
	longAgo := x.now.AddDate(0, -3, 0).Format(time.RFC3339)
	got := map[string]int{}
	for _, user := range x.want(x.get("/v1.0/users?$top=999&$select=accountEnabled,assignedLicenses,signInActivity"), 200).value() {
		activity, signedIn := user["signInActivity"].(map[string]any)
		last, byPerson := activity["lastSignInDateTime"].(string)
		licences, _ := user["assignedLicenses"].([]any)
		switch {
		case !signedIn && len(licences) > 0:
			got["never, with a licence"]++
			fallthrough
		case !signedIn:
			got["never"]++
		case !byPerson:
			got["without a person"]++
		case last < longAgo:
			got["long ago"]++
			if user["accountEnabled"] == false {
				got["long ago, disabled"]++
			}
		}
	}
	want := map[string]int{"never": 4, "never, with a licence": 2, "without a person": 1, "long ago": 12, "long ago, disabled": 3}
	if !maps.Equal(got, want) {
		t.Errorf("%v, the page says %v", got, want)
	}
}

// What the page says is in the sample company is there.
func TestTheDocumentedCompany(t *testing.T) {
	x := start(t, emulator.Options{})
	for path, want := range map[string]string{
		"/v1.0/users/$count":                                                    "62",
		"/v1.0/users/$count?$filter=userType eq 'Guest'":                        "4",
		"/v1.0/users/$count?$filter=onPremisesSyncEnabled eq true":              "10",
		"/v1.0/users/$count?$filter=startsWith(userPrincipalName,'breakglass')": "2",
	} {
		if a := x.want(x.get(path, "ConsistencyLevel", "eventual"), 200); a.text != want {
			t.Errorf("%s: %s, the page says %s", path, a.text, want)
		}
	}
	for path, want := range map[string]int{"/v1.0/groups": 18, "/v1.0/directoryRoles": 11, "/v1.0/devices": 20} {
		if got := len(x.want(x.get(path), 200).value()); got != want {
			t.Errorf("%s: %d, the page says %d", path, got, want)
		}
	}
	for id, secret := range map[string]string{"33333333-3333-3333-3333-333333333333": "too-little-secret", "44444444-4444-4444-4444-444444444444": "over-all-secret"} {
		x.signIn(id, secret)
	}
}
