package app

import (
	"context"

	"example.com/roster/cmd/roster/record"
)

// describeNetwork adds what each connection needs to the record.
func describeNetwork(_ context.Context, r *record.Record) error {
	r.Uses = append(r.Uses, record.Use{
		Name: "name-server", Kind: "name-server", Title: "the name server of the machine, which finds the addresses of names",
		Protocol: "DNS over UDP, or over TCP for a long answer", External: true, By: []string{"serve", "worker", "command-line"},
		RequiredFor: "addresses with names", IfDown: "connections stay, and new ones fail", Source: "the package net of Go",
	})
	return nil
}
