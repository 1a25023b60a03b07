#!/usr/bin/env bash
# EncodeVersion of cyclonedx-go drops "x-trust-boundary": false and empty lists, although the version that it writes has both.
#
# Guess:    Encoding for a version changes only what that version lacks: for 1.6, Encode and EncodeVersion write the same services.
# Instead:  EncodeVersion copies the bill by encoding/gob first, and gob sends no zero values. A pointer to false and an empty list come back as
#           nil, and are left out. There is no error.
# Versions: github.com/CycloneDX/cyclonedx-go v0.12.0
# Source:   copy.go of the package says that it copies by gob; the documents of encoding/gob say that a field with its zero value is not sent.
#           In CycloneDX, a service without x-trust-boundary says nothing about crossing one, and false says that it does not.
# Users:    A record that says "this service is inside our boundary" is published without the answer, and an auditor asks again. Set SpecVersion and
#           JSONSchema, leave out what the version lacks, and call Encode.
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
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

func main() {
	inside, outside := false, true
	bom := cdx.NewBOM()
	bom.SpecVersion = cdx.SpecVersion1_6
	bom.Services = &[]cdx.Service{
		{Name: "seats", CrossesTrustBoundary: &inside, Endpoints: &[]string{}},
		{Name: "payments", CrossesTrustBoundary: &outside},
	}
	show("Encode", func(e cdx.BOMEncoder) error { return e.Encode(bom) })
	show("EncodeVersion 1.6", func(e cdx.BOMEncoder) error { return e.EncodeVersion(bom, cdx.SpecVersion1_6) })
}

func show(name string, encode func(cdx.BOMEncoder) error) {
	var b strings.Builder
	err := encode(cdx.NewBOMEncoder(&b, cdx.BOMFileFormatJSON).SetPretty(false))
	text := b.String()
	for _, part := range []string{`"x-trust-boundary":false`, `"x-trust-boundary":true`, `"endpoints":[]`} {
		fmt.Printf("%s has %s: %t\n", name, part, strings.Contains(text, part))
	}
	if err != nil {
		fmt.Println(err)
	}
}
GO
go mod init trial >/dev/null 2>&1
go get github.com/CycloneDX/cyclonedx-go@v0.12.0 >log 2>&1 || { cat log; echo "NOT RUN: the module cannot be downloaded"; exit 2; }
got=$(go run . 2>&1) || true
echo "$got"
[ "$got" = 'Encode has "x-trust-boundary":false: true
Encode has "x-trust-boundary":true: true
Encode has "endpoints":[]: true
EncodeVersion 1.6 has "x-trust-boundary":false: false
EncodeVersion 1.6 has "x-trust-boundary":true: true
EncodeVersion 1.6 has "endpoints":[]: false' ] || { echo "the behavior changed"; exit 1; }
echo "the finding holds"
