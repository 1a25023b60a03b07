package record_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/roster/adapters/sqlite"
	"example.com/roster/application"
	"example.com/roster/cmd/roster/record"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A reply that is as old as the record says is removed, and one that is an hour younger is not.
func TestExpiry(t *testing.T) {
	t.Parallel()
	hours := observeExpiry(t)
	catches(t, func(r record.Record) (report []string) {
		for _, p := range r.PersonalData {
			if kept := fmt.Sprint(hours, " hours"); strings.HasPrefix(p.Name, "replies.") && !strings.HasPrefix(p.Until, kept+" ") {
				report = append(report, fmt.Sprintf("%s is kept %s, not %s", p.Name, kept, p.Until))
			}
		}
		return report
	},
		lie{"a shorter time", func(r *record.Record) {
			find(r.PersonalData, func(p record.Personal) bool { return p.Name == "replies.outcomes" }).Until = "47 hours (removed)"
		}, "replies.outcomes is kept 48 hours, not 47 hours"},
	)
}

// observeExpiry returns the age in hours at which a reply is removed.
func observeExpiry(t *testing.T) (hours int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "roster.db")
	store, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	core, db := application.New(store), openSQLite(t, path)
	action := ports.PutCourse{Course: "go", Settings: domain.Settings{Title: new("Go"), Capacity: new(1)}}
	by := ports.Actor{Tenant: "default", Subject: "staff", Role: ports.Staff}
	if reply := core.Submit(t.Context(), ports.Command{By: by, Key: "1", Actions: []ports.Action{action}})[0]; reply.Err != nil {
		t.Fatal(reply.Err)
	}
	for hours = range 1000 {
		at := time.Now().Add(-time.Duration(hours) * time.Hour).UTC().Format("2006-01-02 15:04:05-07:00") // steady: the next age is an hour away
		if _, err := db.ExecContext(t.Context(), "UPDATE replies SET replied_at = ?", at); err != nil {
			t.Fatal(err)
		}
		if n, err := core.Expire(t.Context()); err != nil {
			t.Fatal(err)
		} else if n > 0 {
			break
		}
	}
	return hours
}
