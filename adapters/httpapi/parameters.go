package httpapi

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"

	"example.com/roster/adapters/httpapi/internal/api"
	"example.com/roster/adapters/internal/spelling"
)

// otherNames are parameters of other APIs, with what they are called here.
var otherNames = map[string]string{"limit": "pageSize"}

// checkParameters refuses a parameter of the query that is probably meant to be one of the operation: one that is almost spelled like it,
// or that other APIs have for it. An operation that ignored it could list or change more than the caller wants. Other unknown parameters
// are ignored.
func checkParameters(method, route string, query url.Values) error {
	operations, err := queryParameters()
	if err != nil {
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

// queryParameters returns the names of the parameters in the query of each operation of the spec, by method and route.
var queryParameters = sync.OnceValues(func() (map[string][]string, error) {
	document, err := specDocument()
	if err != nil {
		return nil, err
	}
	found, route := map[string][]string{}, strings.NewReplacer("{", ":", "}", "")
	paths, _ := document["paths"].(map[string]any)
	for path, item := range paths {
		item, _ := item.(map[string]any)
		for method, operation := range item {
			if operation, ok := operation.(map[string]any); ok {
				name := strings.ToUpper(method) + " " + route.Replace(path)
				found[name] = slices.Concat(inQuery(document, item["parameters"]), inQuery(document, operation["parameters"]))
			}
		}
	}
	return found, nil
})

// inQuery returns the names of those parameters that are in the query.
func inQuery(document api.GetSpec200JSONResponse, parameters any) (names []string) {
	list, _ := parameters.([]any)
	for _, p := range list {
		p, _ := p.(map[string]any)
		if ref, ok := p["$ref"].(string); ok {
			var target any = map[string]any(document)
			for name := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
				object, _ := target.(map[string]any)
				target = object[name]
			}
			p, _ = target.(map[string]any)
		}
		if name, ok := p["name"].(string); ok && p["in"] == "query" {
			names = append(names, name)
		}
	}
	return names
}
