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
	return append(found, s.compareStruct(s, reflect.TypeFor[record.Record]())...)
}

// compareStruct returns how an object of the schema differs from a Go type.
func (s *schema) compareStruct(object *schema, of reflect.Type) (found []string) {
	if object == nil || object.Type != "object" || object.Additional == nil || *object.Additional {
		return []string{of.Name() + " is not an object that allows no other fields"}
	}
	fields := make(map[string]bool)
	for field := range of.Fields() {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		fields[name] = true
		if required := slices.Contains(object.Required, name); required == (options == "omitempty") {
			found = append(found, fmt.Sprintf("%s.%s is required: %t", of.Name(), field.Name, required))
		}
		found = append(found, s.compareField(object.Properties[name], of.Name()+"."+field.Name, field.Type)...)
	}
	for name := range object.Properties {
		if !fields[name] {
			found = append(found, of.Name()+" has no field "+name)
		}
	}
	return found
}

// compareField returns how a property of the schema differs from a field of a Go type.
func (s *schema) compareField(property *schema, field string, of reflect.Type) []string {
	if property == nil {
		return []string{field + " is not in the schema"}
	}
	if of.Kind() == reflect.Slice {
		if property.Type != "array" || property.Items == nil {
			return []string{field + " is not a list in the schema"}
		}
		property, of = property.Items, of.Elem()
	}
	if of.Kind() == reflect.Struct {
		if property.Ref != "#/$defs/"+of.Name() {
			return []string{field + " is not a " + of.Name() + " in the schema"}
		}
		return s.compareStruct(s.Defs[of.Name()], of)
	}
	if property.Ref != "" {
		property = s.Defs[strings.TrimPrefix(property.Ref, "#/$defs/")]
	}
	kinds := map[string]reflect.Kind{"string": reflect.String, "boolean": reflect.Bool, "integer": reflect.Int}
	text := len(property.Enum) > 0 || property.Const != ""
	if kind, ok := kinds[property.Type]; (!ok || kind != of.Kind()) && (!text || of.Kind() != reflect.String) {
		return []string{fmt.Sprintf("%s is a %s, and a %q in the schema", field, of.Kind(), property.Type)}
	}
	return nil
}

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
		"another type": {func(s *schema) { s.Defs["Use"].Properties["external"].Type = "string" }, `Use.External is a bool, and a "string"`},
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
