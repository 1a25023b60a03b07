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
	"time"

	"example.com/roster/adapters/postgres"
	"example.com/roster/adapters/sqlite"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A work is what another process does: changes of a course of its own and of one that all share, or holding a lock until it
// is killed.
type work struct {
	Address string
	Course  domain.CourseID
	Changes int
	Lock    string
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
	if w.Lock != "" {
		return s.WithLock(ctx, w.Lock, func(context.Context) error {
			fmt.Println("locked")
			time.Sleep(long) // steady: until it is killed; without cgo, Go ends a process in which all wait for each other
			return nil
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

// process returns this program as a process that does the work. The test ends it.
func (w work) process(t *testing.T) *exec.Cmd {
	text, err := json.Marshal(w)
	if err != nil {
		t.Error(err)
	}
	c := exec.CommandContext(t.Context(), os.Args[0])
	c.Env = append(os.Environ(), "ROSTER_TEST_PROCESS="+string(text))
	return c
}

// Several processes may open a new file at once. All find it migrated, and no change is lost.
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
	requireChanges(t, s, "shared", processes*each)
	for i := range processes {
		requireChanges(t, s, domain.CourseID(fmt.Sprint("own-", i)), each)
	}
}

// Two stores on one database are like two processes: no change is lost.
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
		requireChanges(t, db.store(t), "shared", stores*goroutines*each)
	})
}

// requireChanges requires that a course had so many changes, each in the journal once.
func requireChanges(t *testing.T, s ports.Store, id domain.CourseID, changes int) {
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
