package record_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/roster/adapters/httpapi"
	"example.com/roster/adapters/memstore"
	"example.com/roster/application"
	"example.com/roster/cmd/roster/record"
	"example.com/roster/ports"
)

// The HTTP APIs of the record are those of the server: its requests, who may call each, what each calls in the core, and until when
// it works.
func TestRoutesAreThoseOfTheServer(t *testing.T) {
	t.Parallel()
	observed := observeRoutes(t)
	compare := func(r record.Record) []string { return compareRoutes(r, observed) }
	first := func(r *record.Record) *record.Endpoint { return &api(r, "http-v1").Endpoints[0] }
	catches(t, compare,
		lie{"a request too many", func(r *record.Record) { first(r).Address = "POST /v1/seats" }, "request POST /v1/seats is in the record"},
		lie{"a request missing", func(r *record.Record) { api(r, "http-v1").Endpoints = api(r, "http-v1").Endpoints[1:] }, "is in the running system"},
		lie{"a role too many", func(r *record.Record) { first(r).Roles = append(first(r).Roles, "partner") }, "may be called by "},
		lie{"a role missing", func(r *record.Record) { first(r).Roles = []string{"staff"} }, "not [staff]"},
		lie{"a call that is another", func(r *record.Record) { first(r).Calls = []string{"Queries.Course"} }, "not [Queries.Course]"},
		lie{"a later end", func(r *record.Record) { api(r, "http-unversioned").Sunset = "2030-01-01" }, "ends on"},
		lie{"no deprecation", func(r *record.Record) { api(r, "http-unversioned").Deprecated = "" }, "is deprecated since"},
	)
}

// A route is what was seen of a request of the server.
type route struct {
	open               bool
	roles, calls       []string
	deprecated, sunset string
}

func api(r *record.Record, name string) *record.API {
	return &r.APIs[slices.IndexFunc(r.APIs, func(a record.API) bool { return a.Name == name })]
}

// compareRoutes returns how the record differs from the routes.
func compareRoutes(r record.Record, observed map[string]route) (report []string) {
	var recorded []string
	for _, a := range r.APIs {
		if a.Kind != "http" {
			continue
		}
		for _, e := range a.Endpoints {
			recorded = append(recorded, e.Address)
			o, found := observed[e.Address]
			if !found {
				continue
			}
			roles := e.Roles
			if len(roles) == 0 && !o.open {
				roles = []string{"learner", "partner", "staff"}
			}
			slices.Sort(roles)
			if !slices.Equal(roles, o.roles) {
				report = append(report, fmt.Sprintf("%s may be called by %v, not %v", e.Address, o.roles, roles))
			}
			calls := slices.Sorted(slices.Values(e.Calls))
			if !slices.Equal(calls, o.calls) {
				report = append(report, fmt.Sprintf("%s calls %v, not %v", e.Address, o.calls, calls))
			}
			if a.Deprecated != o.deprecated {
				report = append(report, fmt.Sprintf("%s is deprecated since %q, not %q", e.Address, o.deprecated, a.Deprecated))
			}
			if a.Sunset != o.sunset {
				report = append(report, fmt.Sprintf("%s ends on %q, not %q", e.Address, o.sunset, a.Sunset))
			}
		}
	}
	return append(report, differences("request", recorded, slices.Collect(maps.Keys(observed)))...)
}

// observeRoutes sends each request of /openapi.json to the server as each role, with the examples of that document.
func observeRoutes(t *testing.T) map[string]route {
	core := &watchedService{Service: application.New(memstore.New())}
	server := httpapi.New(core, httpapi.WithLogger(slog.New(slog.DiscardHandler)), httpapi.WithAuthenticator(byHeader))
	send := func(role, method, path, body string) *http.Response {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Role", role)
		if body != "" {
			r.Header.Set("Content-Type", "application/json")
		}
		answer := httptest.NewRecorder()
		server.ServeHTTP(answer, r)
		return answer.Result()
	}
	var document struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.NewDecoder(send("", "GET", "/openapi.json", "").Body).Decode(&document); err != nil {
		t.Fatal(err)
	}
	routes := make(map[string]route)
	for path, item := range document.Paths {
		for method, text := range item {
			if method == "parameters" {
				continue
			}
			var o struct {
				RequestBody struct {
					Content map[string]struct{ Example json.RawMessage }
				}
			}
			if err := json.Unmarshal(text, &o); err != nil {
				t.Fatal(err)
			}
			method = strings.ToUpper(method)
			target := strings.NewReplacer("{courseId}", "go-101", "{learnerId}", "ada", "{code}", "course_full", "{file}", "start.js").Replace(path)
			body := string(o.RequestBody.Content["application/json"].Example)
			if method == "PUT" && body == "" {
				t.Fatalf("%s %s has no example of a body", method, path)
			}
			var seen route
			seen.open = send("", method, target, body).StatusCode != http.StatusUnauthorized
			for _, role := range []string{"learner", "partner", "staff"} {
				answer := send(role, method, target, body)
				calls := core.take()
				switch {
				case answer.StatusCode == http.StatusNotFound && strings.Contains(answer.Header.Get("Content-Type"), "problem") && calls == nil:
					t.Errorf("%s %s is not served", method, path)
				case answer.StatusCode != http.StatusForbidden && !seen.open:
					seen.roles = append(seen.roles, role)
				}
				seen.calls = union(seen.calls, calls)
				seen.deprecated, seen.sunset = dates(answer.Header)
			}
			slices.Sort(seen.roles)
			routes[method+" "+path] = seen
		}
	}
	return routes
}

// dates returns the days of the headers Deprecation (RFC 9745) and Sunset (RFC 8594).
func dates(h http.Header) (deprecated, sunset string) {
	var seconds int64
	if _, err := fmt.Sscanf(h.Get("Deprecation"), "@%d", &seconds); err == nil {
		deprecated = time.Unix(seconds, 0).UTC().Format(time.DateOnly)
	}
	if end, err := time.Parse(http.TimeFormat, h.Get("Sunset")); err == nil {
		sunset = end.Format(time.DateOnly)
	}
	return deprecated, sunset
}

// byHeader authenticates a request by its header Role. A learner is ada.
func byHeader(r *http.Request) (ports.Actor, error) {
	role := r.Header.Get("Role")
	if role == "" {
		return ports.Actor{}, ports.ErrUnauthenticated
	}
	return ports.Actor{Tenant: "default", Subject: "ada", Role: ports.Role(role)}, nil
}
