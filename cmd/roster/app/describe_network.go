package app

import (
	"context"

	"example.com/roster/cmd/roster/record"
)

// describeNetwork adds what each connection needs to the record.
func describeNetwork(_ context.Context, r *record.Record) error {
	r.Uses = append(r.Uses, record.Use{
		Name: "name-server", Kind: "name-server", Title: "finds the addresses of names, as the machine is configured",
		Protocol: "DNS over UDP, or over TCP for a long answer", External: true, Source: "the package net of Go",
	})
	return nil
}
