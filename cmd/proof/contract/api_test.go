package contract_test

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"example.com/roster/adapters/httpapi"
	"example.com/roster/adapters/memstore"
	"example.com/roster/application"
	"example.com/roster/ports"
)

// newAPI returns a service in memory and its HTTP API, which accepts "Bearer ROLE:SUBJECT" as a token.
func newAPI() (*application.Service, *httpapi.Server) {
	service := application.New(memstore.New())
	authenticate := func(r *http.Request) (ports.Actor, error) {
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		role, subject, ok := strings.Cut(token, ":")
		if !ok {
			return ports.Actor{}, ports.ErrUnauthenticated
		}
		return ports.Actor{Tenant: "default", Subject: subject, Role: ports.Role(role)}, nil
	}
	return service, httpapi.New(service, httpapi.WithAuthenticator(authenticate), httpapi.WithLogger(slog.New(slog.DiscardHandler)))
}

func loadSpec(t testing.TB) *openapi3.T {
	t.Helper()
	spec, err := openapi3.NewLoader().LoadFromFile(api + "openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return spec
}
