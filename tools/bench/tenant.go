package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"runtime"
	"time"

	"msgraph-user/emulator"
)

// tenantSize is how many users the large practice tenant has.
const tenantSize = 100_000

// measureTenant makes a large tenant and reads all of it, page by page, on one
// core.
func measureTenant() ([]row, error) {
	began := time.Now()
	tenant, err := emulator.New(emulator.Options{Users: tenantSize, InProcess: true})
	if err != nil {
		return nil, err
	}
	defer tenant.Close()
	made := time.Since(began)
	var memory runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&memory)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	began = time.Now()
	read, err := readAll(&http.Client{Transport: tenant.Transport()})
	if err != nil {
		return nil, err
	}
	return []row{
		told(fmt.Sprintf("a practice tenant of %d users, made", tenantSize), shown(made)),
		told("its memory", fmt.Sprintf("%.0f MB", float64(memory.HeapAlloc)/1e6)),
		told("read in pages of 999, on one core", fmt.Sprintf("%.0f users a second", float64(read)/time.Since(began).Seconds())),
	}, nil
}

// readAll reads all users as a client does, and returns how many there are.
func readAll(client *http.Client) (int, error) {
	var token struct {
		AccessToken string `json:"access_token"`
	}
	response, err := client.PostForm("https://login.microsoftonline.com/"+emulator.ReadyTenant+"/oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "scope": {"https://graph.microsoft.com/.default"},
		"client_id": {emulator.ReadyApplication}, "client_secret": {emulator.ReadySecret},
	})
	if err != nil {
		return 0, err
	}
	if err := decode(response, &token); err != nil {
		return 0, err
	}
	total := 0
	for next := "https://graph.microsoft.com/v1.0/users?$top=999"; next != ""; {
		request, err := http.NewRequest(http.MethodGet, next, nil)
		if err != nil {
			return 0, err
		}
		request.Header.Set("Authorization", "Bearer "+token.AccessToken)
		if response, err = client.Do(request); err != nil {
			return 0, err
		}
		var page struct {
			Value []json.RawMessage `json:"value"`
			Next  string            `json:"@odata.nextLink"`
		}
		if err := decode(response, &page); err != nil {
			return 0, err
		}
		total, next = total+len(page.Value), page.Next
	}
	return total, nil
}

func decode(response *http.Response, into any) error {
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", response.Request.URL.Path, response.Status)
	}
	return json.NewDecoder(response.Body).Decode(into)
}
