package app

import (
	"context"
	_ "embed"
	"encoding/json"
	"slices"

	"example.com/roster/adapters/sqlite"
	"example.com/roster/cmd/roster/record"
)

// describeStores describes the stores of a single process: it may do everything, with all tenants.
func describeStores(ctx context.Context, r *record.Record) error {
	tables, err := storedTables(ctx)
	for i, t := range tables {
		tenant := "all"
		if !slices.Contains(t.Columns, "tenant_id") {
			tenant = ""
		}
		tables[i].Access = []record.Access{{Role: "process", Read: []string{"*"}, Write: []string{"insert", "update", "delete"}, Admin: true, Tenant: tenant}}
	}
	r.Stores = append(r.Stores,
		record.Store{Name: "sqlite", Title: "a file, which the processes of one machine share; the default", Package: "adapters/sqlite", Tables: tables, Source: "adapters/sqlite/migrations"},
		record.Store{Name: "memory", Title: "the memory of one process, for tests and trials; its data ends with the process", Package: "adapters/memstore", Tables: []record.Table{}, Source: "adapters/memstore"})
	return err
}

// storedTables returns the tables that the migrations of every database make.
func storedTables(ctx context.Context) (tables []record.Table, err error) {
	made, err := sqlite.Tables(ctx)
	for _, t := range made {
		tables = append(tables, record.Table{Name: t.Name, Columns: t.Columns})
	}
	return tables, err
}

// operations are what the operations of ports.Service read and write. To observe them again:
//
//	go test ./cmd/proof/record -run '^TestOperations$' -update
//
//go:embed operations.json
var operations []byte

func describeOperations(_ context.Context, r *record.Record) error {
	if err := json.Unmarshal(operations, &r.Operations); err != nil {
		return err
	}
	for i := range r.Operations {
		r.Operations[i].Source = "cmd/roster/app/operations.json"
	}
	return nil
}

// What personal data are, and until when they stay.
const (
	learnerID    = "the learner's id"
	enrollmentID = "the enrollment's id"
	untilForget  = "until `forget`"
	untilPurge   = "until `forget`. With `--retention`, a superseded event is purged earlier. Without it the journal stays: it proves who was first"
	untilExpiry  = "48 hours (removed by the schedule, which runs every ten minutes)"
	kept         = "for good: it leads to a person only together with an event that names both"
)

// personalColumns are the columns in which a learner, an enrollment or a caller is named. Log lines and metrics name none. The text of a
// key and of a correlation id is the caller's: docs/privacy.md says so.
var personalColumns = []record.Personal{
	{Name: "standings.learner_id", What: learnerID, Until: untilForget},
	{Name: "standings.enrollment_id", What: enrollmentID, Until: kept},
	{Name: "journal.learner_id", What: learnerID, Until: untilPurge},
	{Name: "journal.previous_learner_id", What: learnerID, Until: untilPurge},
	{Name: "journal.enrollment_id", What: enrollmentID, Until: kept},
	{Name: "replies.subject", What: "the learner's id, if the learner sent a key", Until: untilExpiry + ", or " + untilForget},
	{Name: "replies.subject", What: "another caller's id, if a key was sent: the subject of a token, or cli:USER", Until: untilExpiry},
	{Name: "replies.outcomes", What: learnerID, Until: untilExpiry + ", or " + untilForget},
	{Name: "replies.outcomes", What: enrollmentID, Until: untilExpiry},
}

func describePersonalColumns(_ context.Context, r *record.Record) error {
	for _, p := range personalColumns {
		p.Where, p.Source = "column", "cmd/roster/app/describe_stores.go"
		r.PersonalData = append(r.PersonalData, p)
	}
	return nil
}
