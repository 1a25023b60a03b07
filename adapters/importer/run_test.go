package importer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"example.com/roster/adapters/importer"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

const header = "course_id,learner_id,action\n"

type outcomes = map[string]int

// run imports text and returns the summary without its time, and the rejects below their header.
func run(t testing.TB, c ports.Commands, text string, o importer.Options) (importer.Summary, string, error) {
	t.Helper()
	o.Rejects = filepath.Join(t.TempDir(), "rejects.csv")
	s, err := importer.Run(t.Context(), c, by, strings.NewReader(text), o)
	s.Seconds = 0
	file, _ := os.ReadFile(o.Rejects)
	rejects, ok := strings.CutPrefix(string(file), "course_id,learner_id,action,row,code,detail\n")
	if !ok && len(file) > 0 {
		t.Errorf("the rejects begin with %.100q", file)
	}
	return s, rejects, err
}

func TestRows(t *testing.T) {
	t.Parallel()
	long, field := strings.Repeat("x", 256), strings.Repeat("x", 1<<20)
	const good = "wait-1,ada,enroll\n"
	enrolled := outcomes{"enrolled": 1}
	oneOfTwo := outcomes{"enrolled": 1, "invalid_row": 1}
	for _, c := range []struct {
		name, text string
		json       bool
		want       outcomes
		promoted   int
		rejects    string // what is in them
	}{
		{name: "only a header", text: header, want: outcomes{}},
		{name: "every rule", text: header + "wait-1,ada,enroll\nwait-1,bob,enroll\nwait-1,ada,enroll\nwait-1,bob,\nwait-1,ada,withdraw\nwait-1,ada,withdraw\n" +
			"full-1,ada,enroll\nfull-1,bob,enroll\nclosed,ada,enroll\nnone,ada,enroll\n",
			want: outcomes{"enrolled": 2, "waitlisted": 1, "withdrawn": 1, "already_enrolled": 1, "already_waitlisted": 1, "not_enrolled": 1,
				"course_full": 1, "course_closed": 1, "course_not_found": 1}, promoted: 1,
			rejects: "wait-1,ada,enroll,4,already_enrolled,the learner already has a seat\n"},
		{name: "no action column", text: "course_id,learner_id\nwait-1,ada\n", want: enrolled},
		{name: "columns in another order, and more of them", text: "action,note,LEARNER_ID, course_id\nenroll,hi,ada,wait-1\n", want: enrolled},
		{name: "no end of the last line", text: header + "wait-1,ada,enroll", want: enrolled},
		{name: "blank lines", text: "\n" + header + "\n" + good + "\n  \r\n\n", want: enrolled},
		{name: "byte order mark", text: "\ufeff" + header + good, want: enrolled},
		{name: "CRLF", text: strings.ReplaceAll(header+good, "\n", "\r\n"), want: enrolled},
		{name: "quotes", text: `"course_id","learner_id"` + "\n" + `"wait-1","ada, ""the countess"""` + "\n", want: enrolled},
		{name: "ragged", text: header + "wait-1\n" + good, want: oneOfTwo, rejects: ",,,2,invalid_row,\"the line has 1 fields, but the header has 3: \"\"wait-1\"\"\"\n"},
		{name: "too many fields", text: header + "wait-1,ada,enroll,more\n" + good, want: oneOfTwo, rejects: ",,,2,invalid_row,"},
		{name: "a stray quote", text: header + good + "wait-1,\"ada,enroll", want: oneOfTwo, rejects: `the line has wrong quotes: one is missing, or one within a cell is not doubled`},
		{name: "a quote that is not closed", text: header + "wait-1,\"ada,enroll\n" + good, want: outcomes{"invalid_row": 1},
			rejects: `,,,2,invalid_row,"the row in lines 2 to 3, from a quote that is never closed to the end of the file, has wrong quotes: one is missing, or one within a cell is not doubled`},
		{name: "a quote within", text: header + "wait-1,a\"da,enroll\n" + good, want: oneOfTwo, rejects: ",,,2,invalid_row,"},
		{name: "a line's end in quotes", text: header + "wait-1,\"a\nda\",enroll\n" + good, want: oneOfTwo, rejects: "wait-1,a\x1ada,enroll,2,invalid_row,"},
		{name: "no course", text: header + ",ada,enroll\n" + good, want: oneOfTwo, rejects: `,ada,enroll,2,invalid_row,course_id is empty`},
		{name: "no learner", text: header + "wait-1,,enroll\n" + good, want: oneOfTwo, rejects: "wait-1,,enroll,2,invalid_row,learner_id is empty"},
		{name: "invalid course", text: header + "go\x7f101,ada,enroll\n" + good, want: oneOfTwo, rejects: "go\x1a101,ada,enroll,2,invalid_row,courseId must be"},
		{name: "course of two dots", text: header + "..,ada,enroll\n" + good, want: oneOfTwo, rejects: `..,ada,enroll,2,invalid_row,courseId must not be . or ..`},
		{name: "overlong learner", text: header + "wait-1," + long + ",enroll\n" + good, want: oneOfTwo, rejects: "learnerId must be"},
		{name: "unknown action", text: header + "wait-1,ada,enrol\n" + good, want: oneOfTwo, rejects: `wait-1,ada,enrol,2,invalid_row,"action must be enroll or withdraw, got ""enrol"""`},
		{name: "NUL", text: header + "wait-1,a\x00da,enroll\n" + good, want: oneOfTwo, rejects: "wait-1,a\x1ada,enroll,2,invalid_row,"},
		{name: "not UTF-8", text: header + "wait-1,a\xffda,enroll\n" + good, want: oneOfTwo, rejects: "wait-1,a\x1ada,enroll,2,invalid_row,"},
		{name: "a field of 1 MB", text: header + "wait-1," + field + ",enroll\n" + good, want: oneOfTwo, rejects: ",,,2,invalid_row,\"the line is longer than 65536 bytes: \"\"wait-1,xxx"},
		{name: "a field of 1 MB at the end", text: header + good + "wait-1," + field, want: oneOfTwo, rejects: ",,,3,invalid_row,"},
		{name: "JSON", json: true, text: `{"courseId":"wait-1","learnerId":"ada"}` + "\n" + `{"course_id":"wait-1","learner_id":"ada","action":"withdraw","x":1}`,
			want: outcomes{"enrolled": 1, "withdrawn": 1}},
		{name: "empty JSON", json: true, want: outcomes{}},
		{name: "broken JSON", json: true, text: "{\"courseId\":\n{\"courseId\":\"wait-1\",\"learnerId\":\"ada\"}\n", want: oneOfTwo, rejects: ",,,1,invalid_row,\"the line is not a JSON object"},
		{name: "JSON null", json: true, text: "null\n", want: outcomes{"invalid_row": 1}, rejects: ",,,1,invalid_row,"},
		{name: "JSON number", json: true, text: `{"courseId":"wait-1","learnerId":7}`, want: outcomes{"invalid_row": 1}, rejects: "is not a JSON object with the strings"},
		{name: "half of a surrogate pair", json: true, text: `{"courseId":"wait-1","learnerId":"a\ud800"}`, want: outcomes{"invalid_row": 1}, rejects: "half of a surrogate pair"},
		{name: "JSON not UTF-8", json: true, text: "{\"courseId\":\"wait-1\",\"learnerId\":\"\xff\"}", want: outcomes{"invalid_row": 1}, rejects: ",,,1,invalid_row,"},
		{name: "JSON line's end", json: true, text: `{"courseId":"wait-1","learnerId":"a\nb"}`, want: outcomes{"invalid_row": 1}, rejects: "wait-1,a\x1ab,,1,invalid_row,"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, rejects, err := run(t, newCore(t), c.text, importer.Options{NDJSON: c.json})
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got.Outcomes, c.want) || got.Promoted != c.promoted || got.Failed != 0 {
				t.Errorf("%+v, want %v", got, c.want)
			}
			checkSums(t, got)
			if !strings.Contains(rejects, c.rejects) || strings.Count(rejects, "\n") != got.Rejected {
				t.Errorf("rejects are\n%.500s\nwant %d with\n%s", rejects, got.Rejected, c.rejects)
			}
		})
	}
}

