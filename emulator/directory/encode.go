package directory

import (
	"bytes"
	"encoding/json"
)

// Encode writes the seed as JSON with an object a line, so that two of them compare
// well.
func (seed *Seed) Encode() ([]byte, error) {
	var out bytes.Buffer
	tenant, err := json.Marshal(seed.Tenant)
	if err != nil {
		return nil, err
	}
	out.WriteString("{\n \"tenant\": ")
	out.Write(tenant)
	for _, part := range []struct {
		name    string
		records []Record
	}{
		{"users", seed.Users}, {"groups", seed.Groups}, {"directoryRoles", seed.DirectoryRoles},
		{"devices", seed.Devices}, {"servicePrincipals", seed.ServicePrincipals},
	} {
		out.WriteString(",\n \"" + part.name + "\": [")
		for i, record := range part.records {
			line, err := json.Marshal(record)
			if err != nil {
				return nil, err
			}
			if i > 0 {
				out.WriteByte(',')
			}
			out.WriteString("\n  ")
			out.Write(line)
		}
		out.WriteString("\n ]")
	}
	out.WriteString("\n}\n")
	return out.Bytes(), nil
}
