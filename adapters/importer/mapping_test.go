package importer_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"example.com/roster/adapters/importer"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A recorder is a core that takes every action and writes them down: +course learner for one who enrolls, -course learner for one
// who withdraws.
type recorder struct {
	actions []string
	keys    []string
}

func (r *recorder) Submit(_ context.Context, commands ...ports.Command) []ports.Reply {
	c := commands[0]
	r.keys = append(r.keys, c.Key)
	for _, action := range c.Actions {
		switch a := action.(type) {
		case ports.Enroll:
			r.actions = append(r.actions, fmt.Sprintf("+%s %s", a.Course, a.Learner))
		case ports.Withdraw:
			r.actions = append(r.actions, fmt.Sprintf("-%s %s", a.Course, a.Learner))
		default:
			r.actions = append(r.actions, fmt.Sprintf("%T", a))
		}
	}
	return []ports.Reply{{Outcomes: make([]ports.Outcome, len(c.Actions))}}
}

// record imports text, and returns the actions and keys, the summary and the faults.
func record(t *testing.T, text string, o importer.Options) (*recorder, importer.Summary) {
	t.Helper()
	r := new(recorder)
	s, err := importer.Run(t.Context(), r, by, strings.NewReader(text), o)
	if err != nil {
		t.Fatal(err)
	}
	return r, s
}

func refused(t *testing.T, text string, o importer.Options) string {
	t.Helper()
	r := new(recorder)
	_, err := importer.Run(t.Context(), r, by, strings.NewReader(text), o)
	if ports.KindOf(err) != domain.ErrInvalidArgument || len(r.keys) > 0 {
		t.Errorf("want invalid_argument and no command, got %v, %d commands", err, len(r.keys))
	}
	return fmt.Sprint(err)
}

