package sqlstore_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"example.com/roster/adapters/postgres"
	"example.com/roster/adapters/sqlite"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Work is what another process does: so many changes, on a course of its own and on one that all share, or to hold a turn
// until it is killed.
type work struct {
	Address string
	Course  domain.CourseID
	Changes int
	Turn    string
}

func process(text string) int {
	var w work
	err := json.Unmarshal([]byte(text), &w)
	if err == nil {
		err = w.do(context.Background())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func (w work) do(ctx context.Context) error {
	open := func(ctx context.Context, path string) (store, error) { return sqlite.Open(ctx, path) }
	if strings.HasPrefix(w.Address, "postgres:") {
		open = func(ctx context.Context, url string) (store, error) { return postgres.Open(ctx, url) }
	}
	s, err := open(ctx, w.Address)
	if err != nil {
		return err
	}
	defer s.Close()
	if w.Turn != "" {
		return s.WithLock(ctx, w.Turn, func(context.Context) error {
			fmt.Println("mine")
			select {}
		})
	}
	for range w.Changes {
		for _, id := range []domain.CourseID{"shared", w.Course} {
			if err := change(ctx, s, id, grow); err != nil {
				return err
			}
		}
	}
	return nil
}

// process is this program, to do the work when it is started; it ends with the test.
func (w work) process(t *testing.T) *exec.Cmd {
	text, err := json.Marshal(w)
	if err != nil {
		t.Error(err)
	}
	c := exec.CommandContext(t.Context(), os.Args[0])
	c.Env = append(os.Environ(), "ROSTER_TEST_PROCESS="+string(text))
	return c
}

// Processes that open one new file at once all find it migrated, and none loses a change of another.
func TestProcessesOnOneFile(t *testing.T) {
	t.Parallel()
	const processes, each = 3, 100
	path := filepath.Join(t.TempDir(), "new", "roster.db")
	var all sync.WaitGroup
	for i := range processes {
		all.Go(func() {
			c := work{Address: path, Course: domain.CourseID(fmt.Sprint("own-", i)), Changes: each}.process(t)
			if out, err := c.CombinedOutput(); err != nil {
				t.Errorf("process %d: %v\n%s", i, err, out)
			}
		})
	}
	all.Wait()
	s, err := sqlite.Open(t.Context(), path)
	must(t, err)
	defer s.Close()
	wants(t, s, "shared", processes*each)
	for i := range processes {
		wants(t, s, domain.CourseID(fmt.Sprint("own-", i)), each)
	}
}

// Two stores on one database are like two processes.
func TestStoresOnOneDatabase(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		const stores, goroutines, each = 2, 8, 10
		var all sync.WaitGroup
		for range stores {
			s := db.store(t)
			for range goroutines {
				all.Go(func() {
					for range each {
						if err := change(t.Context(), s, "shared", grow); err != nil {
							t.Error(err)
						}
					}
				})
			}
		}
		all.Wait()
		wants(t, db.store(t), "shared", stores*goroutines*each)
	})
}

// wants holds the course to as many changes, each in the journal once.
func wants(t *testing.T, s ports.Store, id domain.CourseID, changes int) {
	t.Helper()
	c, err := s.Course(t.Context(), tenant, id)
	if err != nil || c.Capacity != changes || c.Sequence != int64(changes) {
		t.Errorf("%s: want %d changes, got %+v, %v", id, changes, c, err)
	}
	next := 1
	for e, err := range s.Journal(t.Context(), tenant, id, 0) {
		must(t, err)
		if e.Sequence != int64(next) || e.Capacity != next {
			t.Errorf("%s: entry %d is %+v", id, next, e)
		}
		next++
	}
	if next != changes+1 {
		t.Errorf("%s: the journal ends before %d", id, next)
	}
}