func checkSums(t *testing.T, s importer.Summary) {
	t.Helper()
	sum := s.Failed
	for _, n := range s.Outcomes {
		sum += n
	}
	if sum != s.Rows || s.Rejected+s.Failed > s.Rows {
		t.Errorf("rows do not add up: %+v", s)
	}
}

func TestAFileWithoutValidRowsChangesNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"empty":             {"", "file must not be empty"},
		"blank":             {"\n\n", "file must not be empty"},
		"no learner column": {"course_id,learner\nwait-1,ada\n", "header must have each of the columns course_id,learner_id once; it lacks learner_id; got \"course_id,learner\"; to read another column, map it, such as --map learner_id=learner; not needed: action"},
		"no header":         {"wait-1,ada,enroll\n", "header must have"},
		"colons":            {"course_id:learner_id\nwait-1:ada\n", "header must have"},
		"column twice":      {"course_id,learner_id,course_id\na,b,c\n", "once"},
		"broken quotes":     {"\"course_id,learner_id\nwait-1,ada\n", "header must have"},
		"1 MB of header":    {strings.Repeat("x", 1<<20) + "\nwait-1,ada\n", "header must have"},
		"a long header":     {"course_id,learner_id," + strings.Repeat("x", 1<<20) + "\nwait-1,ada,\n", "header must have"},
		"old Mac":           {"course_id,learner_id\rwait-1,ada\r", "header must have"},
		"UTF-16":            {"\xff\xfec\x00o\x00u\x00", `it lacks course_id, learner_id; got "cou"`},
		"not UTF-8":         {"course_id,learner_id,na\xefve,course_id\n", "file must be UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := newCore(t)
			path := filepath.Join(t.TempDir(), "rejects.csv")
			s, err := importer.Run(t.Context(), fake, by, strings.NewReader(c.text), importer.Options{Rejects: path})
			if ports.KindOf(err) != domain.ErrInvalidArgument || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want invalid_argument with %q", err, c.want)
			}
			if files, _ := filepath.Glob(path + "*"); len(fake.commands) > 0 || s.Rows > 0 || len(files) > 0 {
				t.Errorf("%d commands, %d rows, files %v", len(fake.commands), s.Rows, files)
			}
		})
	}
}

