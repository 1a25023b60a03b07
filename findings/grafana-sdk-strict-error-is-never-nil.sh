#!/usr/bin/env bash
# UnmarshalJSONStrict of grafana-foundation-sdk returns an error that is not nil for a valid dashboard. The error has no text.
#
# Guess:    dashboard.UnmarshalJSONStrict returns nil for a dashboard that the package itself has written, so a check is "if err != nil".
# Instead:  It returns an error interface that holds a nil cog.BuildErrors: err != nil is always true, and err.Error() is empty. An unknown field
#           gives an error with a text.
# Versions: github.com/grafana/grafana-foundation-sdk/go v0.0.22
# Source:   The function ends with "return errs", and errs is a variable of the type cog.BuildErrors: https://go.dev/doc/faq#nil_error
# Users:    A check of dashboards in CI refuses every dashboard. Compare the text, or the length by errors.As, with nothing.
# Exit:     0 the finding holds; 1 the behavior changed; 2 not run.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
cat >main.go <<'GO'
package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

func main() {
	built, err := dashboard.NewDashboardBuilder("Seats").Build()
	if err != nil {
		panic(err)
	}
	text, err := json.Marshal(built)
	if err != nil {
		panic(err)
	}
	try("its own dashboard", text)
	try("an unknown field", []byte(strings.Replace(string(text), "{", `{"seats":1,`, 1)))
}

func try(name string, text []byte) {
	var d dashboard.Dashboard
	err := d.UnmarshalJSONStrict(text)
	message := ""
	if err != nil {
		message = err.Error()
	}
	fmt.Printf("%s: err != nil is %t, %T, has a text: %t\n", name, err != nil, err, message != "")
}
GO
go mod init trial >/dev/null 2>&1
go get github.com/grafana/grafana-foundation-sdk/go@v0.0.22 >log 2>&1 || { cat log; echo "NOT RUN: the module cannot be downloaded"; exit 2; }
got=$(go run . 2>&1) || true
echo "$got"
[ "$got" = "its own dashboard: err != nil is true, cog.BuildErrors, has a text: false
an unknown field: err != nil is true, cog.BuildErrors, has a text: true" ] || { echo "the behavior changed"; exit 1; }
echo "the finding holds"
