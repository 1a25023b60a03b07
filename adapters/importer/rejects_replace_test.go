package importer_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
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
		"its name without .part":    {text: own, says: lost, at: func(_ *testing.T, f string) string { return strings.TrimSuffix(f, ".part") }},
		"rejects named .part":       {text: rejects, says: lost, at: func(_ *testing.T, f string) string { return strings.TrimSuffix(f, ".part") }},
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