// many returns a file of n rows over two courses, with several kinds of rejects.
func many(n int) string {
	var b strings.Builder
	b.WriteString(header)
	for i := range n {
		switch i % 10 {
		case 3:
			fmt.Fprintf(&b, "wait-1,l%d,withdraw\n", i-3)
		case 5:
			fmt.Fprintf(&b, "full-1,l%d,enroll\n", i)
		case 7:
			fmt.Fprintf(&b, "ragged %d\n", i)
		default:
			fmt.Fprintf(&b, "wait-1,l%d,enroll\n", i)
		}
	}
	return b.String()
}

func keys(c *core) (keys []string) {
	for _, command := range c.commands {
		keys = append(keys, command.Key)
	}
	return keys
}

func TestKeysDependOnTheBytesUpToTheEndOfTheChunk(t *testing.T) {
	t.Parallel()
	of := func(text string, o importer.Options) []string {
		c := newCore(t)
		if _, err := importer.Run(t.Context(), c, by, iotest.OneByteReader(strings.NewReader(text)), o); err != nil {
			t.Error(err)
		}
		return keys(c)
	}
	plain := of(many(2500), importer.Options{})
	if len(plain) != 3 {
		t.Fatalf("%d chunks, want 3", len(plain))
	}
	if again := of(many(2500), importer.Options{}); !reflect.DeepEqual(plain, again) {
		t.Errorf("the same bytes gave other keys: %v, %v", plain, again)
	}
	if grown := of(many(2501), importer.Options{}); !reflect.DeepEqual(plain[:2], grown[:2]) || plain[2] == grown[2] {
		t.Errorf("a row at the end must give the last chunk alone another key: %v, %v", plain, grown)
	}
	other := strings.Replace(many(2500), "l2,", "L2,", 1)
	for name, keys := range map[string][]string{
		"another byte":      of(other, importer.Options{}),
		"Again":             of(many(2500), importer.Options{Again: true}),
		"Again, once more":  of(many(2500), importer.Options{Again: true}),
		"a byte order mark": of("\ufeff"+many(2500), importer.Options{}),
	} {
		for i := range keys {
			if keys[i] == plain[i] || domain.ValidateText("key", keys[i], 128) != nil {
				t.Errorf("%s: chunk %d has key %s", name, i, keys[i])
			}
		}
	}
}

// However often a run is stopped and started again, its result and its report are those of one whole run.
func TestAStoppedRunResumes(t *testing.T) {
	t.Parallel()
	text := many(4321)
	whole := newCore(t)
	want, wantRejects, err := run(t, whole, text, importer.Options{})
	if err != nil || want.Rows != 4321 || want.Promoted == 0 || want.Replayed != 0 {
		t.Fatalf("%+v, %v", want, err)
	}
	broken := newCore(t)
	for stop := 1; stop <= 3; stop++ {
		ctx, cancel := context.WithCancel(t.Context())
		broken.commands = nil
		broken.fail = func(n int) error {
			if n == stop {
				cancel()
				return fmt.Errorf("%w: killed", ports.ErrInProgress)
			}
			return nil
		}
		s, err := importer.Run(ctx, broken, by, strings.NewReader(text), importer.Options{})
		if ports.KindOf(err) != ports.ErrUnavailable || s.Failed == 0 || s.Rows != 1000*(stop+1) {
			t.Fatalf("stop %d: %+v, %v", stop, s, err)
		}
		checkSums(t, s)
	}
	broken.fail, broken.commands = nil, nil
	got, gotRejects, err := run(t, broken, text, importer.Options{})
	if err != nil || got.Replayed != 2700 || got.ReplayedFirst.IsZero() {
		t.Fatalf("%+v, %v, want the valid rows of three chunks to be replayed", got, err)
	}
	got.Replayed, got.ReplayedFirst = 0, time.Time{}
	if a, b := asJSON(t, got), asJSON(t, want); a != b {
		t.Errorf("got  %s\nwant %s", a, b)
	}
	if gotRejects != wantRejects {
		t.Error("other rejects")
	}
	if !reflect.DeepEqual(broken.everything(t), whole.everything(t)) {
		t.Error("other standings")
	}
	repeated, _, err := run(t, broken, text, importer.Options{Again: true})
	if err != nil || repeated.Replayed != 0 || repeated.Outcomes["already_waitlisted"] == 0 {
		t.Errorf("Again must submit the rows once more: %+v, %v", repeated, err)
	}
}

