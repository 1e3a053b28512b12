package admin

import "msgraph-user/emulator/directory"

func (c *Controls) showLicense() any {
	license := c.parts.Store.Tenant().License
	if license == "" {
		license = directory.P2
	}
	return map[string]any{"license": license}
}

// setLicense takes {"license":"free"}, or P1 or P2: what the tenant has of Microsoft
// Entra ID from now on.
func (c *Controls) setLicense(body []byte) (any, error) {
	var set struct {
		License string `json:"license"`
	}
	if err := read(body, &set); err != nil {
		return nil, err
	}
	license, err := directory.ParseLicense(set.License)
	if err != nil {
		return nil, err
	}
	return map[string]any{"license": license}, c.parts.Store.SetLicense(license)
}
