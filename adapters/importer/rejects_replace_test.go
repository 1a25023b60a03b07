package importer_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"example.com/roster/adapters/importer"
	"example.com/roster/ports"
)

// The rejects must not replace the imported file: the accepted rows would be lost. Only a file of rejects is replaced by the rest of them,
// and by no dry run.
func TestRejectsDoNotReplaceTheImportedFile(t *testing.T) {
	t.Parallel()
	const own = header + "none,ada,enroll\nwait-1,bob,enroll\n"
	const rejects = "course_id,learner_id,action,row,code,detail\nnone,ada,enroll,2,course_not_found,none\n"
	const lost = "--rejects must not be the imported file, because the accepted rows would be lost"
	for name, c := range map[string]struct {
		text, says string
		o          importer.Options
		at         func(t *testing.T, file string) string // path of the rejects
	}{
		"the file itself":           {text: own, says: lost},
		"a symbolic link to it":     {text: own, says: lost, at: func(t *testing.T, f string) string { return link(t, os.Symlink, f) }},
		"a hard link to it":         {text: own, says: lost, at: func(t *testing.T, f string) string { return link(t, os.Link, f) }},
		"its name without .part":    {text: own, at: func(_ *testing.T, f string) string { return strings.TrimSuffix(f, ".part") }},
		"NDJSON":                    {text: `{"courseId":"none","learnerId":"ada"}`, says: lost, o: importer.Options{NDJSON: true}},
		"a dry run":                 {text: own, says: lost, o: importer.Options{DryRun: true}},
		"a dry run of rejects":      {text: rejects, says: lost, o: importer.Options{DryRun: true}},
		"a file of rejects":         {text: rejects},
		"another file":              {text: own, at: func(_ *testing.T, f string) string { return f + ".rejects" }},
		"a dry run to another file": {text: own, o: importer.Options{DryRun: true}, at: func(_ *testing.T, f string) string { return f + ".rejects" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "rows.csv.part")
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			c.o.Rejects = path
			if c.at != nil {
				c.o.Rejects = c.at(t, path)
			}
			file, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			if c.o.File, err = file.Stat(); err != nil {
				t.Fatal(err)
			}
			service := newCore(t)
			_, err = importer.Run(t.Context(), service, by, file, c.o)
			if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says) || len(service.commands) > 0) {
				t.Errorf("%v, want %q", err, c.says)
			}
			after, err := os.ReadFile(path)
			if replaced := c.text == rejects && c.says == ""; err != nil || !replaced && string(after) != c.text {
				t.Errorf("the file has %q, %v", after, err)
			}
		})
	}
}

func link(t *testing.T, make func(old, name string) error, file string) string {
	t.Helper()
	name := file + ".link"
	if err := make(file, name); err != nil {
		t.Skip(err) // not every file system has links
	}
	return name
}

// A run that stops early leaves a file of rejects that it would replace as it is: the rows that it did not read are in no other file. A
// later run does all of them.
func TestStoppedRunKeepsTheImportedRejects(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const rows = 2500
		var text strings.Builder
		text.WriteString("course_id,learner_id,action,row,code,detail\n")
		for i := range rows {
			fmt.Fprintf(&text, "wait-1,learner-%d,enroll,%d,course_full,none\n", i, i+2)
		}
		path := filepath.Join(t.TempDir(), "rejects.csv")
		if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		run := func(c *core) (importer.Summary, error) {
			file, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			o := importer.Options{Rejects: path}
			if o.File, err = file.Stat(); err != nil {
				t.Fatal(err)
			}
			return importer.Run(t.Context(), c, by, file, o)
		}
		c := newCore(t)
		c.fail = func(n int) error {
			if n > 0 {
				return ports.ErrUnavailable
			}
			return nil
		}
		if _, err := run(c); err == nil {
			t.Error("the run did not stop")
		}
		if after, err := os.ReadFile(path); err != nil || string(after) != text.String() {
			t.Errorf("the file has %d bytes, %v, want %d", len(after), err, text.Len())
		}
		if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
			t.Errorf("left %v, %v", left, err)
		}
		c.fail = nil
		if s, err := run(c); err != nil || s.Rows != rows {
			t.Errorf("again: %+v, %v", s, err)
		}
	})
}

// An atEnd calls at when the text is read.
type atEnd struct {
	io.Reader
	at func()
}

func (r *atEnd) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err == io.EOF {
		r.at()
	}
	return n, err
}

// Each of two runs with the same path puts a whole file there: the first one does not publish what the second one has begun.
func TestTwoRunsWithTheSameRejects(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "rejects.csv")
	run := func(c *core, course string, at func()) {
		in := &atEnd{strings.NewReader(header + strings.Repeat(course+",ada,\n", 1500)), at}
		if _, err := importer.Run(t.Context(), c, by, in, importer.Options{Rejects: path}); err != nil {
			t.Errorf("%s: %v", course, err)
		}
		rejects, err := os.ReadFile(path)
		if n := strings.Count(string(rejects), "\n"+course+","); err != nil || n != 1500 || strings.Count(string(rejects), "\n") != 1501 {
			t.Errorf("%d rejects of %s, %v", n, course, err)
		}
	}
	first, second := newCore(t), newCore(t)
	firstReads, secondReads, firstEnds := make(chan bool), make(chan bool), make(chan bool)
	begin, goOn := sync.OnceFunc(func() { close(firstReads) }), sync.OnceFunc(func() { close(secondReads) })
	go func() {
		defer close(firstEnds)
		defer begin()
		run(first, "first", func() { begin(); <-secondReads })
	}()
	<-firstReads
	run(second, "second", func() { goOn(); <-firstEnds })
	goOn()
	<-firstEnds
	if files, _ := filepath.Glob(path + "*"); len(files) != 1 {
		t.Errorf("left behind: %v", files)
	}
}