func asJSON(t *testing.T, s importer.Summary) string {
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestSummaryAsJSONAndText(t *testing.T) {
	t.Parallel()
	s, _, _ := run(t, newCore(t), header+"wait-1,ada,enroll\nnone,ada,enroll\nx\n", importer.Options{})
	outcomes := map[string]int{"course_not_found": 1, "enrolled": 1, "invalid_row": 1}
	kinds, err := json.Marshal(outcomes)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"rows":3,"outcomes":` + string(kinds) + `,"promoted":0,"rejected":2,"failed":0,"seconds":0,"skipped":0,"replayed":0}`
	if got := asJSON(t, s); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	text := "3 rows in 0.0 s: "
	for _, kind := range slices.Sorted(maps.Keys(outcomes)) {
		text += "1 " + kind + ", "
	}
	if text += "0 promoted; 2 rejected, 0 failed"; s.String() != text {
		t.Errorf("%s", s)
	}
	if len(s.First) != 2 || s.First[0] != "line 3: the course does not exist; create it with course put or course import (course_not_found)" {
		t.Errorf("%q", s.First)
	}
}

func TestUnavailableIsRetried(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCore(t)
		c.fail = func(n int) error {
			if n < 4 {
				return fmt.Errorf("submit: %w: locked", ports.ErrUnavailable)
			}
			return nil
		}
		s, _, err := run(t, c, header+"wait-1,ada,enroll\n", importer.Options{})
		if err != nil || s.Outcomes["enrolled"] != 1 || len(c.commands) != 5 {
			t.Errorf("%+v, %v, %d attempts", s, err, len(c.commands))
		}
	})
}

// Later rows must not overtake a failed chunk.
func TestTheRunStopsAtTheFirstFailedChunk(t *testing.T) {
	t.Parallel()
	for kind, want := range map[domain.Kind]struct {
		attempts int
		kind     domain.Kind
	}{
		ports.ErrUnavailable: {6, ports.ErrUnavailable},
		ports.ErrInProgress:  {6, ports.ErrUnavailable},
		ports.ErrInternal:    {1, ports.ErrUnavailable},
		ports.ErrForbidden:   {1, ports.ErrForbidden},
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newCore(t)
				c.fail = func(n int) error {
					if n > 0 {
						return kind
					}
					return nil
				}
				s, rejects, err := run(t, c, many(3000), importer.Options{})
				if ports.KindOf(err) != want.kind || !strings.Contains(err.Error(), "line 1002") {
					t.Errorf("%v", err)
				}
				if s.Rows != 2000 || s.Failed != 900 || len(c.commands) != 1+want.attempts {
					t.Errorf("%+v, %d commands", s, len(c.commands))
				}
				checkSums(t, s)
				if strings.Count(rejects, "\n") != s.Rejected || strings.Contains(rejects, string(kind)) {
					t.Errorf("rejects are %d, want %d", strings.Count(rejects, "\n"), s.Rejected)
				}
			})
		})
	}
}

// A chunk that a failing disk cut short would have a key that no whole run has.
func TestAnUnfinishedChunkIsNotSubmitted(t *testing.T) {
	t.Parallel()
	c := newCore(t)
	broken := io.MultiReader(strings.NewReader(many(1500)), iotest.ErrReader(errors.New("the disk is gone")))
	s, err := importer.Run(t.Context(), c, by, broken, importer.Options{})
	if err == nil || !strings.Contains(err.Error(), "read line 1502: the disk is gone") {
		t.Errorf("%v", err)
	}
	if len(c.commands) != 1 || s.Rows != 1000 {
		t.Errorf("%d commands, %d rows", len(c.commands), s.Rows)
	}
}

func TestProgressIsDrawnOnTheTerminal(t *testing.T) {
	t.Parallel()
	text := many(12_345) // without a size, not every chunk is drawn
	for _, size := range []int64{0, int64(len(text))} {
		var terminal bytes.Buffer
		if _, _, err := run(t, newCore(t), text, importer.Options{Progress: &terminal, File: sized{size: size}}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(terminal.String(), "importing") || size > 0 && strings.Contains(terminal.String(), "B/s") {
			t.Errorf("size %d: drew %q", size, terminal.String())
		}
	}
}

// A sized file is known by its size alone.
type sized struct {
	os.FileInfo
	size int64
}

func (s sized) Size() int64 { return s.size }
