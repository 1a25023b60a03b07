package exercise

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"example.com/roster/cmd/learn/patch"
)

// A Workshop is a learner's folder: a working copy for each exercise, what was saved of earlier ones, and the progress. The checkout is
// read and never written.
type Workshop struct {
	Checkout string // the root of the module
	Dir      string // may be missing
}

// Errors of an exercise and its working copy.
var (
	ErrUnknown    = errors.New("no exercise")
	ErrStarted    = errors.New("the exercise is started already")
	ErrNotStarted = errors.New("the exercise is not started")
)

// Find returns the exercise with a number.
func (w Workshop) Find(n int) (*Exercise, error) {
	exercises, err := Load(os.DirFS(w.Checkout))
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(exercises, func(e *Exercise) bool { return e.N == n })
	if at < 0 {
		return nil, fmt.Errorf("%w %d: there are 1 to %d", ErrUnknown, n, exercises[len(exercises)-1].N)
	}
	return exercises[at], nil
}

// Copy returns the folder of the exercise's working copy. It is missing before [Workshop.Start].
func (w Workshop) Copy(e *Exercise) string { return filepath.Join(w.Dir, e.Name) }

// Start makes the working copy: the checkout as it is now, and the exercise's starting state. It is [ErrStarted] if there is one.
func (w Workshop) Start(e *Exercise) error {
	if w.started(e) {
		return ErrStarted
	}
	if err := w.fill(e); err != nil {
		return errors.Join(err, os.RemoveAll(w.Copy(e)))
	}
	return w.note(e, func(p *Progress) { p.Started = now() })
}

func (w Workshop) started(e *Exercise) bool {
	_, err := os.Stat(w.Copy(e))
	return err == nil
}

func (w Workshop) fill(e *Exercise) error {
	dir, checkout := w.Copy(e), os.DirFS(w.Checkout)
	if inside, err := filepath.Rel(w.Checkout, dir); err == nil && filepath.IsLocal(inside) {
		return fmt.Errorf("the working copy would be inside the checkout, at %s: give another folder by --dir or ROSTER_LEARN_DIR", inside)
	}
	start, err := e.Start(checkout)
	if err != nil {
		return err
	}
	err = walk(checkout, func(name string) error {
		text, err := fs.ReadFile(checkout, name)
		if err != nil {
			return err
		}
		return patch.Write(dir, map[string][]byte{name: text})
	})
	if err != nil {
		return err
	}
	return patch.Write(dir, start)
}

// walk calls do with each file of a tree but those of hidden folders, of folders that Go ignores, of programs and of data.
func walk(tree fs.FS, do func(name string) error) error {
	return fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name == "bin" || name == "roster-data" || name != "." && (entry.Name()[0] == '.' || entry.Name()[0] == '_'):
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case entry.Type().IsRegular():
			return do(name)
		}
		return nil
	})
}

// Reset makes the working copy again. What the learner has changed in the old one is moved to the folder that it returns, or to none if
// nothing was changed. So is an old working copy that a reset which did not finish has left.
func (w Workshop) Reset(e *Exercise) (saved string, err error) {
	if !w.started(e) {
		return "", ErrNotStarted
	}
	old := w.Copy(e) + ".old"
	if _, err := os.Stat(old); err == nil {
		if saved, err = w.newFolder(e); err != nil {
			return "", err
		}
		if err := os.Rename(old, filepath.Join(saved, filepath.Base(old))); err != nil {
			return "", err
		}
	}
	if err := os.Rename(w.Copy(e), old); err != nil {
		return "", err
	}
	if err := w.fill(e); err != nil {
		return "", errors.Join(err, os.RemoveAll(w.Copy(e)), os.Rename(old, w.Copy(e)))
	}
	if saved, err = w.save(e, old, saved); err != nil {
		return "", fmt.Errorf("%w (the old working copy is in %s)", err, old)
	}
	return saved, os.RemoveAll(old)
}

// save moves what differs between an old working copy and the new one to the folder saved, or to a new one if that is "". A folder that the
// new one lacks, such as .git, is moved as a whole.
func (w Workshop) save(e *Exercise, old, saved string) (string, error) {
	before, now := os.DirFS(old), os.DirFS(w.Copy(e))
	err := fs.WalkDir(before, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if same, err := isSame(before, now, name, entry); same || err != nil {
			return err
		}
		if saved == "" {
			if saved, err = w.newFolder(e); err != nil {
				return err
			}
		}
		to := filepath.Join(saved, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := os.Rename(filepath.Join(old, filepath.FromSlash(name)), to); err != nil {
			return err
		}
		if entry.IsDir() {
			return fs.SkipDir
		}
		return nil
	})
	return saved, err
}

// isSame reports whether a file has the same bytes in two trees, or whether both have the folder.
func isSame(before, now fs.FS, name string, entry fs.DirEntry) (bool, error) {
	if entry.IsDir() {
		info, err := fs.Stat(now, name)
		return err == nil && info.IsDir(), nil
	}
	fresh, err := fs.ReadFile(now, name)
	if err != nil || !entry.Type().IsRegular() {
		return false, nil
	}
	text, err := fs.ReadFile(before, name)
	return bytes.Equal(text, fresh), err
}

// newFolder makes the next folder for what is saved of an exercise: saved/NAME-1, saved/NAME-2 …
func (w Workshop) newFolder(e *Exercise) (string, error) {
	if err := os.MkdirAll(filepath.Join(w.Dir, "saved"), 0o755); err != nil {
		return "", err
	}
	for i := 1; ; i++ {
		folder := filepath.Join(w.Dir, "saved", fmt.Sprint(e.Name, "-", i))
		if err := os.Mkdir(folder, 0o755); !errors.Is(err, fs.ErrExist) {
			return folder, err
		}
	}
}

// Apply writes a patch of the exercise, such as solution.patch, into a new working copy. The old one is saved as by [Workshop.Reset].
func (w Workshop) Apply(e *Exercise, name string) (saved string, err error) {
	if saved, err = w.Reset(e); err != nil {
		return "", err
	}
	changed, err := e.patch(name, os.DirFS(w.Copy(e)))
	if err != nil {
		return saved, err
	}
	return saved, patch.Write(w.Copy(e), changed)
}

// Solution returns the solution as a patch, and notes that the learner has seen it.
func (w Workshop) Solution(e *Exercise) (string, error) {
	text, err := fs.ReadFile(e.dir, "solution.patch")
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(string(text)) + "\n", w.note(e, func(p *Progress) { p.SolutionSeen = true })
}

// Hint returns the next hint and its number. After the last one, it returns the last one again.
func (w Workshop) Hint(e *Exercise) (hint string, number int, err error) {
	err = w.note(e, func(p *Progress) {
		p.Hints = min(p.Hints+1, len(e.Hints))
		number = p.Hints
	})
	if err != nil {
		return "", 0, err
	}
	return e.Hints[number-1], number, nil
}
