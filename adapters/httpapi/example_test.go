package httpapi_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"

	"example.com/roster/adapters/httpapi"
	"example.com/roster/adapters/memstore"
	"example.com/roster/application"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// The API on a given service. A test sends requests to the handler, without a port and without tokens.
func ExampleNew() {
	ctx, staff := context.Background(), ports.Actor{Tenant: "default", Subject: "me", Role: ports.Staff}
	service := application.New(memstore.New())
	service.PutCourse(ctx, staff, "go-101", domain.Settings{Title: new("Go for engineers"), Capacity: new(1)})

	caller := func(r *http.Request) (ports.Actor, error) {
		return ports.Actor{Tenant: "default", Subject: r.Header.Get("Learner"), Role: ports.Learner}, nil
	}
	api := httpapi.New(service, httpapi.WithAuthenticator(caller), httpapi.WithLogger(slog.New(slog.DiscardHandler)))
	for _, learner := range []string{"ada", "bob"} {
		request := httptest.NewRequest("POST", "/v1/courses/go-101/enrollments", strings.NewReader("{}"))
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Learner", learner)
		answer := httptest.NewRecorder()
		api.ServeHTTP(answer, request)
		fmt.Println(answer.Code, answer.Header().Get("Location"))
	}
	// Output:
	// 201 /v1/courses/go-101/enrollments/ada
	// 202 /v1/courses/go-101/enrollments/bob
}
