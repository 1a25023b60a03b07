package importer_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/roster/adapters/importer"
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
