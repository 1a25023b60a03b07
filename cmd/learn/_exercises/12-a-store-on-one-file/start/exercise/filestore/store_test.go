package filestore

import (
	"context"
	"path/filepath"
	"testing"

	"example.com/roster/application"
	"example.com/roster/domain"
	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

var staff = ports.Actor{Tenant: "default", Subject: "me", Role: ports.Staff}

func open(t testing.TB, disk Disk, name string) *Store {
	t.Helper()
	s, err := Open(disk, name)
	if err != nil {
		t.Fatalf("the store can't be opened: %v", err)
	}
	return s
}

func newFile(t testing.TB) string { return filepath.Join(t.TempDir(), "courses") }

// A course is there after a restart.
func TestRestart(t *testing.T) {
	if err := restart(t); err != nil {
		t.Errorf("a course was saved, and the store was opened again. Now: %v", err)
	}
}

// restart saves a course, opens the store again, and looks for the course.
func restart(t *testing.T) error {
	name := newFile(t)
	settings := domain.Settings{Title: new("Go"), Capacity: new(1)}
	if _, err := application.New(open(t, OS{}, name)).PutCourse(t.Context(), staff, "go-101", settings); err != nil {
		t.Fatal(err)
	}
	_, err := open(t, OS{}, name).Course(t.Context(), staff.Tenant, "go-101")
	return err
}

// The store keeps the contract of package ports.
func TestStore(t *testing.T) {
	portstest.TestStore(t, func(t testing.TB) ports.Store { return open(t, OS{}, newFile(t)) })
}

// So does a store that is opened again for each decision: what is not in the file is not there.
func TestReopened(t *testing.T) {
	if restart(t) != nil {
		t.Fatal("TestRestart fails: that comes first")
	}
	portstest.TestStore(t, func(t testing.TB) ports.Store {
		name := newFile(t)
		return &reopened{open(t, OS{}, name), t, name}
	})
}

type reopened struct {
	*Store
	t    testing.TB
	name string
}

func (r *reopened) Update(ctx context.Context, need ports.Need, decide func(ports.Loaded) (ports.Changes, error)) error {
	return r.Store.Update(ctx, need, func(ports.Loaded) (ports.Changes, error) {
		again, err := Open(OS{}, r.name)
		if err != nil {
			r.t.Errorf("the store can't be opened again: %v", err)
			return ports.Changes{}, err
		}
		r.set(again.read())
		return decide(again.tenant(need.Tenant).load(need))
	})
}
