package record_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"example.com/roster/cmd/roster/record"
)

// What one part of the record names is in another part of it.
func TestNamesInTheRecordResolve(t *testing.T) {
	t.Parallel()
	catches(t, compareReferences,
		lie{"an endpoint of a process", func(r *record.Record) {
			r.Processes = append(r.Processes, record.Process{Steps: []record.Step{{Endpoint: "http-v9/enroll"}}})
		}, "names the endpoint http-v9/enroll"},
		lie{"a package of an API", func(r *record.Record) { r.APIs[0].Package = "adapters/fax" }, "names the package adapters/fax"},
		lie{"a package of a store", func(r *record.Record) { r.Stores[0].Package = "adapters/paper" }, "names the package adapters/paper"},
		lie{"a call", func(r *record.Record) { r.APIs[0].Endpoints[0].Calls = []string{"Commands.Guess"} }, "names the operation Commands.Guess"},
		lie{"a table of an operation", func(r *record.Record) { r.Operations[0].Reads = []string{"wishes"} }, "names the table wishes"},
		lie{"a message of a stream", func(r *record.Record) {
			r.Streams = append(r.Streams, record.Stream{Messages: []string{"events/learner.guessed"}})
		}, "names the endpoint events/learner.guessed"},
		lie{"a column with personal data", func(r *record.Record) {
			r.PersonalData = append(r.PersonalData, record.Personal{Where: "column", Name: "wishes.name"})
		}, "names the column wishes.name"},
		lie{"an external store", func(r *record.Record) { r.Stores = append(r.Stores, record.Store{Name: "tape"}) }, "names the use tape"},
	)
}

// compareReferences returns which names lead nowhere.
func compareReferences(r record.Record) (report []string) {
	var endpoints, operations, tables, columns, uses, packages []string
	for _, a := range r.APIs {
		for _, e := range a.Endpoints {
			endpoints = append(endpoints, a.Name+"/"+e.ID)
		}
	}
	for _, o := range r.Operations {
		operations = append(operations, o.Name)
	}
	for _, s := range r.Stores {
		for _, t := range s.Tables {
			tables = append(tables, t.Name)
			for _, c := range t.Columns {
				columns = append(columns, t.Name+"."+c)
			}
		}
	}
	for _, u := range r.Uses {
		uses = append(uses, u.Name)
	}
	check := func(from, kind, name string, known []string) {
		if !slices.Contains(known, name) {
			report = append(report, fmt.Sprintf("%s names the %s %s, which is not in the record", from, kind, name))
		}
	}
	for _, p := range r.Packages {
		packages = append(packages, p.Name)
	}
	for _, a := range r.APIs {
		check(a.Name, "package", a.Package, packages)
	}
	for _, s := range r.Stores {
		check(s.Name, "package", s.Package, packages)
	}
	for _, p := range r.Processes {
		for _, s := range p.Steps {
			if s.Endpoint != "" {
				check(p.Name, "endpoint", s.Endpoint, endpoints)
			}
		}
	}
	for _, a := range r.APIs {
		for _, e := range a.Endpoints {
			for _, call := range e.Calls {
				check(a.Name+"/"+e.ID, "operation", call, operations)
			}
		}
	}
	for _, o := range r.Operations {
		for _, table := range slices.Concat(o.Reads, o.Writes) {
			check(o.Name, "table", table, tables)
		}
	}
	for _, s := range r.Streams {
		for _, message := range s.Messages {
			check(s.Name, "endpoint", message, endpoints)
		}
	}
	for _, p := range r.PersonalData {
		if p.Where == "column" {
			check("personal data", "column", p.Name, columns)
		}
	}
	for _, s := range r.Stores {
		if !strings.Contains(s.Name, "sqlite") && !strings.Contains(s.Name, "memory") {
			check("store "+s.Name, "use", s.Name, uses)
		}
	}
	return report
}
