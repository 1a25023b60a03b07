package record_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"example.com/roster/cmd/roster/record"
)

// A schema is the part of a JSON Schema that says which fields there are.
type schema struct {
	ID         string             `json:"$id"`
	Const      string             `json:"const"`
	Ref        string             `json:"$ref"`
	Type       string             `json:"type"`
	Enum       []string           `json:"enum"`
	Items      *schema            `json:"items"`
	Properties map[string]*schema `json:"properties"`
	Required   []string           `json:"required"`
	Additional *bool              `json:"additionalProperties"`
	Defs       map[string]*schema `json:"$defs"`
}

func readSchema(t *testing.T) (s *schema) {
	t.Helper()
	if err := json.Unmarshal(record.Schema, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// compare returns how the schema differs from the Go types of a record.
func (s *schema) compare() (found []string) {
	if s.ID != record.SchemaID || s.Properties["$schema"].Const != record.SchemaID {
		found = append(found, "the schema's name is not "+record.SchemaID)
	}
	for name, want := range map[string][]string{"state": record.States, "size": record.Sizes, "kind": record.Kinds} {
		if !slices.Equal(s.Defs[name].Enum, want) {
			found = append(found, fmt.Sprintf("%s allows %q, want %q", name, s.Defs[name].Enum, want))
		}
	}
	known := map[reflect.Type]bool{}
	var compareType func(s *schema, of reflect.Type, defs map[string]*schema)
	compareType = func(here *schema, of reflect.Type, defs map[string]*schema) {
		if known[of] {
			return
		}
		known[of] = true
		if here == nil || here.Type != "object" || here.Additional == nil || *here.Additional {
			found = append(found, of.Name()+" is not an object that allows no other fields")
			return
		}
		fields := make(map[string]bool)
		for field := range of.Fields() {
			name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
			fields[name] = true
			property := here.Properties[name]
			if property == nil {
				found = append(found, of.Name()+"."+field.Name+" is not in the schema")
				continue
			}
			if required := slices.Contains(here.Required, name); required == (options == "omitempty") {
				found = append(found, fmt.Sprintf("%s.%s is required: %t", of.Name(), field.Name, required))
			}
			element := field.Type
			if element.Kind() == reflect.Slice {
				if property.Type != "array" || property.Items == nil {
					found = append(found, of.Name()+"."+field.Name+" is not a list in the schema")
					continue
				}
				element, property = element.Elem(), property.Items
			}
			if element.Kind() == reflect.Struct {
				if property.Ref != "#/$defs/"+element.Name() {
					found = append(found, of.Name()+"."+field.Name+" is not a "+element.Name()+" in the schema")
				}
				compareType(defs[element.Name()], element, defs)
				continue
			}
			if property.Ref != "" {
				property = defs[strings.TrimPrefix(property.Ref, "#/$defs/")]
			}
			if kind := element.Kind().String(); !strings.HasPrefix(kind, cut(property.Type, 4)) || property.Type == "" && property.Enum == nil && property.Const == "" {
				found = append(found, fmt.Sprintf("%s.%s is a %s, and a %q in the schema", of.Name(), field.Name, kind, property.Type))
			}
		}
		for name := range here.Properties {
			if !fields[name] {
				found = append(found, of.Name()+" has no field "+name)
			}
		}
	}
	compareType(s, reflect.TypeFor[record.Record](), s.Defs)
	return found
}

func cut(s string, n int) string { return s[:min(n, len(s))] }

func TestSchemaHasTheFieldsOfTheTypes(t *testing.T) {
	t.Parallel()
	for _, difference := range readSchema(t).compare() {
		t.Error(difference)
	}
	for name, lie := range map[string]struct {
		tell func(*schema)
		want string
	}{
		"a field less": {func(s *schema) { delete(s.Defs["Use"].Properties, "flag") }, "Use.Flag is not in the schema"},
		"a field more": {func(s *schema) { s.Defs["Use"].Properties["extra"] = &schema{} }, "Use has no field extra"},
		"another type": {func(s *schema) { s.Defs["Use"].Properties["required"].Type = "string" }, `Use.Required is a bool, and a "string"`},
		"no list":      {func(s *schema) { s.Properties["modules"].Type = "object" }, "Record.Modules is not a list"},
		"another list": {func(s *schema) { s.Properties["modules"].Items.Ref = "#/$defs/Use" }, "Record.Modules is not a Module"},
		"optional":     {func(s *schema) { s.Defs["Module"].Required = nil }, "Module.Path is required: false"},
		"other fields": {func(s *schema) { s.Defs["Task"].Additional = nil }, "Task is not an object that allows no other fields"},
		"a state less": {func(s *schema) { s.Defs["state"].Enum = s.Defs["state"].Enum[1:] }, "state allows"},
		"another name": {func(s *schema) { s.ID = "v0" }, "the schema's name is not"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := readSchema(t)
			lie.tell(s)
			if report := s.compare(); !slices.ContainsFunc(report, func(line string) bool { return strings.Contains(line, lie.want) }) {
				t.Errorf("reported %q, want %q", report, lie.want)
			}
		})
	}
}

func TestJSONHasNoNull(t *testing.T) {
	t.Parallel()
	r := sample()
	for _, text := range []string{write(t, "json", r), write(t, "json", record.Record{})} {
		if strings.Contains(text, "null") || !strings.Contains(text, record.SchemaID) {
			t.Errorf("null, or without the name of its schema:\n%s", text)
		}
	}
	if r.APIs[1].Endpoints[0].Roles == nil || r.Stores[1].Tables != nil {
		t.Error("writing a record has changed it")
	}
	var back record.Record
	if err := json.Unmarshal([]byte(write(t, "json", r)), &back); err != nil || back.Service.Description != r.Service.Description {
		t.Errorf("read back: %v, %q", err, back.Service.Description)
	}
}
