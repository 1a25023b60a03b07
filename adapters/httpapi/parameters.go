package httpapi

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"example.com/roster/adapters/internal/spelling"
)

// otherNames are parameters of other APIs, with what they are called here.
var otherNames = map[string]string{"limit": "pageSize"}

// checkParameters refuses these parameters of the query, because an operation that ignored them could list or change more than the
// caller wants:
//   - A name that is almost the name of a parameter of the operation, or that other APIs use for one. This is checked first, because the
//     error says the right name.
//   - Every other unknown name, if the operation changes something and has parameters.
//   - A parameter that only another operation of the same API has.
//   - A parameter of the operation that is given twice.
//
// Other unknown parameters are ignored.
func checkParameters(method, route string, query url.Values) error {
	if len(query) == 0 {
		return nil
	}
	operations, err := queryParameters()
	known, exists := operations[method+" "+route]
	if !exists {
		return err
	}
	names := slices.Sorted(maps.Keys(query))
	for _, name := range names {
		if slices.Contains(known, name) {
			continue
		}
		meant := spelling.Meant(name, known)
		if other := otherNames[strings.ToLower(name)]; meant == "" && slices.Contains(known, other) {
			meant = other
		}
		if meant != "" {
			return lost(name, "is not a parameter; did you mean "+meant+"?", "unknown parameter "+name+"; did you mean "+meant+"?")
		}
	}
	others := ofAPI(operations, route)
	for _, name := range names {
		sibling := spelling.Meant(name, others)
		switch {
		case slices.Contains(known, name):
			if len(query[name]) > 1 {
				return malformed("", "give "+name+" once")
			}
		case len(known) > 0 && isWrite(method):
			return lost(name, "is not a parameter", "unknown parameter "+name+"; this operation has "+strings.Join(known, ", "))
		case sibling != "":
			return lost(name, "is a parameter of other operations", "this operation has no "+sibling)
		}
	}
	return nil
}

func lost(parameter, reason, detail string) error {
	refused := malformed(parameter, reason)
	refused.detail = detail
	return refused
}

// ofAPI returns the parameters of all operations below the first segment of the route, such as /v1.
func ofAPI(operations map[string][]string, route string) (names []string) {
	api := func(route string) string { return strings.SplitN(route, "/", 3)[1] }
	for operation, parameters := range operations {
		if api(operation) == api(route) {
			names = append(names, parameters...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// A parameterSpec is a parameter in the spec, or a reference to a shared one.
type parameterSpec struct {
	Name, In string
	Ref      string `yaml:"$ref"`
}

// queryParameters returns the names of the parameters in the query of each operation of the spec, by method and route.
var queryParameters = sync.OnceValues(func() (map[string][]string, error) {
	var document struct {
		Paths map[string]struct {
			Parameters []parameterSpec
			Operations map[string]struct{ Parameters []parameterSpec } `yaml:",inline"`
		}
		Components struct{ Parameters map[string]parameterSpec }
	}
	err := yaml.Unmarshal(spec, &document)
	found, route := map[string][]string{}, strings.NewReplacer("{", ":", "}", "")
	for path, item := range document.Paths {
		for method, o := range item.Operations {
			name := strings.ToUpper(method) + " " + route.Replace(path)
			found[name] = nil
			for _, p := range slices.Concat(item.Parameters, o.Parameters) {
				if p.Ref != "" {
					p = document.Components.Parameters[strings.TrimPrefix(p.Ref, "#/components/parameters/")]
				}
				if p.In == "query" {
					found[name] = append(found[name], p.Name)
				}
			}
		}
	}
	return found, err
})
