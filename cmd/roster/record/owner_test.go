package record_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"example.com/roster/cmd/roster/record"
)

const goodOwner = `reference: SVC-7
name: seats
description: Gives out seats.
licence: MIT
capabilities: [Seating]
categories: {domain: venues, team: box-office, layer: business service}
status: live
transitions: [{to: development, on: 2026-01-02}, {to: live, on: 2026-03-04}, {to: deprecated, on: 2028-01-01}]
estimation: {size: S, basis: counted}
tasks: [{title: Paint the chairs, due: 2027-01-01}]
processes: [{name: paid-seat, title: A seat is paid., steps: [{from: a, to: b, title: pay, endpoint: http-v1/pay}], shownBy: [make cluster]}]
requirements: [{id: FR-1, kind: functional, text: One seat each., shownBy: ['a/b_test.go:TestOne']}]
mechanisms: [{quality: security, name: tokens, how: checked, shownBy: ['a/b_test.go:BenchmarkOne']}]
`

func TestReadOwner(t *testing.T) {
	t.Parallel()
	r, err := record.ReadOwner(strings.NewReader(goodOwner))
	if err != nil {
		t.Fatal(err)
	}
	if s := r.Service; s.Reference != "SVC-7" || s.Categories.Team != "box-office" || s.Transitions[2].On != "2028-01-01" || s.Source != record.Owner {
		t.Errorf("%+v", s)
	}
	if r.Processes[0].Steps[0].Endpoint != "http-v1/pay" || r.Requirements[0].ShownBy[0] != "a/b_test.go:TestOne" || r.Mechanisms[0].How != "checked" {
		t.Errorf("%+v", r)
	}
}

// Each fault has a line that names the field and says what to write. The schema refuses the same files, but for the faults
// that it can't see.
func TestFaultsOfAnOwner(t *testing.T) {
	t.Parallel()
	if problem := refusedBySchema(t, goodOwner); problem != nil {
		t.Fatal(problem)
	}
	for _, c := range []struct {
		old, new, want string
		valid          bool // for the schema
	}{
		{"SVC-7", "7", `reference: must be like SVC-1, got "7"`, false},
		{"name: seats", "name: Our Seats", `name: must be like course-registration, got "Our Seats"`, false},
		{"name: seats\n", "", `name: must be like course-registration, got ""`, false},
		{"description: Gives out seats.", "description: ' '", "description: must not be empty", false},
		{"[Seating]", "[]", "capabilities: must name at least one", false},
		{"team: box-office", "team: ''", "categories.team: must be like student-records", false},
		{"team: box-office", "tame: box-office", `line 6: "tame" is not a field of an owner's file here`, false},
		{"status: live", "status: alive", `status: must be one of specification, development, pilot, live, deprecated, decommissioned, got "alive"`, false},
		{"{to: live, on", "{to: lively, on", `transitions[1].to: must be one of`, false},
		{"2026-03-04", "March", `transitions[1].on: must be a day like 2026-11-29, got "March"`, false},
		{"2026-03-04", "2026-13-04", `transitions[1].on: must be a day like`, true},
		{"2026-03-04", "2025-03-04", "transitions[1].on: 2025-03-04 is before 2026-01-02", true},
		{"status: live", "status: pilot", `transitions: none leads to the status "pilot"`, true},
		{"size: S", "size: tiny", `estimation.size: must be one of S, M, L, XL, got "tiny"`, false},
		{"2027-01-01", "soon", `tasks[0].due: must be a day`, false},
		{"[make cluster]", "[]", "processes[0].shownBy: must name a test, a benchmark or a target of make", false},
		{"[make cluster]", "[trust us]", `processes[0].shownBy: must be like cmd/proof/saga_test.go:TestSaga or make cluster, got "trust us"`, false},
		{"title: pay,", "", "processes[0].steps[0].title: must not be empty", false},
		{"kind: functional", "kind: nice", "requirements[0].kind: must be one of functional, availability", false},
		{"quality: security", "quality: functional", "mechanisms[0].quality: must be one of availability, performance", false},
		{"requirements: [", "requirements: [{id: FR-1, kind: functional, text: Twice., shownBy: [make test]}, ", `requirements.id: "FR-1" is there twice`, true},
		{"reference: SVC-7", "reference: [SVC-7]", "line 1: cannot unmarshal", false},
		{goodOwner, "- reference\n", "line 1: cannot unmarshal !!seq: the file must have fields with values", false},
		{"reference: SVC-7", "reference: SVC-7: 8", "mapping values are not allowed", false},
		{"status: live", "external: 'no'\nstatus: live", ": external must be true or false", false},
		{"status: live", "external: yes\nstatus: live", ": external must be true or false", false},
		{"[Seating]", "[Seating, ~]", ": capabilities has an empty item", false},
		{"tasks: [", "tasks: [~, ", ": tasks has an empty item", false},
		{"title: Paint the chairs", "title: 7", ": title must be a text: put 7 in quotes", false},
		{"due: 2027-01-01", "due: ~", ": due must not be empty", false},
		{"mechanisms:", "---\nmechanisms:", "the file must be one YAML document", true},
	} {
		text := strings.Replace(goodOwner, c.old, c.new, 1)
		if text == goodOwner {
			t.Fatalf("%q is not in the file", c.old)
		}
		_, err := record.ReadOwner(strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %q", c.new, err, c.want)
		}
		if problem := refusedBySchema(t, text); (problem == nil) != c.valid {
			t.Errorf("%q: the schema says %v", c.new, problem)
		}
	}
	if _, err := record.ReadOwner(strings.NewReader("")); err == nil || strings.Count(err.Error(), "\n") < 5 {
		t.Errorf("an empty file: %v", err)
	}
}

// The service's own file agrees with the schema.
func TestOwnersFileAgreesWithItsSchema(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../app/owner.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if problem := refusedBySchema(t, string(text)); problem != nil {
		t.Error(problem)
	}
}

// refusedBySchema returns what the schema says against a file.
func refusedBySchema(t *testing.T, text string) error {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(record.OwnerSchema))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("owner.schema.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("owner.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var value any
	if err := yaml.Unmarshal([]byte(text), &value); err != nil {
		return err
	}
	return schema.Validate(plain(value))
}

// plain returns a value of YAML as JSON would have it: a day is text.
func plain(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key := range v {
			v[key] = plain(v[key])
		}
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case interface{ Format(string) string }:
		return v.Format("2006-01-02")
	}
	return value
}