func sample(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("formats", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func format(t *testing.T, name string) importer.Mapping {
	t.Helper()
	m, err := importer.FormatMapping(name)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func parsed(t *testing.T, assignments ...string) importer.Assignments {
	t.Helper()
	all, err := importer.ParseAssignments(assignments)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestFormats(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		format, file string
		want         []string
		skipped      int
	}{
		{"canvas", "canvas.csv", []string{"+HIS.2+2027 s-1", "+HIS.2+2027 s-2", "+H2-B s-4", "-HIS.2+2027 s-5", "-HIS.2+2027 s-6", "-HIS.2+2027 s-7", "+HIS.2+2027 s-3"}, 4},
		{"canvas", "canvas-provisioning.csv", []string{"+HIS.2+2027 s-1", "-HIS.2+2027 s-2"}, 2},
		{"oneroster", "oneroster.csv", []string{"+cl-9 st-1", "-cl-9 st-2", "+cl-9 st-3"}, 2},
		{"moodle", "moodle.txt", []string{"+PHY-3 901", "-PHY-3 903", "+PHY-3 906", "+PHY-3, evening 905"}, 1},
		{"sds", "sds.csv", []string{"+4101 p-1", "+4101 p-2", "+4102 p-1"}, 0},
	} {
		t.Run(c.file, func(t *testing.T) {
			t.Parallel()
			text := sample(t, c.file)
			for _, text := range []string{text, strings.ReplaceAll(text, "\n", "\r\n"), "\ufeff" + text} {
				r, s := record(t, text, importer.Options{Mapping: format(t, c.format)})
				if !slices.Equal(r.actions, c.want) || s.Skipped != c.skipped || s.Rejected > 0 {
					t.Errorf("got %q, %s, want %q", r.actions, s, c.want)
				}
				if !strings.HasPrefix(r.keys[0], "import-1-"+c.format+"-") {
					t.Errorf("key %s", r.keys[0])
				}
			}
		})
	}
	for format, file := range map[string]string{"canvas": "canvas.csv", "oneroster": "oneroster.csv", "sds": "sds.csv"} {
		if says := refused(t, sample(t, file), importer.Options{}); !strings.HasSuffix(says, "; it has the columns of --format "+format) {
			t.Errorf("%s: %s", file, says)
		}
	}
	if want := []string{"canvas", "moodle", "oneroster", "sds"}; !slices.Equal(importer.Formats(), want) {
		t.Errorf("formats %q, want %q", importer.Formats(), want)
	}
}

// Moodle splits a line at semicolons if it has no comma.
func TestMoodleFileWithSemicolons(t *testing.T) {
	t.Parallel()
	r, s := record(t, strings.ReplaceAll(sample(t, "moodle.txt"), ",", ";"), importer.Options{Mapping: format(t, "moodle")})
	if want := []string{"+PHY-3 901", "-PHY-3 903", "+PHY-3 906", "+PHY-3; evening 905"}; !slices.Equal(r.actions, want) || s.Rejected > 0 {
		t.Errorf("got %q, %s, want %q", r.actions, s, want)
	}
}

// A comment ends with its line, whatever quotes it has: the rows after it are not part of it.
func TestCommentWithAQuote(t *testing.T) {
	t.Parallel()
	r, s := record(t, "# add,\"student, id, course\nadd, student, 901, PHY-3\nadd, student, 902, PHY-3\n", importer.Options{Mapping: format(t, "moodle")})
	if want := []string{"+PHY-3 901", "+PHY-3 902"}; !slices.Equal(r.actions, want) || s.Rejected > 0 {
		t.Errorf("got %q, %s, want %q", r.actions, s, want)
	}
}

// A learner whose stay in one section has ended is not withdrawn if another row enrolls the learner, in whatever order they are.
func TestRowWithdrawsUnlessAnotherEnrolls(t *testing.T) {
	t.Parallel()
	m := format(t, "canvas")
	lines := slices.Collect(strings.Lines(sample(t, "canvas.csv")))
	header, rows := lines[0], lines[1:]
	slices.Reverse(rows)
	text := header + strings.Join(rows, "")
	r, s := record(t, text, importer.Options{Mapping: m})
	if slices.Contains(r.actions, "-HIS.2+2027 s-3") || !slices.Contains(r.actions, "-HIS.2+2027 s-5") || s.Skipped != 4 {
		t.Errorf("got %q, %s", r.actions, s)
	}
	long := text + strings.Repeat("A,,s-9,student,,active,\n", 1000)
	first, _ := record(t, long, importer.Options{Mapping: m})
	other, _ := record(t, long+rows[0], importer.Options{Mapping: m})
	if other.keys[0] == first.keys[0] {
		t.Error("what a row means depends on the whole file, but the key of a chunk does not")
	}
}

// Not parallel: it changes the folder of temporary files.
func TestStandardInputIsReadTwice(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	r := new(recorder)
	in := io.MultiReader(strings.NewReader(sample(t, "canvas.csv"))) // has no Seek
	if _, err := importer.Run(t.Context(), r, by, in, importer.Options{Mapping: format(t, "canvas")}); err != nil || len(r.actions) != 7 {
		t.Errorf("%v, %q", err, r.actions)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestMappings(t *testing.T) {
	t.Parallel()
	const text = "klass,matnr,sem,zustand\nk-1,m-1,S,ok\nk-1,m-2,W,ok\nk-2,m-3,S,weg\nk-2,m-4,S,\n"
	of := parsed
	column := func(i int) string { return strings.Split(strings.TrimSpace(header), ",")[i] }
	mapped := of(t, column(0)+"=klass", column(1)+"=matnr")
	for name, c := range map[string]struct {
		text    string
		json    bool
		m       importer.Mapping
		want    []string
		skipped int
	}{
		"columns":              {text, false, importer.Mapping{Map: mapped}, []string{"+k-1 m-1", "+k-1 m-2", "+k-2 m-3", "+k-2 m-4"}, 0},
		"only":                 {text, false, importer.Mapping{Map: mapped, Only: of(t, "SEM=S")}, []string{"+k-1 m-1", "+k-2 m-3", "+k-2 m-4"}, 1},
		"only, both":           {text, false, importer.Mapping{Map: mapped, Only: of(t, "sem=S", "zustand=ok|")}, []string{"+k-1 m-1", "+k-2 m-4"}, 2},
		"enroll if":            {text, false, importer.Mapping{Map: mapped, EnrollIf: of(t, "zustand=ok")}, []string{"+k-1 m-1", "+k-1 m-2"}, 2},
		"withdraw if":          {text, false, importer.Mapping{Map: mapped, WithdrawIf: of(t, "zustand=weg")}, []string{"+k-1 m-1", "+k-1 m-2", "-k-2 m-3", "+k-2 m-4"}, 0},
		"enroll and withdraw":  {text, false, importer.Mapping{Map: mapped, EnrollIf: of(t, "zustand=ok"), WithdrawIf: of(t, "zustand=weg|gone")}, []string{"+k-1 m-1", "+k-1 m-2", "-k-2 m-3"}, 1},
		"case of values":       {text, false, importer.Mapping{Map: mapped, Only: of(t, "sem=s"), IgnoreCase: true}, []string{"+k-1 m-1", "+k-2 m-3", "+k-2 m-4"}, 1},
		"no header":            {"x;m-1;k-1\nx;m-2;k-1;y;z\n", false, importer.Mapping{NoHeader: true, Map: of(t, column(0)+"=3", column(1)+"=2")}, []string{"+k-1 m-1", "+k-1 m-2"}, 0},
		"no header, condition": {"x;m-1;k-1\ny;m-2;k-1\n", false, importer.Mapping{NoHeader: true, Map: of(t, column(0)+"=3", column(1)+"=2"), WithdrawIf: of(t, "1=y")}, []string{"+k-1 m-1", "-k-1 m-2"}, 0},
		"no header, no map":    {"k-1,m-1\nk-1,m-2,withdraw\n", false, importer.Mapping{NoHeader: true}, []string{"+k-1 m-1", "-k-1 m-2"}, 0},
		"another column":       {"klass," + column(1) + ",matnr\nk-1,x,m-1\n", false, importer.Mapping{Map: mapped}, []string{"+k-1 m-1"}, 0},
		"two columns for one":  {"klass,matnr,alt\nk-1,m-1,\n,m-2,k-9\n", false, importer.Mapping{Map: append(of(t, column(0)+"=alt"), mapped...)}, []string{"+k-1 m-1", "+k-9 m-2"}, 0},
		"NDJSON":               {`{"klass":"k-1","matnr":"m-1","on":true}` + "\n" + `{"klass":"k-1","matnr":"m-2","on":false,"x":{}}`, true, importer.Mapping{Map: mapped, Only: of(t, "on=true")}, []string{"+k-1 m-1"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, s := record(t, c.text, importer.Options{Mapping: c.m, NDJSON: c.json})
			if !slices.Equal(r.actions, c.want) || s.Skipped != c.skipped || s.Rejected > 0 {
				t.Errorf("got %q, %s %q, want %q", r.actions, s, s.First, c.want)
			}
			if !strings.HasPrefix(r.keys[0], "import-1-mapped-") {
				t.Errorf("key %s is that of a file without a mapping", r.keys[0])
			}
		})
	}
}

// The same bytes with another mapping mean other commands, so their keys differ.
func TestKeysDependOnTheMapping(t *testing.T) {
	t.Parallel()
	const text = header + "k,a,enroll\n"
	seen := map[string]string{}
	for name, m := range map[string]importer.Mapping{
		"none": {}, "only": {Only: parsed(t, "action=enroll")}, "enroll if": {EnrollIf: parsed(t, "action=enroll")},
		"delimiter": {Delimiter: ","}, "ignored": {IgnoreColumns: []string{"x"}}, "values": {Only: parsed(t, "action=enroll|x")},
	} {
		r, _ := record(t, text, importer.Options{Mapping: m})
		if other := seen[r.keys[0]]; other != "" {
			t.Errorf("%s and %s have the same key", name, other)
		}
		seen[r.keys[0]] = name
		if name == "none" != strings.HasPrefix(r.keys[0], "import-1-csv-") {
			t.Errorf("%s: key %s", name, r.keys[0])
		}
	}
}

func TestConditionsThatContradictAreReported(t *testing.T) {
	t.Parallel()
	m := importer.Mapping{EnrollIf: parsed(t, "x=1"), WithdrawIf: parsed(t, "y=1")}
	r, s := record(t, "course_id,learner_id,x,y\nk,a,1,1\nk,b,1,0\n", importer.Options{Mapping: m})
	if !slices.Equal(r.actions, []string{"+k b"}) || s.Rejected != 1 || !strings.Contains(s.First[0], "meets the conditions to enroll and those to withdraw") {
		t.Errorf("%q, %s %q", r.actions, s, s.First)
	}
}

func TestRowsWithoutAHeaderHaveTheirColumns(t *testing.T) {
	t.Parallel()
	m := importer.Mapping{NoHeader: true, Map: append(parsed(t, "course_id=1"), parsed(t, "learner_id=2")...), Only: parsed(t, "4=x")}
	r, s := record(t, "k,a,,x\nk,b,\nk,c,,x,y\n", importer.Options{Mapping: m})
	if !slices.Equal(r.actions, []string{"+k a", "+k c"}) || s.Rejected != 1 || !strings.Contains(s.First[0], "the line has 3 fields, but column 4 is read") {
		t.Errorf("%q, %s %q", r.actions, s, s.First)
	}
}

// Importing the rejects does what the rows would have done, without the mapping.
func TestRejectsOfAMappedFileCanBeImported(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "rejects.csv")
	c := newCore(t)
	in := strings.NewReader("zustand,klass,matnr\nweg,none,ada\nda,none,bob\n")
	m := importer.Mapping{Map: append(parsed(t, "course_id=klass"), parsed(t, "learner_id=matnr")...), EnrollIf: parsed(t, "zustand=da"), WithdrawIf: parsed(t, "zustand=weg")}
	if s, err := importer.Run(t.Context(), c, by, in, importer.Options{Mapping: m, Rejects: path}); err != nil || s.Outcomes["course_not_found"] != 2 {
		t.Fatalf("%s, %v", s, err)
	}
	rejects, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, _ := record(t, string(rejects), importer.Options{})
	if !slices.Equal(r.actions, []string{"-none ada", "+none bob"}) {
		t.Errorf("got %q from\n%s", r.actions, rejects)
	}
	if says := refused(t, string(rejects), importer.Options{Mapping: m}); !strings.Contains(says, "it is a file of rejects: import it without a format or mapping") {
		t.Error(says)
	}
}

func TestMappingFile(t *testing.T) {
	t.Parallel()
	want := importer.Mapping{
		Map:      importer.Assignments{{Column: "course_id", Values: []string{"klass", "alt"}}, {Column: "learner_id", Values: []string{"mat nr"}}},
		Only:     importer.Assignments{{Column: "1", Values: []string{"a", "b"}}},
		NoHeader: true, Delimiter: ";", IgnoreColumns: []string{"role"},
	}
	const others = "no-header: true\ndelimiter: ;\nignore-column: [role]\n"
	for _, text := range []string{
		"map:\n  course_id: [klass, alt]\n  learner_id: mat nr\nonly: {1: a|b}\n" + others,
		"map: [course_id=klass|alt, learner_id=mat nr]\nonly: 1=a|b\n" + others,
	} {
		if got, err := importer.ParseMapping([]byte(text)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v, want %+v, from\n%s", got, err, want, text)
		}
	}
	for text, want := range map[string]string{
		"onyl: {a: b}":           `mapping must be YAML with the names of the flags: line 1: field onyl not found`,
		"map: {course_id: {}}":   "line 1: a value must be text, or a list of texts",
		"map: {course_id: [[]]}": "a value must be text",
		"only: text":             "must be COLUMN=VALUE",
		"map: [":                 "mapping must be YAML",
	} {
		if _, err := importer.ParseMapping([]byte(text)); ports.KindOf(err) != domain.ErrInvalidArgument || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
	if m, err := importer.ParseMapping(nil); err != nil || !reflect.DeepEqual(m, importer.Mapping{}) {
		t.Errorf("an empty file is %+v, %v", m, err)
	}
}

// A later mapping replaces conditions on the same columns, and adds others.
func TestMappingsAreLayered(t *testing.T) {
	t.Parallel()
	m := importer.Mapping{Only: parsed(t, "term=2027"), EnrollIf: parsed(t, "Status=active|inactive"), IgnoreColumns: []string{"state"}}
	m = m.Over(importer.Mapping{IgnoreColumns: []string{"type"}}).Over(format(t, "canvas"))
	r, s := record(t, "section_id,user_id,role,status,term,type,state\nA,s-1,student,inactive,2027,,\nA,s-2,student,active,2026,,\nA,s-3,ta,active,2027,,\n", importer.Options{Mapping: m})
	if s.Rejected != 1 || s.Skipped != 2 || len(r.actions) > 0 { // inactive is in both conditions
		t.Errorf("%q, %s", r.actions, s)
	}
}

func TestInvalidMappings(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]struct {
		m    importer.Mapping
		json bool
	}{
		`map must be a column of course_id, learner_id, action, an equals sign and the file's column, got "course"`: {importer.Mapping{Map: parsed(t, "course=x")}, false},
		`delimiter must be one ASCII character, such as ; or tab, got "::"`:                                         {importer.Mapping{Delimiter: "::"}, false},
		`encoding must be utf-8, utf-16 or windows-1252, got "latin-9"`:                                             {importer.Mapping{Encoding: "latin-9"}, false},
		`no-header names columns by their number from 1, such as course_id=4, got "x"`:                              {importer.Mapping{NoHeader: true, Map: parsed(t, "course_id=x")}, false},
		`map must name the number of the column learner_id, such as learner_id=4`:                                   {importer.Mapping{NoHeader: true, Map: parsed(t, "course_id=1")}, false},
		`header must have each mapped column once; it lacks user; got`:                                              {importer.Mapping{Map: parsed(t, "learner_id=user")}, false},
		`header must have each of the columns course_id,learner_id once; it lacks term; got`:                        {importer.Mapping{Only: parsed(t, "term=1")}, false},
		`format is ndjson, which has no delimiter, header or comments`:                                              {importer.Mapping{NoHeader: true}, true},
	} {
		if got := refused(t, header+"k,a,\n", importer.Options{Mapping: c.m, NDJSON: c.json}); !strings.HasPrefix(got, want) {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
