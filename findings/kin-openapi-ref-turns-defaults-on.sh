#!/usr/bin/env bash
# In an OpenAPI 3.1 document, kin-openapi sets defaults and minds readOnly only if another property is a $ref, and no property has a const.
#
# Guess:    openapi3filter treats a body in the same way under 3.0.3 and 3.1.0: it sets defaults, refuses a readOnly property in a request,
#           does not require it there, and refuses a writeOnly one in a response. If 3.1 differs, then for the whole document.
# Instead:  With "openapi: 3.1.0" and the same schema, the body keeps no default, "id" of the server is accepted in a request and even
#           required, and a writeOnly property passes in a response. If one property becomes a $ref to a component, all is as in 3.0.3. If a
#           property with const is added, this is lost again. Defaults of the query are set in each case. There is no error, and validation
#           of the document finds nothing.
# Versions: github.com/getkin/kin-openapi v0.152.0 and v0.153.0.
# Source:   openapi3/schema_jsonschema_validator.go:400, useJSONSchema2020, in v0.153.0: a library for JSON Schema validates 3.1, and it
#           knows nothing of defaults, requests and responses. A schema that has a $ref inside, and none of const, if, contains,
#           patternProperties and others, falls back to the validator for 3.0 (line 416). Only the latter has this code
#           (schema_3point0_validator.go:914). The README does not say so. OpenAPI 3.1 leaves readOnly to JSON Schema, which leaves it to
#           the application.
# Users:    A handler gets zero where the contract says 30, after a change of a property that has nothing to do with it. Set defaults and
#           drop readOnly fields in your own code, and test each operation with {} through the middleware, whatever its document says.
# Exit:     0 the finding holds; 1 the behavior changed; 2 not run.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
cat >main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

const document = `
openapi: %s
info: {title: courses, version: "1"}
components: {schemas: {Title: {type: string}}}
paths:
  /courses:
    post:
      parameters: [{name: limit, in: query, schema: {type: integer, default: 10}}]
      requestBody: {required: true, content: {application/json: {schema: &course {
        type: object,
        required: [id],
        properties: {id: {type: string, readOnly: true}, seats: {type: integer, default: 30}, note: {type: string, writeOnly: true}%s}}}}}
      responses: {"200": {description: OK, content: {application/json: {schema: *course}}}}
`

func main() {
	try("3.0.3", "title: {type: string}")
	try("3.1.0", "title: {type: string}")
	try("3.1.0", `title: {$ref: "#/components/schemas/Title"}`)
	try("3.1.0", `title: {$ref: "#/components/schemas/Title"}, kind: {const: course}`)
}

func try(version, properties string) {
	doc, err := openapi3.NewLoader().LoadFromData(fmt.Appendf(nil, document, version, ", "+properties))
	check(err)
	check(doc.Validate(context.Background()))
	router, err := gorillamux.NewRouter(doc)
	check(err)
	fmt.Println(version, properties)
	for _, body := range []string{`{}`, `{"id":"go-101"}`} {
		input := request(router, body)
		verdict := word(openapi3filter.ValidateRequest(context.Background(), input))
		handler, err := io.ReadAll(input.Request.Body)
		check(err)
		fmt.Printf("  request %s: %s; the handler gets %s %s\n", body, verdict, handler, input.Request.URL.RawQuery)
	}
	const answer = `{"id":"go-101","note":"late"}`
	response := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: request(router, `{}`),
		Status:                 http.StatusOK,
		Header:                 http.Header{"Content-Type": {"application/json"}},
		Body:                   io.NopCloser(strings.NewReader(answer)),
	}
	fmt.Printf("  response %s: %s\n", answer, word(openapi3filter.ValidateResponse(context.Background(), response)))
}

func request(router routers.Router, body string) *openapi3filter.RequestValidationInput {
	r, err := http.NewRequest(http.MethodPost, "/courses", strings.NewReader(body))
	check(err)
	r.Header.Set("Content-Type", "application/json")
	route, params, err := router.FindRoute(r)
	check(err)
	return &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route}
}

func word(err error) string {
	if err == nil {
		return "valid"
	}
	for _, reason := range []string{`readOnly property "id" in request`, `writeOnly property "note" in response`, "missing property 'id'"} {
		if strings.Contains(err.Error(), reason) {
			return reason
		}
	}
	return err.Error()
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
GO
cat >expected <<'EXPECTED'
3.0.3 title: {type: string}
  request {}: valid; the handler gets {"seats":30} limit=10
  request {"id":"go-101"}: readOnly property "id" in request; the handler gets {"id":"go-101"} limit=10
  response {"id":"go-101","note":"late"}: writeOnly property "note" in response
3.1.0 title: {type: string}
  request {}: missing property 'id'; the handler gets {} limit=10
  request {"id":"go-101"}: valid; the handler gets {"id":"go-101"} limit=10
  response {"id":"go-101","note":"late"}: valid
3.1.0 title: {$ref: "#/components/schemas/Title"}
  request {}: valid; the handler gets {"seats":30} limit=10
  request {"id":"go-101"}: readOnly property "id" in request; the handler gets {"id":"go-101"} limit=10
  response {"id":"go-101","note":"late"}: writeOnly property "note" in response
3.1.0 title: {$ref: "#/components/schemas/Title"}, kind: {const: course}
  request {}: missing property 'id'; the handler gets {} limit=10
  request {"id":"go-101"}: valid; the handler gets {"id":"go-101"} limit=10
  response {"id":"go-101","note":"late"}: valid
EXPECTED
for version in v0.152.0 v0.153.0; do
	rm -f go.mod go.sum
	go mod init finding >log 2>&1
	go get "github.com/getkin/kin-openapi@$version" >>log 2>&1 && go mod tidy >>log 2>&1 ||
		{ cat log; echo "NOT RUN: the module cannot be downloaded"; exit 2; }
	echo "github.com/getkin/kin-openapi $version"
	go run . | tee output
	diff output expected || { echo "CHANGED: the finding does not hold as written"; exit 1; }
done
