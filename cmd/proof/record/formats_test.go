package record_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"example.com/roster/cmd/proof/download"
	"example.com/roster/cmd/roster/record"
)

// The record is valid by its published schema, which refuses what is not part of it.
func TestJSONIsValid(t *testing.T) {
	t.Parallel()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(record.Schema))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(record.SchemaID, document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile(record.SchemaID)
	if err != nil {
		t.Fatal(err)
	}
	text := roster(t, "describe", "--format", "json")
	validate := func(text string) error {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return schema.Validate(value)
	}
	if err := validate(text); err != nil {
		t.Error(err)
	}
	for _, lie := range []struct{ old, new string }{
		{`"reference":`, `"extra": 1, "reference":`},
		{`"reference":`, `"number":`},
		{`"kind": "http"`, `"kind": "carrier pigeon"`},
		{`"external": false`, `"external": "no"`},
		{`"endpoints": [`, `"endpoints": [null, `},
		{`"source": "owner"`, `"source": ""`},
		{`v1.schema.json`, `v2.schema.json`},
	} {
		if !strings.Contains(text, lie.old) || validate(strings.Replace(text, lie.old, lie.new, 1)) == nil {
			t.Errorf("%s instead of %s is valid", lie.new, lie.old)
		}
	}
}

// catalogJSON returns the entities of the catalog as JSON. As Backstage does, it replaces each $text by the file of that name.
func catalogJSON(t *testing.T) string {
	t.Helper()
	var entities []map[string]any
	for d := yaml.NewDecoder(strings.NewReader(roster(t, "describe", "--format", "backstage"))); ; {
		var entity map[string]any
		if err := d.Decode(&entity); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		spec := entity["spec"].(map[string]any)
		if definition, ok := spec["definition"].(map[string]any); ok {
			text, err := os.ReadFile(filepath.Join(root, "docs", "service", filepath.FromSlash(definition["$text"].(string))))
			if err != nil {
				t.Error(err)
			}
			spec["definition"] = string(text)
		}
		entities = append(entities, entity)
	}
	text, err := json.MarshalIndent(entities, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestCatalogNamesFilesThatExist(t *testing.T) {
	t.Parallel()
	if text := catalogJSON(t); !strings.Contains(text, "openapi: ") {
		t.Error("the catalog has no specification of the HTTP API")
	}
}

// Each format is valid by the validator of those who read it. Before, each validator refuses a planted fault.
func TestFormatsAreValid(t *testing.T) {
	t.Parallel()
	if os.Getenv("ROSTER_LONG") == "" {
		t.Skip("NOT RUN in the short form: npm downloads the validators; make check does it")
	}
	dir, program := installValidators(t), buildProgram(t)
	bom, err := exec.CommandContext(t.Context(), program, "describe", "--format", "cyclonedx").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		format, file, text string
		command            []string
		valid              string
		faults             []fault
	}{
		{"backstage", "catalog.json", catalogJSON(t), []string{"node", "validate.mjs", "backstage"}, "valid: ", []fault{
			{`"owner": "group`, `"owners": "group`, "must have required property 'owner'"},
			{`"apiVersion": "backstage.io/v1alpha1"`, `"apiVersion": "v1"`, "its kind or apiVersion is unknown"},
			{`"name": "`, `"name": "two words `, "two words"},
			{`"kind": "Group"`, `"kind": "Group", "team": 1`, "<root> must NOT have additional properties"},
		}},
		{"cyclonedx", "bom.json", string(bom), []string{"node", "validate.mjs", "cyclonedx"}, "valid: ", []fault{
			{`"id": "MIT"`, `"id": "Expat"`, "must be equal to one of the allowed values"},
			{`"type": "library"`, `"type": "library", "kind": 1`, "must NOT have additional properties"},
			{`"version": 1,`, `"version": 0,`, "must be >= 1"},
		}},
		{"likec4", filepath.Join("model", "model.c4"), roster(t, "describe", "--format", "likec4"),
			[]string{filepath.Join("node_modules", ".bin", "likec4"), "validate", "--no-color"}, "Valid", []fault{
				{"actor_staff -> ", "actor_unknown -> ", "Could not resolve reference"},
				{"views {", "views", "Expecting"},
			}},
	} {
		t.Run(test.format, func(t *testing.T) {
			validate := func(text string) (string, error) {
				file := filepath.Join(dir, test.file)
				if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				if test.format == "likec4" {
					file = filepath.Dir(file)
				}
				validator := exec.CommandContext(t.Context(), test.command[0], append(test.command[1:], file)...)
				validator.Dir = dir
				output, err := validator.CombinedOutput()
				return string(output), err
			}
			for _, f := range test.faults {
				if !strings.Contains(test.text, f.old) {
					t.Fatalf("no %s to replace", f.old)
				}
				if output, err := validate(strings.Replace(test.text, f.old, f.new, 1)); err == nil || !strings.Contains(output, f.want) {
					t.Errorf("%s instead of %s: %v, want %q in\n%s", f.new, f.old, err, f.want, output)
				}
			}
			output, err := validate(test.text)
			if err != nil || !strings.Contains(output, test.valid) {
				t.Errorf("%v\n%s", err, output)
			}
			t.Log(strings.TrimSpace(output))
		})
	}
}

// A fault is a change of a text that a validator has to report.
type fault struct{ old, new, want string }

// installValidators installs the validators of package-lock.json in a temporary folder. npm ci would refuse the file, because an optional
// package of another system is not in every registry.
func installValidators(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "validators"))); err != nil {
		t.Fatal(err)
	}
	download.Packages(t, dir, "install")
	return dir
}
