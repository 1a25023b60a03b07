package app

import (
	"context"

	"example.com/roster/cmd/roster/record"
)

// describers fill the record, each with what it knows, in the order in which readers expect it. What belongs to a part of the
// service is in a file of its own: describe_postgres.go leaves with the part postgres.
var describers = []func(context.Context, *record.Record) error{
	describeTelemetry,
}

// serviceRecord returns the record of the service, from the program itself: no database or broker has to run.
func serviceRecord(ctx context.Context, owner record.Record) (record.Record, error) {
	for _, describe := range describers {
		if err := describe(ctx, &owner); err != nil {
			return record.Record{}, err
		}
	}
	return owner, nil
}
