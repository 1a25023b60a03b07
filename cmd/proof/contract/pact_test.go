package contract_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"example.com/roster/application"
	"example.com/roster/cmd/proof/contract"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

func TestConsumersGetWhatTheyNeed(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(api + "testdata/pacts/*.json")
	if err != nil || len(files) < 3 {
		t.Fatalf("pacts of %d consumers, %v", len(files), err)
	}
	for _, name := range files {
		pact, err := contract.ReadPact(file(t, name))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, i := range pact.Interactions {
			t.Run(pact.Consumer.Name+"/"+i.Description, func(t *testing.T) {
				t.Parallel()
				if err := verify(t, i, unchanged); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// verify runs an interaction on a new service whose responses pass through change.
func verify(t *testing.T, i contract.Interaction, change func(string) string) error {
	t.Helper()
	service, api := newAPI()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		response := httptest.NewRecorder()
		api.ServeHTTP(response, r)
		for name, values := range response.Header() {
			w.Header()[name] = values
		}
		w.Header().Del("Content-Length")
		w.WriteHeader(response.Code)
		_, _ = io.WriteString(w, change(response.Body.String()))
	}))
	defer server.Close()
	for _, state := range i.ProviderStates {
		if err := establish(t, state, service, server); err != nil {
			return fmt.Errorf("state %q: %w", state.Name, err)
		}
	}
	return i.Verify(server.Client(), server.URL)
}

func unchanged(body string) string { return body }

// establish establishes a provider state.
func establish(t *testing.T, s contract.State, service *application.Service, server *httptest.Server) error {
	staff := ports.Actor{Tenant: "default", Subject: "pacts", Role: ports.Staff}
	params, err := json.Marshal(s.Params)
	if err != nil {
		return err
	}
	switch s.Name {
	case "a course":
		var c struct {
			Course         domain.CourseID
			Capacity       int
			Open, Waitlist *bool
			Learners       []domain.LearnerID // in order: the seats, then the waitlist
		}
		if err := json.Unmarshal(params, &c); err != nil {
			return err
		}
		title := "Go"
		settings := domain.Settings{Title: &title, Capacity: &c.Capacity, Open: c.Open, WaitlistEnabled: c.Waitlist}
		if _, err := service.PutCourse(t.Context(), staff, c.Course, settings); err != nil {
			return err
		}
		for _, learner := range c.Learners {
			if _, err := service.Enroll(t.Context(), staff, c.Course, learner); err != nil {
				return err
			}
		}
		return nil
	case "the partner has ordered":
		order, err := http.NewRequest("POST", server.URL+"/partner/v1/enrollments", bytes.NewReader(params))
		if err != nil {
			return err
		}
		order.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer partner:acme"}}
		response, err := server.Client().Do(order)
		if err != nil {
			return err
		}
		return response.Body.Close()
	}
	return fmt.Errorf("unknown provider state")
}

func TestBrokenPactsAreReported(t *testing.T) {
	t.Parallel()
	pact, err := contract.ReadPact(file(t, api+"testdata/pacts/course-page.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range pact.Interactions {
		if i.Description != "one course, to be asked for again" {
			continue
		}
		for name, c := range map[string]struct{ old, new, want string }{
			"a field renamed":               {`"title"`, `"name"`, "$: lacks title"},
			"another value":                 {`"capacity":1`, `"capacity":2`, "$.capacity: 2 does not match 1 by equality"},
			"another type":                  {`"seatsTaken":1`, `"seatsTaken":"1"`, `$.seatsTaken: "1" does not match 1 by integer`},
			"a fraction for a count":        {`"seatsTaken":1`, `"seatsTaken":1.5`, "$.seatsTaken: 1.5 does not match 1 by integer"},
			"a field that no consumer uses": {`{`, `{"room":"B 12",`, ""},
			"another count":                 {`"seatsTaken":1`, `"seatsTaken":7`, ""},
		} {
			err := verify(t, i, func(body string) string { return strings.Replace(body, c.old, c.new, 1) })
			if text := fmt.Sprint(err); (c.want == "") != (err == nil) || c.want != "" && !strings.Contains(text, c.want) {
				t.Errorf("%s: %v, want %q", name, err, c.want)
			}
		}
		i.Response.Status = 201
		if verify(t, i, unchanged) == nil {
			t.Error("another status passes")
		}
		i.Response.Status, i.Response.Headers = 200, map[string]string{"ETag": "none"}
		i.Response.MatchingRules.Header = nil
		if verify(t, i, unchanged) == nil {
			t.Error("another header passes")
		}
		return
	}
	t.Fatal("the pact has no such interaction")
}
