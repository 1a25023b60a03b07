package seats

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// A Files is a store with a file for each course. Make it by [NewFiles].
type Files struct {
	mu  sync.Mutex
	dir string
}

// NewFiles returns a store in a folder.
func NewFiles(dir string) *Files { return &Files{dir: dir} }

// Create implements [Store].
func (f *Files) Create(c Course) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.write(c)
}

// Load implements [Store].
func (f *Files) Load(id string) (Course, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.read(id)
}

func (f *Files) read(id string) (c Course, err error) {
	text, err := os.ReadFile(filepath.Join(f.dir, id+".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return c, ErrUnknown
	}
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal(text, &c)
}

func (f *Files) write(c Course) error {
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(f.dir, c.ID+".json"), text, 0o600)
}

// EnrollIfSeat implements [Store].
func (f *Files) EnrollIfSeat(id, learner string) (Status, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, err := f.read(id)
	if err != nil {
		return "", err
	}
	if slices.Contains(c.Enrolled, learner) || slices.Contains(c.Waiting, learner) {
		return "", ErrAlready
	}
	if len(c.Enrolled) < c.Capacity && len(c.Waiting) == 0 {
		c.Enrolled = append(c.Enrolled, learner)
		return Seated, f.write(c)
	}
	c.Waiting = append(c.Waiting, learner)
	return Waitlist, f.write(c)
}
