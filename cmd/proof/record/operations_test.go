package record_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/roster/adapters/membus"
	"example.com/roster/adapters/sqlite"
	"example.com/roster/application"
	"example.com/roster/cmd/roster/record"
	"example.com/roster/domain"
	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

// drivingPorts are the parts of ports.Service.
var drivingPorts = []reflect.Type{
	reflect.TypeFor[ports.Commands](), reflect.TypeFor[ports.Queries](), reflect.TypeFor[ports.Verifier](), reflect.TypeFor[ports.Maintenance](),
	reflect.TypeFor[ports.Erasure](), reflect.TypeFor[ports.DeadLetters](),
}

// compareOperations compares the operations with those that were observed, and with the methods of the ports.
func compareOperations(r record.Record, observed []record.Operation) (report []string) {
	as := func(o record.Operation) string {
		// Sorted, because a copy whose courses have another name has them elsewhere in the recorded order.
		return fmt.Sprintf("%s (%s), which reads %v and writes %v,", o.Name, o.Kind, slices.Sorted(slices.Values(o.Reads)), slices.Sorted(slices.Values(o.Writes)))
	}
	var recorded, seen, names []string
	for _, o := range r.Operations {
		recorded, names = append(recorded, as(o)), append(names, o.Name)
	}
	for _, o := range observed {
		seen = append(seen, as(o))
	}
	report = differences("operation", recorded, seen)
	methods := 0
	for _, port := range drivingPorts {
		for i := range port.NumMethod() {
			methods++
			method := port.Name() + "." + port.Method(i).Name
			if !slices.ContainsFunc(names, func(name string) bool { return name == method || strings.HasPrefix(name, method+" ") }) {
				report = append(report, "no operation of "+method+" is in the record: call it in callAll, and run make generate")
			}
		}
	}
	if all := reflect.TypeFor[ports.Service]().NumMethod(); all != methods {
		report = append(report, fmt.Sprintf("ports.Service has %d methods, and drivingPorts have %d", all, methods))
	}
	return report
}

