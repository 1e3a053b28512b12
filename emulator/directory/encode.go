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
	type part struct {
		name    string
		records []Record
	}
	parts := []part{
		{"users", seed.Users}, {"groups", seed.Groups}, {"directoryRoles", seed.DirectoryRoles},
		{"devices", seed.Devices}, {"servicePrincipals", seed.ServicePrincipals},
	}
	for _, kind := range findable {
		if kind.part != "" {
			parts = append(parts, part{kind.part, seed.Belongings[kind.part]})
		}
	}
	for _, part := range append(parts, part{"directoryAudits", seed.DirectoryAudits}) {
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
