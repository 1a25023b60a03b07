package app

import (
	"context"
	"regexp"
	"slices"
	"time"

	"example.com/roster/adapters/httpapi"
	"example.com/roster/cmd/roster/record"
)

// describeHTTP adds the HTTP APIs: one for each version of each kind of caller, and one for what needs no token. Its page for the
// documents has files of a library.
func describeHTTP(_ context.Context, r *record.Record) error {
	r.Modules = append(r.Modules, record.Module{
		Type: "npm", Path: "swagger-ui-dist", Version: httpapi.DocsVersion, Licence: "Apache-2.0", Package: "adapters/httpapi",
		Source: "adapters/httpapi/docs",
	})
	operations, err := httpapi.Operations()
	if err != nil {
		return err
	}
	for _, o := range operations {
		name, title, version := httpVersion(o)
		i := slices.IndexFunc(r.APIs, func(a record.API) bool { return a.Name == name })
		if i < 0 {
			i = len(r.APIs)
			r.APIs = append(r.APIs, record.API{
				Name: name, Kind: "http", Title: title, Version: version,
				Definition: "adapters/httpapi/openapi.yaml", Package: "adapters/httpapi", Source: "adapters/httpapi/openapi.yaml",
			})
		}
		if o.Deprecated {
			since, end := httpapi.Deprecation()
			r.APIs[i].Deprecated, r.APIs[i].Sunset = since.Format(time.DateOnly), end.Format(time.DateOnly)
		}
		r.APIs[i].Endpoints = append(r.APIs[i].Endpoints, record.Endpoint{
			ID: o.ID, Address: o.Method + " " + o.Path, Summary: o.Summary, Roles: o.Roles, Calls: o.Calls,
		})
	}
	return nil
}

// versioned matches the beginning of a path with a version: /v1/… or /partner/v1/….
var versioned = regexp.MustCompile(`^/(?:(\w+)/)?(v[0-9]+)/`)

// httpVersion says to which API a request belongs.
func httpVersion(o httpapi.Operation) (name, title, number string) {
	switch found := versioned.FindStringSubmatch(o.Path); {
	case o.Open:
		return "http-open", "Health and documents, without a token", ""
	case found == nil:
		return "http-unversioned", "The first HTTP path, without a version", ""
	case found[1] == "":
		return "http-" + found[2], "The HTTP API, version " + found[2][1:], found[2]
	default:
		return found[1] + "-" + found[2], "The API for a " + found[1] + ", version " + found[2][1:], found[2]
	}
}
