package record

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
)

// AllThings is the name that stands for all names.
const AllThings = "list"

// A Dependent is a part of the record that depends on another one.
type Dependent struct {
	Kind    string   `json:"kind"` // such as "endpoint"
	Name    string   `json:"name"`
	Through []string `json:"through"` // what is between the two, as kind:name, on a shortest way; empty if it depends directly
}

// Impact returns what depends on a thing, directly or through others, nearest first. The thing is a name such as table:courses, without its
// kind if that is unique, or only its last part: enroll instead of endpoint:http-v1/enroll. A library is a module. For [AllThings], Impact
// returns all things.
//
// A column is in its table, which is in its store, which may be an external database; a stream is in an external broker. An operation
// depends on the tables that it reads and writes, an endpoint on the operations that it calls, on its API and on the streams that carry
// it, a process on the endpoints of its steps. An API and a store depend on their package, a package on the packages and modules that it
// imports, and the service on everything external. Whether a process or a test covers a requirement is not part of it.
func Impact(r Record, thing string) ([]Dependent, error) {
	g, found := graphOf(r), []Dependent{}
	if thing == AllThings {
		for _, thing := range g.things {
			found = append(found, dependent(thing, nil))
		}
		return found, nil
	}
	if library, ok := strings.CutPrefix(thing, "library:"); ok {
		thing = "module:" + library
	}
	from, err := g.find(thing)
	if err != nil {
		return nil, err
	}
	way := map[string][]string{from: nil}
	for next := []string{from}; len(next) > 0; next = next[1:] {
		at := next[0]
		through := way[at]
		if at != from {
			through = append(slices.Clone(through), at)
		}
		for _, thing := range g.dependents[at] {
			if _, seen := way[thing]; !seen {
				way[thing] = through
				next = append(next, thing)
				found = append(found, dependent(thing, through))
			}
		}
	}
	return found, nil
}

func dependent(thing string, through []string) Dependent {
	kind, name, _ := strings.Cut(thing, ":")
	return Dependent{kind, name, append([]string{}, through...)}
}

