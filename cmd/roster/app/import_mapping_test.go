package app_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/roster/cmd/roster/app"
)

// A shell runs commands on a data directory of its own.
type shell struct {
	*testing.T
	dir string
}

func (s shell) run(stdin string, args ...string) (stdout, stderr string, code int) {
	s.Helper()
	var out, errors bytes.Buffer
	code = app.Run(s.Context(), app.Options{
		Args: append(args, "--data-dir", s.dir), Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &errors,
	})
	return out.String(), errors.String(), code
}

// prints requires that a command succeeds, and that its output has each text.
func (s shell) prints(stdin, command string, texts ...string) {
	s.Helper()
	stdout, stderr, code := s.run(stdin, strings.Fields(command)...)
	for _, text := range texts {
		if code != 0 || !strings.Contains(stdout, text) {
			s.Errorf("%s: exit code %d, %s%s, want %s", command, code, stdout, stderr, text)
		}
	}
}

// fails requires that a command is refused as wrong use, and says text.
func (s shell) fails(stdin, command, text string) {
	s.Helper()
	stdout, stderr, code := s.run(stdin, strings.Fields(command)...)
	if code != 2 || !strings.Contains(stderr, text) {
		s.Errorf("%s: exit code %d, %s%s, want 2 and %s", command, code, stdout, stderr, text)
	}
}

func TestMappingFlags(t *testing.T) {
	t.Parallel()
	s := shell{t, t.TempDir()}
	s.prints("course_id:name:capacity:status:open\nk-1:Physik:9:x:1\nk-2:Latein:9:x:false\n",
		"course import - --map title=name --ignore-column status --delimiter :", "2 created")
	s.prints("", "course show k-2", "closed")

	const text = "x|S|m-1|k-1\nx|W|m-2|k-1\nweg|S|m-3|k-1\nx|S|m-\xe9|k-1\n"
	const flags = "import - --no-header --map course_id=4,learner_id=3 --only 2=S --withdraw-if 1=weg|gone --encoding windows-1252"
	s.prints(text, flags+" --allow-rejects not_enrolled --json", `"enrolled":2`, `"not_enrolled":1`, `"skipped":1`)
	s.prints("", "list k-1", "m-1", "m-é")

	mapping := filepath.Join(t.TempDir(), "mapping.yaml")
	write := func(text string) {
		if err := os.WriteFile(mapping, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("format: oneroster\nonly: {term: 2027}\n")
	const rows = "classSourcedId,userSourcedId,role,status,term\nk-1,m-7,student,active,2027\nk-1,m-8,student,active,2026\nk-1,m-9,teacher,,2027\n"
	s.prints(rows, "import - --mapping "+mapping, "1 enrolled", "2 skipped")
	s.prints(rows, "import - --mapping "+mapping+" --only term=2026 --json", `"enrolled":1`, `"skipped":2`)
	s.prints(strings.ReplaceAll(rows, "m-", "o-"), "import - --format oneroster --json", `"enrolled":2`, `"ignoredColumns":["term"]`)

	for says, command := range map[string]string{
		"line 1: field onyl not found; the names are format, map, only, enroll-if, withdraw-if, ignore-column, delimiter": "--mapping " + mapping,
		`if a name has a comma, quote the whole value: --map '"learner_id=`:                                               "--map learner_id=Name,Vorname",
		"mapping must be a file":            "--mapping " + mapping + "x",
		"only must be COLUMN=VALUE":         "--only status",
		"map must be COLUMN=VALUE":          "--map status",
		"withdraw-if must be COLUMN=VALUE":  "--withdraw-if =x",
		"must be one of":                    "--format blackboard",
		"delimiter must be one":             "--delimiter ab",
		"has no delimiter, header or":       "--format ndjson --no-header",
		"it lacks user_id; got":             "--format canvas --map course_id=classSourcedId",
		"must be one of [utf-8 utf-16 wind": "--encoding ascii",
	} {
		write("onyl: {}\n")
		s.fails(rows, "import - "+command, says)
	}
	for text, says := range map[string]string{
		"delimiter: [a]\n":     "line 1: the value is a list and must be text (",
		"no-header: perhaps\n": "line 1: the value is `perhaps` and must be true or false (",
		"ignore-column: Nr\n":  "line 1: the value is `Nr` and must be a list of texts (",
		"- a\n":                "line 1: the value is a list and must be names with values (",
	} {
		write(text)
		s.fails(rows, "import - --mapping "+mapping, says)
	}
	if stdout, stderr, code := s.run("Kurs,\"Name, Vorname\"\nk-1,c-1\n", "import", "-", "--map", "course_id=Kurs", "--map", `"learner_id=Name, Vorname"`); code != 0 {
		t.Errorf("a name with a comma: exit code %d, %s%s", code, stdout, stderr)
	}
	write("format: blackboard\n")
	s.fails(rows, "import - --mapping "+mapping, `format must be one of canvas, moodle, oneroster, sds, got "blackboard"`)
}
