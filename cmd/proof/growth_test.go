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
	for name, actions := range map[string][]ports.Action{"in turn": {enroll, withdraw}, "refused": {withdraw}} {
		for _, kind := range []string{"sqlite", "postgres"} {
			b.Run(kind+" "+name, func(b *testing.B) {
				s := newSystem(b, kind)
				putCourses(b, s, 1)
				service := application.New(s.open(b))
				before, n := s.bytes(b), 0
				for ; b.Loop(); n++ {
					command := ports.Command{By: learner, Key: fmt.Sprintf("%0255d", n), Actions: actions[n%len(actions) : n%len(actions)+1]}
					if reply := service.Submit(b.Context(), command)[0]; reply.Err != nil {
						b.Fatal(reply.Err)
					}
				}
				b.ReportMetric(float64(s.bytes(b)-before)/float64(n), "bytes/write")
			})
		}
	}
}

// bytes returns the size of the database.
func (s system) bytes(b *testing.B) (n int64) {
	b.Helper()
	driver, name, query := "sqlite", strings.TrimPrefix(s.url, "sqlite:"), "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
	if s.name == "postgres" {
		driver, name, query = "pgx", s.url, "SELECT pg_database_size(current_database())"
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

func putCourses(b *testing.B, s system, n int) {
	b.Helper()
	s.must(b, "", "course", "list")
	service := application.New(s.open(b))
	var commands []ports.Command
	for i := range n {
		commands = append(commands, ports.Command{By: staff, Actions: []ports.Action{ports.PutCourse{
			Course: domain.CourseID(fmt.Sprintf("c-%05d", i)), Settings: domain.Settings{Title: new("Course"), Capacity: new(10)},
		}}})
	}
	for _, r := range service.Submit(b.Context(), commands...) {
		if _, err := r.One(); err != nil {
			b.Fatal(err)
		}
	}
}
