package pack

import "encoding/json"

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
	Modules        []string `json:"supportedModules"` // of the Cortex platform
}

// placement is what integration.yml says about where the pack is offered.
type placement struct {
	Category     string   `yaml:"category"`
	Marketplaces []string `yaml:"marketplaces"`
	Modules      []string `yaml:"supportedModules"`
}

// installedMetadata describes the pack to the platform, which also wants to know
// what the SDK takes from the folder's name and the files' versions.
type installedMetadata struct {
	ID               string `json:"id"`
	ServerMinVersion string `json:"serverMinVersion"`
	metadata
}

// metadata describes the pack. Its category, marketplaces and modules are those of
// the integration.
func (c content) metadata() metadata {
	return metadata{
		Name:           c.integration.Display,
		Description:    c.integration.Description,
		Support:        "community",
		CurrentVersion: Version,
		Author:         "msgraph-user",
		Created:        "2026-11-24T00:00:00Z",
		Categories:     []string{c.placement.Category},
		Tags:           []string{},
		UseCases:       []string{"Identity And Access Management"},
		Keywords:       []string{"Azure AD", "Entra ID", "Microsoft Graph", "User"},
		Marketplaces:   c.placement.Marketplaces,
		Modules:        c.placement.Modules,
	}
}

func encodeMetadata(v any) ([]byte, error) {
	text, err := json.MarshalIndent(v, "", "    ")
	return append(text, '\n'), err
}
