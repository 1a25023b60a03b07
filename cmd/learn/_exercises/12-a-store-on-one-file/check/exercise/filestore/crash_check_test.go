package filestore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"example.com/roster/application"
	"example.com/roster/domain"
	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

// A memory is a disk in memory, which fails on request.
type memory struct {
	files  map[string]content
	done   []string // the calls that change something, so far
	failAt int      // the number of the call that fails, from 1; 0 for none
	dead   bool     // all calls from then on fail: the process is gone
	power  bool     // a failure is the end of the process
	after  bool     // the call that fails has done its work, and only the process does not hear of it
	commit func() error
}

type content struct {
	data []byte
	safe bool // Sync has returned
}

var errDisk = errors.New("no space left on device")

// change counts a call. It returns whether the call takes effect, and its error.
func (m *memory) change(call string) (bool, error) {
	if m.dead {
		return false, errDisk
	}
	m.done = append(m.done, call)
	if len(m.done) != m.failAt {
		return true, nil
	}
	m.dead = m.power
	return m.after, errDisk
}

func (m *memory) ReadFile(name string) ([]byte, error) {
	if file, ok := m.files[name]; ok {
		return file.data, nil
	}
	return nil, fs.ErrNotExist
}

func (m *memory) WriteFile(name string, data []byte) error {
	dead := m.dead
	effect, err := m.change("WriteFile " + name)
	if !effect {
		data = data[:len(data)/2]
	}
	if !dead {
		m.files[name] = content{data: data}
	}
	return err
}

func (m *memory) Sync(name string) error {
	effect, err := m.change("Sync " + name)
	if err == nil && m.commit != nil {
		if err = m.commit(); err != nil {
			return err
		}
	}
	if file, ok := m.files[name]; ok && effect {
		m.files[name] = content{file.data, true}
	}
	return err
}

func (m *memory) Rename(from, to string) error {
	file, ok := m.files[from]
	if !ok {
		return fs.ErrNotExist
	}
	effect, err := m.change("Rename " + from + " " + to)
	if effect {
		delete(m.files, from)
		m.files[to] = file
	}
	return err
}

// restarted returns the disk as the next process finds it: what was not synced is lost in part.
func (m *memory) restarted() *memory {
	next := &memory{files: make(map[string]content)}
	for name, file := range m.files {
		if !file.safe {
			file.data = file.data[:len(file.data)/2]
		}
		next.files[name] = content{file.data, true}
	}
	return next
}

func put(s ports.Store, capacity int) error {
	_, err := application.New(s).PutCourse(context.Background(), staff, "go-101", domain.Settings{Title: new("Go"), Capacity: &capacity})
	return err
}

// capacity returns the capacity of the course, or what is wrong, in words.
func capacity(s ports.Reader) string {
	c, err := s.Course(context.Background(), staff.Tenant, "go-101")
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(c.Capacity)
}

// failing returns a store with a course of capacity 1, on a disk on which call number n from now on fails.
func failing(t *testing.T, n int) (*Store, *memory) {
	t.Helper()
	disk := &memory{files: make(map[string]content)}
	s := open(t, disk, "courses")
	if err := put(s, 1); err != nil {
		t.Fatal(err)
	}
	if len(disk.done) == 0 {
		t.Fatal("a change calls no method of the disk that Open got")
	}
	disk.failAt = len(disk.done) + n
	return s, disk
}

// The power fails at any call. The next process finds everything before the change, or everything after it.
func TestPowerFailure(t *testing.T) {
	for _, after := range []bool{false, true} {
		for n := 1; ; n++ {
			s, disk := failing(t, n)
			disk.power, disk.after = true, after
			err := put(s, 2)
			calls := disk.done[min(disk.failAt-n, len(disk.done)):]
			reopened, openErr := Open(disk.restarted(), "courses")
			got := "the store can't be opened: " + fmt.Sprint(openErr)
			if openErr == nil {
				got = capacity(reopened)
			}
			switch {
			case got != "1" && got != "2":
				t.Errorf("the power fails at the last of %q. Then the course is lost: %s", calls, got)
			case err == nil && got != "2":
				t.Errorf("Update returned no error after %q, but after a restart the change is not there: it was not on the disk yet", calls)
			}
			if !disk.dead {
				break
			}
		}
	}
}

// One call fails, as on a full disk. The caller gets an error, nothing has changed, and the store goes on.
func TestFullDisk(t *testing.T) {
	for n := 1; ; n++ {
		s, disk := failing(t, n)
		err := put(s, 2)
		calls := disk.done[min(disk.failAt-n, len(disk.done)):]
		if len(disk.done) < disk.failAt {
			break
		}
		disk.failAt = 0
		switch {
		case err == nil:
			t.Errorf("the last of %q fails, but Update returns no error: the caller believes that the change is saved", calls)
		case !errors.Is(err, ports.ErrUnavailable):
			t.Errorf("the last of %q fails, and Update returns an error that does not wrap ports.ErrUnavailable: %v", calls, err)
		case capacity(s) != "1":
			t.Errorf("the last of %q fails, and Update returns an error. But a reader sees the change: capacity %s, want 1", calls, capacity(s))
		case put(s, 3) != nil:
			t.Errorf("the last of %q fails once, and the next change fails too", calls)
		case capacity(open(t, disk.restarted(), "courses")) != "3":
			t.Errorf("the last of %q fails once. The next change is gone after a restart", calls)
		}
	}
}

// The rule of ports about failed commits, with a Sync that fails.
func TestFailedCommit(t *testing.T) {
	portstest.TestFailedCommit(t, func(t testing.TB, commit func() error) ports.Store {
		return open(t, &memory{files: make(map[string]content), commit: commit}, "courses")
	})
}

// A command that decide refuses touches no file.
func TestRefusedWritesNothing(t *testing.T) {
	s, disk := failing(t, 0)
	before := len(disk.done)
	need := ports.Need{Tenant: staff.Tenant, Courses: []ports.NeedCourse{{ID: "go-101"}}}
	err := s.Update(t.Context(), need, func(ports.Loaded) (ports.Changes, error) { return ports.Changes{}, domain.ErrCourseFull })
	if !errors.Is(err, domain.ErrCourseFull) {
		t.Errorf("decide returns %v, and Update %v", domain.ErrCourseFull, err)
	}
	if calls := disk.done[before:]; len(calls) > 0 {
		t.Errorf("decide returns an error, and the store calls %q: it should not touch the file", calls)
	}
}

// A file that is damaged is not an empty store: the next change would replace all that is in it.
func TestDamagedFile(t *testing.T) {
	disk := &memory{files: map[string]content{"courses": {data: []byte(`[{"ID":"defa`), safe: true}}}
	if _, err := Open(disk, "courses"); err == nil {
		t.Error("the file is damaged, and Open returns a store as if nothing were in it")
	}
}
