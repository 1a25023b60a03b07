package httpapi

import (
	"fmt"
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

// checkParameters refuses a parameter of the query that is probably meant to be one of the operation: one that is almost spelled like it,
// or that other APIs have for it. An operation that ignored it could list or change more than the caller wants. Other unknown parameters
// are ignored.
func checkParameters(method, route string, query url.Values) error {
	operations, err := queryParameters()
	if err != nil || len(query) == 0 {
		return err
	}
	known := operations[method+" "+route]
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if slices.Contains(known, name) {
			continue
		}
		meant := spelling.Meant(name, known)
		if other := otherNames[strings.ToLower(name)]; meant == "" && slices.Contains(known, other) {
			meant = other
		}
		if meant != "" {
			refused := malformed(name, fmt.Sprintf("is not a parameter; did you mean %s?", meant))
			refused.detail = fmt.Sprintf("unknown parameter %s; did you mean %s?", name, meant)
			return refused
		}
	}
	return nil
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