// The operations are the methods of the ports. What each reads and writes is observed, in the statements that it sends to SQLite.
func TestOperations(t *testing.T) {
	t.Parallel()
	observed := observeOperations(t)
	if *update { // go test ./cmd/proof/record -run '^TestOperations$' -update
		text, err := json.MarshalIndent(observed, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		requireText(t, "cmd/roster/app/operations.json", string(text)+"\n")
		return // the next build has it
	}
	operation := func(r *record.Record, name string) *record.Operation {
		return find(r.Operations, func(o record.Operation) bool { return o.Name == name })
	}
	catches(t, func(r record.Record) []string { return compareOperations(r, observed) },
		lie{"a table read too many", func(r *record.Record) { o := operation(r, "Queries.Course"); o.Reads = append(o.Reads, "standings") },
			"operation Queries.Course (query), which reads"},
		lie{"a table written too few", func(r *record.Record) { o := operation(r, "Commands.Submit enroll"); o.Writes = o.Writes[1:] },
			"operation Commands.Submit enroll (command), which reads"},
		lie{"another kind", func(r *record.Record) { operation(r, "Queries.Course").Kind = "command" }, "Queries.Course (command), which reads"},
		lie{"an operation too few", func(r *record.Record) {
			r.Operations = slices.DeleteFunc(r.Operations, func(o record.Operation) bool { return o.Name == "Commands.Submit put" })
		}, "operation Commands.Submit put (command)"},
		lie{"a method too few", func(r *record.Record) { operation(r, "Erasure.About").Name = "Erasure.Tell" }, "no operation of Erasure.About is in the record: call it"},
	)
}

// observeOperations returns what the operations read and write in SQLite, by the statements that they send.
func observeOperations(t *testing.T) (all []record.Operation) {
	t.Helper()
	path, sent := filepath.Join(t.TempDir(), "roster.db"), new(statements)
	store, err := sqlite.Open(t.Context(), path, sqlite.Through(func(c driver.Connector) driver.Connector { return recording{c, sent} }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	db := openSQLite(t, path)
	callAll(t, db, func(name string, do func(ports.Service) error) {
		t.Helper()
		sent.take()
		if do == nil {
			relay(t, db, store)
		} else if err := do(application.New(store, application.WithRetention(time.Nanosecond))); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		i := slices.IndexFunc(all, func(o record.Operation) bool { return o.Name == name })
		if i < 0 {
			i, all = len(all), append(all, record.Operation{Name: name, Kind: "query", Reads: []string{}, Writes: []string{}})
		}
		for _, statement := range sent.take() {
			reads, writes := tablesOf(t, db, statement)
			all[i].Reads, all[i].Writes = union(all[i].Reads, reads), union(all[i].Writes, writes)
		}
		if len(all[i].Writes) > 0 {
			all[i].Kind = "command"
		}
		if do == nil {
			all[i].Kind = "background"
		}
	})
	return all
}

// relay runs the relay until everything is published.
func relay(t *testing.T, db *sql.DB, store interface {
	ports.Outbox
	ports.Locker
}) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	running.Go(func() {
		(&application.Relay{Outbox: store, Locker: store, Publisher: membus.New(), OnError: func(err error) { t.Error(err) }}).Run(ctx)
	})
	portstest.Eventually(t, "everything is published", func() bool { return len(texts(t, db, "SELECT entry_id FROM unpublished")) == 0 })
}

// callAll calls each operation so that it does all it can do. Without a function the relay is to run.
func callAll(t *testing.T, db *sql.DB, call func(name string, do func(ports.Service) error)) {
	t.Helper()
	const course = domain.CourseID("go")
	ctx, staff := t.Context(), ports.Actor{Tenant: "default", Subject: "staff", Role: ports.Staff}
	put := func(capacity int) ports.Action {
		return ports.PutCourse{Course: course, Settings: domain.Settings{Title: new("Go"), Capacity: &capacity}}
	}
	for i, action := range []ports.Action{
		put(1), ports.Enroll{Course: course, Learner: "ada"}, ports.Enroll{Course: course, Learner: "bob"}, ports.Enroll{Course: course, Learner: "cyd"},
		ports.Withdraw{Course: course, Learner: "ada"}, put(2),
	} {
		call("Commands.Submit "+action.Name(), func(s ports.Service) error {
			_, err := s.Submit(ctx, ports.Command{By: staff, Key: fmt.Sprint(i), Actions: []ports.Action{action}})[0].One()
			return err
		})
	}
	for _, c := range independent(ctx, staff) {
		call(c.name, c.do)
	}
	call("Verifier.VerifyJournal", func(s ports.Service) error { _, err := s.VerifyJournal(ctx, staff, ""); return err })
	call("Maintenance.Republish", func(s ports.Service) error { _, err := s.Republish(ctx, staff, time.Time{}); return err })
	call("Erasure.Rename", func(s ports.Service) error { _, err := s.Rename(ctx, staff, "bob", "ben"); return err })
	call("DeadLetters.PutDeadLetters", func(s ports.Service) error {
		return s.PutDeadLetters(ctx, staff, []ports.DeadLetter{{ID: "1", By: staff, Learner: "cyd", At: time.Now()}, {ID: "2", By: staff, Learner: "ben", At: time.Now()}})
	})
	call("DeadLetters.ListDeadLetters", func(s ports.Service) error {
		_, err := s.ListDeadLetters(ctx, staff, ports.DeadLetterPage{Limit: 9})
		return err
	})
	call("Erasure.About", func(s ports.Service) error { _, err := s.About(ctx, staff, "ben"); return err })
	call("Erasure.Forget", func(s ports.Service) error { _, err := s.Forget(ctx, staff, "ben"); return err })
	call("DeadLetters.DeleteDeadLetters", func(s ports.Service) error { return s.DeleteDeadLetters(ctx, staff, []string{"1"}) })
	call("Relay.Run", nil)
	call("Maintenance.Purge", func(s ports.Service) error {
		if n, err := s.Purge(ctx); n == 0 || err != nil {
			return fmt.Errorf("purged %d, %w", n, err)
		}
		return nil
	})
	if _, err := db.ExecContext(ctx, "UPDATE replies SET replied_at = '2000-01-01 00:00:00+00:00'"); err != nil {
		t.Fatal(err)
	}
	call("Maintenance.Expire", func(s ports.Service) error {
		if n, err := s.Expire(ctx); n == 0 || err != nil {
			return fmt.Errorf("expired %d, %w", n, err)
		}
		return nil
	})
}

// A call is one of an operation.
type call struct {
	name string
	do   func(ports.Service) error
}

// independent returns the calls that may come in any order.
func independent(ctx context.Context, by ports.Actor) []call {
	return []call{
		{"Queries.Course", func(s ports.Service) error { _, err := s.Course(ctx, by, "go"); return err }},
		{"Queries.Courses", func(s ports.Service) error { _, err := s.Courses(ctx, by, ports.CoursePage{Limit: 1}); return err }},
		{"Queries.Standing", func(s ports.Service) error { _, err := s.Standing(ctx, by, "go", "bob"); return err }},
		{"Queries.Standings", func(s ports.Service) error {
			_, err := s.Standings(ctx, by, "go", ports.StandingPage{Limit: 9})
			return err
		}},
		{"Queries.LearnerStandings", func(s ports.Service) error {
			_, err := s.LearnerStandings(ctx, by, "bob", ports.LearnerPage{Limit: 9})
			return err
		}},
	}
}

func union(a, b []string) []string {
	all := append(slices.Clone(a), b...)
	slices.Sort(all)
	return slices.Compact(all)
}

// tablesOf returns the tables that a statement, its triggers included, opens to read and to write: SQLite says so.
func tablesOf(t *testing.T, db *sql.DB, statement string) (reads, writes []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "EXPLAIN "+statement, make([]any, 1000)...)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	defer rows.Close()
	var opened = map[string][]int{}
	for rows.Next() {
		var address, p1, page, p3, p5 int
		var opcode string
		var p4, comment sql.NullString
		if err := rows.Scan(&address, &opcode, &p1, &page, &p3, &p4, &p5, &comment); err != nil {
			t.Fatal(err)
		}
		opened[opcode] = append(opened[opcode], page)
	}
	named := func(pages []int) (names []string) {
		for _, page := range pages {
			names = append(names, texts(t, db, "SELECT tbl_name FROM sqlite_schema WHERE tbl_name <> 'sqlite_sequence' AND rootpage = ?", page)...)
		}
		return names
	}
	return named(append(opened["OpenRead"], opened["ReopenIdx"]...)), named(opened["OpenWrite"])
}

// statements are the texts that a store has sent.
type statements struct {
	sync.Mutex
	sent []string
}

// take returns what was sent since it was called before.
func (s *statements) take() []string {
	s.Lock()
	defer s.Unlock()
	defer func() { s.sent = nil }()
	return s.sent
}

func (s *statements) add(text string) {
	s.Lock()
	defer s.Unlock()
	s.sent = append(s.sent, text)
}

// recording makes connections that record the statements.
type recording struct {
	driver.Connector
	*statements
}

func (r recording) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := r.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return recordingConn{c.(connection), r.statements}, nil
}

// connection is what database/sql uses of the driver's connections.
type connection interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ExecerContext
	driver.QueryerContext
	driver.SessionResetter
}

type recordingConn struct {
	connection
	*statements
}

func (c recordingConn) ExecContext(ctx context.Context, text string, values []driver.NamedValue) (driver.Result, error) {
	c.add(text)
	return c.connection.ExecContext(ctx, text, values)
}

func (c recordingConn) QueryContext(ctx context.Context, text string, values []driver.NamedValue) (driver.Rows, error) {
	c.add(text)
	return c.connection.QueryContext(ctx, text, values)
}
