package contract_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"

	"example.com/roster/cmd/proof/contract"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Every response to a generated request is in the spec, and none is a 5xx.
func TestResponsesAreInTheSpec(t *testing.T) {
	t.Parallel()
	spec := loadSpec(t)
	n, required := enough(spec), []int{200, 400, 401, 403, 404, 409, 412, 413, 415, 422}
	if os.Getenv("ROSTER_LONG") != "" {
		n, required = 10*n, append(required, 201, 202, 304)
	}
	const seed = 2026
	responses, err := ask(spec, seed, n)
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	t.Logf("seed %d: %d requests, responses %v", seed, n, responses)
	for _, status := range required {
		if responses[status] == 0 {
			t.Errorf("no response is %d: the requests are too valid, or too invalid", status)
		}
	}
}

// enough returns a number of requests that covers each operation about 100 times.
func enough(spec *openapi3.T) (n int) {
	for _, item := range spec.Paths.Map() {
		n += 100 * len(item.Operations())
	}
	return n
}

// ask sends n requests of the spec to a service with the course of the examples, and counts the responses by status.
func ask(spec *openapi3.T, seed uint64, n int) (map[int]int, error) {
	service, server := newAPI()
	responses := map[int]int{}
	staff := ports.Actor{Tenant: "default", Subject: "sam", Role: ports.Staff}
	settings := domain.Settings{Title: new("Go"), Capacity: new(1)}
	if _, err := service.PutCourse(context.Background(), staff, "go-101", settings); err != nil {
		return nil, err
	}
	if _, err := service.Enroll(context.Background(), staff, "go-101", "ada"); err != nil {
		return nil, err
	}
	requests := contract.NewRequests(spec, seed,
		"staff:sam", "staff:sam", "staff:sam", "learner:ada", "partner:acme", "nobody:x", "garbage")
	for i := range n {
		request, route := requests.Next()
		w := httptest.NewRecorder()
		server.ServeHTTP(w, request)
		responses[w.Code]++
		input := &openapi3filter.ResponseValidationInput{
			RequestValidationInput: &openapi3filter.RequestValidationInput{Request: request, Route: route},
			Status:                 w.Code, Header: w.Header(), Body: io.NopCloser(bytes.NewReader(w.Body.Bytes())),
			Options: &openapi3filter.Options{IncludeResponseStatus: true},
		}
		err := openapi3filter.ValidateResponse(context.Background(), input)
		if err == nil && w.Code >= 500 {
			err = fmt.Errorf("a 5xx")
		}
		if err != nil {
			return responses, fmt.Errorf("request %d, %s %s (%s), response %d: %w\n%.500s",
				i, request.Method, request.URL, route.Operation.OperationID, w.Code, err, w.Body)
		}
	}
	return responses, nil
}

func TestUndocumentedResponsesAreReported(t *testing.T) {
	t.Parallel()
	spec := loadSpec(t)
	spec.Paths.Value("/v1/courses/{courseId}").Put.Responses.Delete("412")
	if _, err := ask(spec, 2026, enough(spec)); err == nil {
		t.Error("412 of a PUT passes although the spec does not have it")
	}
	if a, b := first(spec, 7), first(spec, 7); a != b || a == first(spec, 8) {
		t.Error("the requests do not depend on the seed alone")
	}
}

// first returns the first 50 requests of a seed as text.
func first(spec *openapi3.T, seed uint64) (text string) {
	requests := contract.NewRequests(spec, seed, "a:b", "c:d")
	for range 50 {
		r, _ := requests.Next()
		body, _ := io.ReadAll(r.Body)
		text += fmt.Sprintln(r.Method, r.URL, r.Header, string(body))
	}
	return text
}
