#!/usr/bin/env bash
# oasdiff reports no break if a public operation of an API begins to need a token, and may report no difference at all.
#
# Guess:    A change after which requests of existing clients get 401 is a break, as the documents of oasdiff say: "A change that makes a
#           previously valid request invalid is breaking".
# Instead:  The first requirement of an operation, or of the API, is level info, as if it was a further choice. If {} is removed from the list,
#           the token is no longer optional, and no check reports it. If "security: []" is removed from an operation, so that the API's
#           requirement applies to it, even the diff is empty. One of two schemes that is removed is an error at an operation, and info at the
#           API. If bearer becomes basic under the same name, no check reports it.
# Versions: github.com/oasdiff/oasdiff v1.30.0, with all of its checks.
# Source:   checker/check_api_security_updated.go skips an empty requirement, and sets info for the whole API although checker/rules.go says error;
#           rules.go:136 says that an added requirement widens what is accepted. diff/method_diff.go:87 compares what an operation states, so
#           that none and [] are the same. https://github.com/oasdiff/oasdiff/issues/1164 lists another gap: style and explode of parameters.
# Users:    A gate in CI calls a release compatible that locks out all clients without a token, such as health checks. In a test of your own,
#           compare what each operation requires: its own list, else the API's, where no list, [] and {} mean nothing.
# Exit:     0 the finding holds; 1 the behavior changed; 2 not run.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
cat >main.go <<'GO'
package main

import (
	"fmt"
	"log"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/oasdiff/checker"
	"github.com/oasdiff/oasdiff/diff"
	"github.com/oasdiff/oasdiff/load"
)

const api = `openapi: 3.0.3
info: {title: seats, version: "1"}
SERVICE
paths:
  /courses:
    get:
      OPERATION
      responses: {"200": {description: the courses}}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
    token: {type: http, scheme: SCHEME}
`

// a change has the security of the whole API and of the operation, before and after.
type change struct {
	name          string
	before, after [2]string
}

func main() {
	info, _ := debug.ReadBuildInfo()
	for _, d := range info.Deps {
		if d.Path == "github.com/oasdiff/oasdiff" {
			fmt.Println(d.Path, d.Version)
		}
	}
	for _, c := range []change{
		{"the API gets a token", [2]string{"", ""}, [2]string{"security: [{token: []}]", ""}},
		{"the operation gets a token", [2]string{"", ""}, [2]string{"", "security: [{token: []}]"}},
		{"its token is no longer optional", [2]string{"", "security: [{}, {token: []}]"}, [2]string{"", "security: [{token: []}]"}},
		{"it is no longer excepted", [2]string{"security: [{token: []}]", "security: []"}, [2]string{"security: [{token: []}]", ""}},
		{"it loses the key", [2]string{"", "security: [{key: []}, {token: []}]"}, [2]string{"", "security: [{token: []}]"}},
		{"the API loses the key", [2]string{"security: [{key: []}, {token: []}]", ""}, [2]string{"security: [{token: []}]", ""}},
	} {
		report(c.name, parse(c.before, "bearer"), parse(c.after, "bearer"))
	}
	same := [2]string{"", "security: [{token: []}]"}
	report("the token becomes a password", parse(same, "bearer"), parse(same, "basic"))
}

func parse(security [2]string, scheme string) *load.SpecInfo {
	text := strings.NewReplacer("SERVICE", security[0], "OPERATION", security[1], "SCHEME", scheme).Replace(api)
	s, err := load.NewSpecInfoFromData(openapi3.NewLoader(), []byte(text), "api.yaml")
	if err != nil {
		log.Fatal(err)
	}
	return s
}

func report(name string, before, after *load.SpecInfo) {
	d, sources, err := diff.GetWithOperationsSourcesMap(diff.NewConfig(), before, after)
	if err != nil {
		log.Fatal(err)
	}
	var found []string
	for _, c := range checker.CheckBackwardCompatibilityUntilLevel(checker.NewConfig(checker.GetAllChecks()), d, sources, checker.INFO) {
		found = append(found, fmt.Sprintf("%v %s", c.GetLevel(), c.GetId()))
	}
	slices.Sort(found)
	fmt.Printf("%s: %v, differs: %v\n", name, found, !d.Empty())
}
GO
go mod init finding >log 2>&1
go get github.com/oasdiff/oasdiff@v1.30.0 >>log 2>&1 || { cat log; echo "NOT RUN: the module cannot be downloaded"; exit 2; }
go mod tidy >>log 2>&1 || { cat log; echo "NOT RUN: the modules cannot be downloaded"; exit 2; }
go run . | tee output
diff output - <<'EXPECTED' || { echo "CHANGED: the finding does not hold as written"; exit 1; }
github.com/oasdiff/oasdiff v1.30.0
the API gets a token: [info api-global-security-added], differs: true
the operation gets a token: [info api-security-added], differs: true
its token is no longer optional: [], differs: true
it is no longer excepted: [], differs: false
it loses the key: [error api-security-removed], differs: true
the API loses the key: [info api-global-security-removed], differs: true
the token becomes a password: [], differs: true
EXPECTED
