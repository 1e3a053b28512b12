// Package pack writes the content pack of the integration: the folder that the
// platform's SDK works on, or the archive that the platform takes. Everything in it
// comes from integration.yml, the sentences of this package and one picture.
package pack

import (
	"archive/zip"
	"bytes"
	_ "embed"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"

	"msgraph-user/internal/definition"
	"msgraph-user/internal/supply"
)

//go:generate go run ../../tools/packimage

// picture is what the platform shows beside the integration's name.
//
//go:embed image.png
var picture []byte

// Version is the pack's, as the platform compares them: the program's. It has a
// file of release notes of that name.
const Version = supply.Version

// Name is the name of the pack in a path.
const Name = "EntraIDUsers"

// The names that the SDK derives paths from.
const (
	packName        = Name
	integrationName = "MicrosoftGraphUser"
	integrationDir  = "Integrations/" + integrationName + "/" + integrationName
	playbookFile    = "TestPlaybooks/playbook-" + packName + "_Test.yml"
	containFile     = "Playbooks/playbook-" + packName + "_Contain"
)

// content is what both forms of the pack are made from.
type content struct {
	document    document
	integration *definition.Integration
	placement   placement
}

func read(yml []byte) (content, error) {
	integration, err := definition.ParseYAML(yml)
	if err != nil {
		return content{}, err
	}
	document, err := parseDocument(yml)
	if err != nil {
		return content{}, err
	}
	c := content{document: document, integration: integration}
	err = document.root.Decode(&c.placement)
	return c, err
}

// Folder returns the files of the pack by their path in it, in the form that
// demisto-sdk validates, formats and uploads: the integration is split into its
// definition, its script, its help text and its picture. yml is integration.yml.
// https://xsoar.pan.dev/docs/packs/packs-format
func Folder(yml []byte) (map[string][]byte, error) {
	c, err := read(yml)
	if err != nil {
		return nil, err
	}
	files, err := c.common()
	if err != nil {
		return nil, err
	}
	script, help, rest, err := c.document.split()
	if err != nil {
		return nil, err
	}
	readme := "Integrations/" + integrationName + "/README.md"
	maps.Copy(files, map[string][]byte{
		".pack-ignore":                     []byte(packIgnore),
		".secrets-ignore":                  []byte(secretsIgnore),
		integrationDir + ".yml":            rest,
		integrationDir + ".py":             []byte(script),
		integrationDir + "_description.md": []byte(help),
		integrationDir + "_image.png":      picture,
		readme:                             []byte(commandReference(c.integration)),
		containFile + "_README.md":         []byte(containReadme),
	})
	return files, nil
}

// Archive returns the pack as a ZIP file that the platform takes: the integration
// in one file, with its script, its help text and its picture. yml is
// integration.yml. Two archives of the same pack are the same bytes.
func Archive(yml []byte) ([]byte, error) {
	c, err := read(yml)
	if err != nil {
		return nil, err
	}
	files, err := c.common()
	if err != nil {
		return nil, err
	}
	unified, err := c.document.unify(picture)
	if err != nil {
		return nil, err
	}
	installed, err := encodeMetadata(installedMetadata{Name, minVersion, c.metadata()})
	if err != nil {
		return nil, err
	}
	maps.Copy(files, map[string][]byte{
		"metadata.json": installed,
		"Integrations/integration-" + integrationName + ".yml": unified,
	})
	return zipped(files)
}

// common returns the files that both forms have.
func (c content) common() (map[string][]byte, error) {
	metadata, err := encodeMetadata(c.metadata())
	if err != nil {
		return nil, err
	}
	playbook, err := testPlaybook(c.integration.Name)
	if err != nil {
		return nil, err
	}
	contain, err := containPlaybook(c.integration.Name)
	if err != nil {
		return nil, err
	}
	return map[string][]byte{
		playbookFile:         playbook,
		containFile + ".yml": contain,
		"pack_metadata.json": metadata,
		"README.md":          []byte(packReadme),
		"ReleaseNotes/" + strings.ReplaceAll(Version, ".", "_") + ".md": []byte(fmt.Sprintf(releaseNotes, c.integration.Display)),
	}, nil
}

// zipped packs files in the order of their names, without a time.
func zipped(files map[string][]byte) ([]byte, error) {
	var archive bytes.Buffer
	writer := zip.NewWriter(&archive)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		file, err := writer.Create(name)
		if err != nil {
			return nil, err
		}
		if _, err := file.Write(files[name]); err != nil {
			return nil, err
		}
	}
	err := writer.Close()
	return archive.Bytes(), err
}

// dataURL is the picture as the platform wants it inside the integration.
func dataURL(png []byte) string {
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(png)
}
