package proof_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"example.com/roster/application"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// BenchmarkGrowthByOneCaller measures how many bytes of the database one learner takes per write with the longest subject and keys:
// enrolled and withdrawn in turn, which also writes the journal, and refused each time, which keeps only the reply.
//
//	go test ./cmd/proof -run '^$' -bench GrowthByOneCaller -benchtime 10000x
func BenchmarkGrowthByOneCaller(b *testing.B) {
	id := domain.LearnerID(strings.Repeat("a", 255))
	learner := ports.Actor{Tenant: tenant, Subject: string(id), Role: ports.Learner}
	enroll, withdraw := ports.Enroll{Course: "c-00000", Learner: id}, ports.Withdraw{Course: "c-00000", Learner: id}
	for _, c := range []struct {
		store, name string
		actions     []ports.Action
	}{
		{"sqlite", "in turn", []ports.Action{enroll, withdraw}}, {"sqlite", "refused", []ports.Action{withdraw}},
		{"postgres", "in turn", []ports.Action{enroll, withdraw}}, {"postgres", "refused", []ports.Action{withdraw}},
	} {
		b.Run(c.store+" "+c.name, func(b *testing.B) {
			s := newSystem(b, c.store)
			putCourses(b, s, 1)
			service := application.New(s.open(b))
			before := s.bytes(b)
			n := 0
			for ; b.Loop(); n++ {
				command := ports.Command{By: learner, Key: fmt.Sprintf("%0255d", n), Actions: c.actions[n%len(c.actions) : n%len(c.actions)+1]}
				if reply := service.Submit(b.Context(), command)[0]; reply.Err != nil {
					b.Fatal(reply.Err)
				}
			}
			b.ReportMetric(float64(s.bytes(b)-before)/float64(n), "bytes/write")
		})
	}
}

// bytes returns the size of the database.
func (s system) bytes(b *testing.B) (n int64) {
	b.Helper()
	driver, name, query := "pgx", s.url, "SELECT pg_database_size(current_database())"
	if path, ok := strings.CutPrefix(s.url, "sqlite:"); ok {
		driver, name, query = "sqlite", path, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRowContext(b.Context(), query).Scan(&n); err != nil {
		b.Fatal(err)
	}
	return n
}