// ImpactText returns the lines of a table with what depends on a thing.
func ImpactText(found []Dependent) []string {
	if len(found) == 0 {
		return []string{"Nothing in the record depends on it."}
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, d := range found {
		through := ""
		if len(d.Through) > 0 {
			through = "\tthrough " + strings.Join(d.Through, ", ")
		}
		fmt.Fprintf(w, "%s\t%s%s\n", d.Kind, d.Name, through)
	}
	w.Flush() // to memory
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
}

// A graph has the parts of a record, as kind:name, and for each those that depend on it directly.
type graph struct {
	things     []string
	dependents map[string][]string
}

func graphOf(r Record) *graph {
	g := &graph{dependents: make(map[string][]string)}
	service := g.add("service", r.Service.Name)
	for _, u := range r.Uses {
		g.depends(service, g.add("use", u.Name))
	}
	for _, s := range r.Stores {
		g.store(r, s)
	}
	for _, s := range r.Streams {
		stream := g.add("stream", s.Name)
		for _, u := range r.Uses {
			if u.Kind == "broker" {
				g.depends(stream, "use:"+u.Name)
			}
		}
		for _, message := range s.Messages {
			g.depends("endpoint:"+message, stream)
		}
	}
	for _, o := range r.Operations {
		operation := g.add("operation", o.Name)
		for _, table := range slices.Concat(o.Reads, o.Writes) {
			g.depends(operation, "table:"+table)
		}
	}
	for _, a := range r.APIs {
		g.api(a)
	}
	for _, p := range r.Processes {
		process := g.add("process", p.Name)
		for _, step := range p.Steps {
			if step.Endpoint != "" {
				g.depends(process, "endpoint:"+step.Endpoint)
			}
		}
	}
	for _, p := range r.Packages {
		g.add("package", p.Name)
		for _, imported := range p.Imports {
			g.depends("package:"+p.Name, "package:"+imported)
		}
		for _, module := range p.Modules {
			g.depends("package:"+p.Name, "module:"+module)
		}
	}
	for _, m := range r.Modules {
		if module := g.add("module", m.Path); m.Package != "" {
			g.depends("package:"+m.Package, module)
		}
	}
	return g
}

func (g *graph) store(r Record, s Store) {
	store := g.add("store", s.Name)
	if s.Package != "" {
		g.depends(store, "package:"+s.Package)
	}
	for _, u := range r.Uses {
		if u.Name == s.Name {
			g.depends(store, "use:"+u.Name)
		}
	}
	for _, t := range s.Tables {
		table := g.add("table", t.Name)
		g.depends(table, store)
		for _, column := range t.Columns {
			g.depends(table, g.add("column", t.Name+"."+column))
		}
	}
}

func (g *graph) api(a API) {
	api := g.add("api", a.Name)
	if a.Package != "" {
		g.depends(api, "package:"+a.Package)
	}
	for _, e := range a.Endpoints {
		endpoint := g.add("endpoint", a.Name+"/"+e.ID)
		g.depends(endpoint, api)
		for _, operation := range e.Calls {
			g.depends(endpoint, "operation:"+operation)
		}
	}
}

// add adds a thing, once: two stores may have the same table.
func (g *graph) add(kind, name string) string {
	thing := kind + ":" + name
	if !slices.Contains(g.things, thing) {
		g.things = append(g.things, thing)
	}
	return thing
}

func (g *graph) depends(dependent, on string) {
	if !slices.Contains(g.dependents[on], dependent) {
		g.dependents[on] = append(g.dependents[on], dependent)
	}
}

// find returns the one thing with that name.
func (g *graph) find(name string) (string, error) {
	for _, matches := range []func(thing string) bool{
		func(thing string) bool { return thing == name },
		func(thing string) bool { return nameOf(thing) == name },
		func(thing string) bool {
			return lastPart(thing) == nameOf(name) && strings.HasPrefix(thing, kindOf(name))
		},
	} {
		switch found := slices.DeleteFunc(slices.Clone(g.things), func(thing string) bool { return !matches(thing) }); {
		case len(found) == 1:
			return found[0], nil
		case len(found) > 1:
			return "", fmt.Errorf("%q may be each of these: %s", name, strings.Join(found, ", "))
		}
	}
	return "", fmt.Errorf("the record has no %q: %s%q lists all names", name, g.near(nameOf(name)), AllThings)
}

// kindOf returns the kind of a thing with its colon, or "" for a name without one.
func kindOf(thing string) string { return thing[:strings.IndexByte(thing, ':')+1] }

func nameOf(thing string) string { return strings.TrimPrefix(thing, kindOf(thing)) }

var majorVersion = regexp.MustCompile(`/v[0-9]+$`)

// lastPart returns the last part of a name: of a path without its major version, of an endpoint without its API, of a column without
// its table.
func lastPart(thing string) string {
	name := nameOf(thing)
	switch kindOf(thing) {
	case "column:":
		_, name, _ = strings.Cut(name, ".")
	case "endpoint:":
		_, name, _ = strings.Cut(name, "/")
	case "package:", "module:":
		name = path.Base(majorVersion.ReplaceAllString(name, ""))
	}
	return name
}

// near proposes the names that are most like an unknown one, if there are any.
func (g *graph) near(name string) string {
	var like []string
	for _, thing := range g.things {
		if distance(strings.ToLower(name), strings.ToLower(lastPart(thing))) <= 1+len(name)/4 {
			like = append(like, thing)
		}
	}
	if len(like) == 0 {
		return ""
	}
	return "did you mean " + strings.Join(like[:min(len(like), 5)], ", ") + "? "
}

// distance returns the number of bytes to insert, remove or replace between two names.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal, row[j+1] = row[j+1], min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
