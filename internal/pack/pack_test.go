package pack

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"msgraph-user/internal/definition"
	"msgraph-user/internal/graphtest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func folder(t *testing.T, yml []byte) map[string][]byte {
	t.Helper()
	files, err := Folder(yml)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// archived returns the files of the archive.
func archived(t *testing.T, yml []byte) map[string][]byte {
	t.Helper()
	archive, err := Archive(yml)
	if err != nil {
		t.Fatal(err)
	}
	reader, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, file := range reader.File {
		opened, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[file.Name], err = io.ReadAll(opened); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func TestFolderHoldsWhatTheSDKExpects(t *testing.T) {
	want := []string{
		".pack-ignore", ".secrets-ignore",
		"Integrations/MicrosoftGraphUser/MicrosoftGraphUser.py",
		"Integrations/MicrosoftGraphUser/MicrosoftGraphUser.yml",
		"Integrations/MicrosoftGraphUser/MicrosoftGraphUser_description.md",
		"Integrations/MicrosoftGraphUser/MicrosoftGraphUser_image.png",
		"Integrations/MicrosoftGraphUser/README.md",
		"Playbooks/playbook-EntraIDUsers_Contain.yml", "Playbooks/playbook-EntraIDUsers_Contain_README.md",
		"README.md", "ReleaseNotes/1_1_0.md",
		"TestPlaybooks/playbook-EntraIDUsers_Test.yml",
		"pack_metadata.json",
	}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(folder(t, graphtest.IntegrationYML(t))))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestArchiveHoldsWhatThePlatformTakes(t *testing.T) {
	want := []string{
		"Integrations/integration-MicrosoftGraphUser.yml", "Playbooks/playbook-EntraIDUsers_Contain.yml", "README.md", "ReleaseNotes/1_1_0.md",
		"TestPlaybooks/playbook-EntraIDUsers_Test.yml", "metadata.json", "pack_metadata.json",
	}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(archived(t, graphtest.IntegrationYML(t))))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestArchiveIsTheSameBytesEachTime(t *testing.T) {
	first, err := Archive(graphtest.IntegrationYML(t))
	if err != nil {
		t.Fatal(err)
	}
	second, err := Archive(graphtest.IntegrationYML(t))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Error("two archives of one pack differ")
	}
}

// What the integration was split into is what integration.yml holds, and the
// archive holds it in one piece.
func TestBothFormsSayWhatIntegrationYMLSays(t *testing.T) {
	yml := graphtest.IntegrationYML(t)
	var whole map[string]any
	unmarshal(t, yml, &whole)

	split := folder(t, yml)
	var rest map[string]any
	unmarshal(t, split[integrationDir+".yml"], &rest)
	script := rest["script"].(map[string]any)
	if script["script"] != "-" || rest["detaileddescription"] != nil {
		t.Errorf("the split definition has the script %q and the help %v", script["script"], rest["detaileddescription"])
	}
	script["script"] = string(split[integrationDir+".py"])
	rest["detaileddescription"] = string(split[integrationDir+"_description.md"])
	if diff := cmp.Diff(whole, rest); diff != "" {
		t.Errorf("the folder (-integration.yml +folder)\n%s", diff)
	}

	var unified map[string]any
	unmarshal(t, archived(t, yml)["Integrations/integration-MicrosoftGraphUser.yml"], &unified)
	if image, _ := unified["image"].(string); !strings.HasPrefix(image, "data:image/png;base64,iVBOR") {
		t.Errorf("the picture is %.40q", image)
	}
	delete(unified, "image")
	if diff := cmp.Diff(whole, unified); diff != "" {
		t.Errorf("the archive (-integration.yml +archive)\n%s", diff)
	}
}

func unmarshal(t *testing.T, text []byte, into any) {
	t.Helper()
	if err := yaml.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

func TestReadmeNamesEveryCommandArgumentAndPath(t *testing.T) {
	yml := graphtest.IntegrationYML(t)
	integration, err := definition.ParseYAML(yml)
	if err != nil {
		t.Fatal(err)
	}
	readme := string(folder(t, yml)["Integrations/MicrosoftGraphUser/README.md"])
	for _, command := range integration.Commands {
		_, section, found := strings.Cut(readme, "\n### "+command.Name+"\n")
		if found == command.Hidden {
			t.Errorf("there is a section %s: %v", command.Name, found)
		}
		if !found {
			continue
		}
		section, _, _ = strings.Cut(section, "\n### ")
		for _, argument := range command.Args {
			if named := strings.Contains(section, "\n| "+argument.Name+" | "); named == argument.Hidden {
				t.Errorf("%s: the argument %s is named: %v", command.Name, argument.Name, named)
			}
		}
		for _, output := range command.Outputs {
			if !strings.Contains(section, "\n| "+output.ContextPath+" | ") {
				t.Errorf("%s: the path %s is missing", command.Name, output.ContextPath)
			}
		}
	}
}

func TestReleaseNotesAreThoseOfTheVersion(t *testing.T) {
	files := folder(t, graphtest.IntegrationYML(t))
	var metadata struct{ Name, CurrentVersion string }
	if err := json.Unmarshal(files["pack_metadata.json"], &metadata); err != nil {
		t.Fatal(err)
	}
	notes := string(files["ReleaseNotes/"+strings.ReplaceAll(metadata.CurrentVersion, ".", "_")+".md"])
	if !strings.Contains(notes, "##### "+metadata.Name+"\n") {
		t.Errorf("the notes of %s are %q", metadata.CurrentVersion, notes)
	}
}

// The playbook's tasks lead from the first to the last, and its commands are given
// arguments that they have.
func TestPlaybookHangsTogether(t *testing.T) {
	for _, file := range []string{playbookFile, containFile + ".yml"} {
		t.Run(file, func(t *testing.T) { checkPlaybook(t, file) })
	}
}

func checkPlaybook(t *testing.T, file string) {
	yml := graphtest.IntegrationYML(t)
	integration, err := definition.ParseYAML(yml)
	if err != nil {
		t.Fatal(err)
	}
	var book playbook
	unmarshal(t, folder(t, yml)[file], &book)
	ids := map[string]bool{}
	for id, task := range book.Tasks {
		if task.ID != id || ids[task.TaskID] {
			t.Errorf("task %s is called %s, %s", id, task.ID, task.TaskID)
		}
		ids[task.TaskID] = true
		for _, next := range task.NextTasks {
			if _, found := book.Tasks[next[0]]; !found {
				t.Errorf("task %s leads to %s, which does not exist", id, next[0])
			}
		}
		if name, ok := strings.CutPrefix(task.Task.Script, integration.Name+"|||"); ok {
			checkCall(t, integration, name, task.ScriptArguments)
		}
	}
	end := "0"
	for range book.Tasks {
		for _, branch := range []string{"yes", takeBack, "#none#"} {
			if next := book.Tasks[end].NextTasks[branch]; next != nil {
				end = next[0]
				break
			}
		}
	}
	if book.Tasks[end].Task.Name != "Done" {
		t.Errorf("the way ends at task %s, %q", end, book.Tasks[end].Task.Name)
	}
}

// inputs fills the inputs of a playbook in; Since may be empty.
var inputs = strings.NewReplacer("${inputs.User}", "adele@contoso.com", "${inputs.Since}", "")

func checkCall(t *testing.T, integration *definition.Integration, name string, arguments map[string]argument) {
	t.Helper()
	command, found := integration.Command(name)
	if !found {
		t.Errorf("there is no command %s", name)
		return
	}
	given := map[string]any{}
	for argument, value := range arguments {
		given[argument] = inputs.Replace(value.Simple)
	}
	if _, err := command.Arguments(given); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

// The texts that people read are kept beside the tests, so that a change shows.
func TestGoldenFiles(t *testing.T) {
	files := folder(t, graphtest.IntegrationYML(t))
	for _, name := range []string{"pack_metadata.json", "README.md", "ReleaseNotes/1_1_0.md", playbookFile, containFile + ".yml"} {
		golden := filepath.Join("testdata", filepath.Base(name))
		if *update {
			if err := os.WriteFile(golden, files[name], 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(files[name])); diff != "" {
			t.Errorf("%s (-golden +got; go test ./internal/pack -update rewrites it)\n%s", name, diff)
		}
	}
}

func TestDefinitionsThatCannotBePacked(t *testing.T) {
	for name, yml := range map[string]string{
		"no YAML":      "\t",
		"no mapping":   "- name: x\n",
		"no script":    "name: x\ndetaileddescription: help\n",
		"no help text": "name: x\nscript:\n  script: pass\n",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Folder([]byte(yml)); err == nil {
				t.Error("no error")
			}
		})
	}
}
