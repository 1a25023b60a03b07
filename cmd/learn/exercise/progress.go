package exercise

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"example.com/roster/cmd/learn/patch"
)

// Progress is what a learner has done of an exercise. A teacher may collect it.
type Progress struct {
	N            int       `json:"n"`
	Title        string    `json:"title"`
	Started      time.Time `json:"started,omitzero"`
	Done         time.Time `json:"done,omitzero"` // when its check passed first
	Checks       int       `json:"checks"`
	Hints        int       `json:"hints"` // how many were read
	SolutionSeen bool      `json:"solutionSeen"`
}

func now() time.Time { return time.Now().UTC().Truncate(time.Second) }

// progressFile has a Progress by the name of each exercise that was started. Numbers may change when exercises are added.
const progressFile = "progress.json"

// Progress returns the progress of all exercises, in order.
func (w Workshop) Progress(exercises []*Exercise) ([]Progress, error) {
	saved, err := w.readProgress()
	if err != nil {
		return nil, err
	}
	all := make([]Progress, 0, len(exercises))
	for _, e := range exercises {
		p := saved[e.Name]
		p.N, p.Title = e.N, e.Title
		all = append(all, p)
	}
	return all, nil
}

func (w Workshop) readProgress() (map[string]Progress, error) {
	saved := make(map[string]Progress)
	file := filepath.Join(w.Dir, progressFile)
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return saved, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &saved); err != nil {
		return nil, fmt.Errorf("%s is damaged (%w): correct it, or delete it to begin with no progress", file, err)
	}
	return saved, nil
}

var noting sync.Mutex // the page may check two exercises at the same time

// note changes the progress of an exercise. The file is replaced as a whole, so an interrupted write loses nothing.
func (w Workshop) note(e *Exercise, change func(p *Progress)) error {
	noting.Lock()
	defer noting.Unlock()
	unlock, err := w.lock()
	if err != nil {
		return err
	}
	defer unlock()
	saved, err := w.readProgress()
	if err != nil {
		return err
	}
	p := saved[e.Name]
	change(&p)
	p.N, p.Title = e.N, e.Title
	saved[e.Name] = p
	text, err := json.MarshalIndent(saved, "", "\t")
	if err != nil {
		return err
	}
	if err := patch.Write(w.Dir, map[string][]byte{progressFile + ".new": append(text, '\n')}); err != nil {
		return err
	}
	file := filepath.Join(w.Dir, progressFile)
	return os.Rename(file+".new", file)
}

// abandoned is the age of a lock whose process was killed: others hold it for milliseconds.
const abandoned = 10 * time.Second

// lock waits until no other process changes the progress, such as the page or the command line. Its lock is a file that exists.
func (w Workshop) lock() (unlock func(), err error) {
	if err := os.MkdirAll(w.Dir, 0o755); err != nil {
		return nil, err
	}
	name := filepath.Join(w.Dir, progressFile+".lock")
	for {
		f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err == nil {
			return func() { _ = os.Remove(name) }, f.Close()
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		if info, err := os.Stat(name); err == nil && time.Since(info.ModTime()) > abandoned {
			_ = os.Remove(name)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
