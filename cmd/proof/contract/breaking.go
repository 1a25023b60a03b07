package contract

import (
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/oasdiff/checker"
	"github.com/oasdiff/oasdiff/diff"
	"github.com/oasdiff/oasdiff/load"
)

// Breaking returns the changes from the API of baseline to the API of spec that break a client.
func Breaking(baseline, spec []byte) ([]string, error) {
	old, err := parse(baseline, "baseline.yaml")
	if err != nil {
		return nil, err
	}
	current, err := parse(spec, "openapi.yaml")
	if err != nil {
		return nil, err
	}
	changes, sources, err := diff.GetWithOperationsSourcesMap(diff.NewConfig(), old, current)
	if err != nil {
		return nil, err
	}
	var breaks []string
	for _, c := range checker.CheckBackwardCompatibility(checker.NewConfig(checker.GetAllChecks()), changes, sources) {
		if c.GetLevel() == checker.ERR && !addsCode(c) {
			text := c.GetUncolorizedText(checker.NewDefaultLocalizer())
			breaks = append(breaks, fmt.Sprintf("%s %s: %s (%s)", c.GetOperation(), c.GetPath(), text, c.GetId()))
		}
	}
	return append(breaks, newRequirements(old.Spec, current.Spec)...), nil
}

// newRequirements returns the operations that clients may not call as before, and the schemes by which they authenticate in another way.
// oasdiff 1.30.0 reports neither as a break.
func newRequirements(old, current *openapi3.T) (breaks []string) {
	for path, item := range old.Paths.Map() {
		for method, operation := range item.Operations() {
			later := current.Paths.Value(path)
			if later == nil || later.GetOperation(method) == nil {
				continue // oasdiff reports that it is gone
			}
			now := requirementsOf(current, later.GetOperation(method))
			for _, before := range requirementsOf(old, operation) {
				if !slices.ContainsFunc(now, func(r openapi3.SecurityRequirement) bool { return within(r, before) }) {
					breaks = append(breaks, fmt.Sprintf("%s %s: a client with %v is not authorized any more", method, path, slices.Sorted(maps.Keys(before))))
				}
			}
		}
	}
	for name, scheme := range old.Components.SecuritySchemes {
		later := current.Components.SecuritySchemes[name]
		if later != nil && (later.Value.Type != scheme.Value.Type || later.Value.Scheme != scheme.Value.Scheme || later.Value.Name != scheme.Value.Name || later.Value.In != scheme.Value.In) {
			breaks = append(breaks, fmt.Sprintf("the security scheme %s is of another kind", name))
		}
	}
	slices.Sort(breaks)
	return breaks
}

// requirementsOf returns the alternatives of what a client of an operation must have: its own, else those of the API. An empty one is
// met by every client.
func requirementsOf(api *openapi3.T, o *openapi3.Operation) openapi3.SecurityRequirements {
	all := api.Security
	if o.Security != nil {
		all = *o.Security
	}
	if len(all) == 0 {
		return openapi3.SecurityRequirements{{}}
	}
	return all
}

// within reports whether all clients that meet the requirement r2 also meet r, apart from roles, which are a list of alternatives.
func within(r, r2 openapi3.SecurityRequirement) bool {
	for scheme := range r {
		if _, ok := r2[scheme]; !ok {
			return false
		}
	}
	return true
}

// addsCode reports whether a change adds a code of problems, which docs/versioning.md allows at any time.
func addsCode(c checker.Change) bool {
	args := c.GetArgs()
	if c.GetId() != checker.ResponsePropertyEnumValueAddedId || len(args) < 2 {
		return false
	}
	name := path.Base(fmt.Sprint(args[1]))
	return name == "code" || name == "reason"
}

func parse(text []byte, name string) (*load.SpecInfo, error) {
	info, err := load.NewSpecInfoFromData(openapi3.NewLoader(), text, name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return info, nil
}
