#!/usr/bin/env bash
# go.yaml.in/yaml drops null items when it decodes a list of texts or structs, and takes the quoted text 'no' for the boolean false.
#
# Guess:    A null item of a list becomes the zero value, as in encoding/json, or is an error with KnownFields. A quoted 'no' is text, so decoding
#           it into a bool is an error.
# Instead:  The list is shorter, without an error: the items after a null move up. 'no' and "yes" become false and true. A list of pointers keeps the
#           null as nil, and a list of any keeps it, too.
# Versions: go.yaml.in/yaml/v3 v3.0.5
# Source:   decode.go: an item that was not decoded into is left out of the slice, and a null decodes into nothing but pointers, maps, slices and
#           interfaces. The words of YAML 1.1 are read for every scalar whose target is a bool; its style is not looked at.
# Users:    In a configuration, "- " with its value forgotten is not reported, and lists that belong together by position shift. Decode into a
#           yaml.Node first, and refuse null items and quoted booleans.
# Exit:     0 the finding holds; 1 the behavior changed; 2 not run.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
cat >main.go <<'GO'
package main

import (
	"bytes"
	"encoding/json"
	"fmt"

	"go.yaml.in/yaml/v3"
)

type seat struct{ Row string }

func main() {
	const text = "[a, ~, b]"
	try[[]string]("texts", text)
	try[[]seat]("structs", "[{row: a}, ~, {row: b}]")
	try[[]*string]("pointers", text)
	try[[]any]("any", text)
	try[bool]("a quoted no", "'no'")
	try[bool]("a quoted yes", `"yes"`)
	var fromJSON []string
	err := json.Unmarshal([]byte(`["a", null, "b"]`), &fromJSON)
	fmt.Printf("encoding/json: %d items, %v\n", len(fromJSON), err)
}

func try[T any](name, text string) {
	var value T
	d := yaml.NewDecoder(bytes.NewReader([]byte(text)))
	d.KnownFields(true)
	err := d.Decode(&value)
	switch v := any(value).(type) {
	case bool:
		fmt.Printf("%s: %t, %v\n", name, v, err)
	case []string:
		fmt.Printf("%s: %q, %v\n", name, v, err)
	case []seat:
		fmt.Printf("%s: %v, %v\n", name, v, err)
	case []*string:
		fmt.Printf("%s: %d items, %v\n", name, len(v), err)
	case []any:
		fmt.Printf("%s: %v, %v\n", name, v, err)
	}
}
GO
go mod init trial >/dev/null 2>&1
go get go.yaml.in/yaml/v3@v3.0.5 >log 2>&1 || { cat log; echo "NOT RUN: the module cannot be downloaded"; exit 2; }
got=$(go run . 2>&1) || true
echo "$got"
[ "$got" = 'texts: ["a" "b"], <nil>
structs: [{a} {b}], <nil>
pointers: 3 items, <nil>
any: [a <nil> b], <nil>
a quoted no: false, <nil>
a quoted yes: true, <nil>
encoding/json: 3 items, <nil>' ] || { echo "the behavior changed"; exit 1; }
echo "the finding holds"
