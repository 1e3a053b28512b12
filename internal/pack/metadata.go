package pack

import (
	"encoding/json"

	"msgraph-user/internal/definition"
)

// minVersion is the oldest platform that the pack works on.
const minVersion = "6.0.0"

// metadata describes the pack to the SDK.
// https://xsoar.pan.dev/docs/documentation/pack-docs
type metadata struct {
	Name           string   `json:"name"`
	Description    string   `json:"description"`
	Support        string   `json:"support"`
	CurrentVersion string   `json:"currentVersion"`
	Author         string   `json:"author"`
	URL            string   `json:"url"`
	Email          string   `json:"email"`
	Created        string   `json:"created"`
	Categories     []string `json:"categories"`
	Tags           []string `json:"tags"`
	UseCases       []string `json:"useCases"`
	Keywords       []string `json:"keywords"`
	Marketplaces   []string `json:"marketplaces"`
}

// installedMetadata describes the pack to the platform, which also wants to know
// what the SDK takes from the folder's name and the files' versions.
type installedMetadata struct {
	ID               string `json:"id"`
	ServerMinVersion string `json:"serverMinVersion"`
	metadata
}

func packMetadata(integration *definition.Integration) metadata {
	return metadata{
		Name:           integration.Display,
		Description:    integration.Description,
		Support:        "community",
		CurrentVersion: Version,
		Author:         "msgraph-user",
		Created:        "2026-11-24T00:00:00Z",
		Categories:     []string{"Identity and Access Management"},
		Tags:           []string{},
		UseCases:       []string{"Identity And Access Management"},
		Keywords:       []string{"Azure AD", "Entra ID", "Microsoft Graph", "User"},
		Marketplaces:   []string{"xsoar", "marketplacev2"},
	}
}

func encodeMetadata(v any) ([]byte, error) {
	text, err := json.MarshalIndent(v, "", "    ")
	return append(text, '\n'), err
}
