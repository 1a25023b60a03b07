package record_test

import (
	"bytes"
	"compress/flate"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	natsio "github.com/nats-io/nats.go"

	"example.com/roster/cmd/roster/record"
)

// What is searched for. Every id of a learner begins with anyLearner; every enrollment's id is added when it is known.
const (
	anyLearner = "marker7f3a-"
	anyCaller  = "caller7f3a-"
)

// markers are the texts to search for, by what they mean.
type markers map[string][]string

// in returns what a text contains.
func (m markers) in(text string) (kinds []string) {
	for _, kind := range slices.Sorted(maps.Keys(m)) {
		if slices.ContainsFunc(m[kind], func(marker string) bool { return strings.Contains(text, marker) }) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// places are where markers were found, such as "column standings.learner_id", and what was found there.
type places map[string][]string

func (p places) add(place string, kinds []string) {
	if len(kinds) > 0 {
		p[place] = union(p[place], kinds)
	}
}

// An observation is where ids were found, and where those of learners were found after they were forgotten.
type observation struct{ found, afterForget places }

// comparePersonal compares the places, what is there, and for how long.
func comparePersonal(r record.Record, observed observation) (report []string) {
	var recorded, seen []string
	for _, p := range r.PersonalData {
		place, named := p.Where+" "+p.Name, "a caller"
		for kind, what := range map[string]string{"an enrollment": "enrollment's id", "a learner": "learner's id"} {
			if strings.Contains(p.What, what) {
				named = kind
			}
		}
		recorded = append(recorded, place+": the id of "+named)
		forgets, left := strings.Contains(p.Until, "`forget`"), slices.Contains(observed.afterForget[place], named)
		if p.Where == "column" && named != "a caller" && forgets == left {
			report = append(report, fmt.Sprintf("%s is kept %s, and it is there after forget: %t", place, p.Until, left))
		}
		if stream := streamOf(r, p); stream.Retention != "" && stream.Retention != p.Until {
			report = append(report, fmt.Sprintf("%s is kept %s, and its stream keeps it %s", place, p.Until, stream.Retention))
		}
	}
	for place, found := range observed.found {
		for _, kind := range found {
			seen = append(seen, place+": the id of "+kind)
		}
	}
	return append(report, differences("personal data:", recorded, seen)...)
}

// Everything that the program stores, sends, logs and measures is searched for the ids of learners who came through every entry point.
func TestPersonalData(t *testing.T) {
	t.Parallel()
	personal := func(r *record.Record, name string) *record.Personal {
		return find(r.PersonalData, func(p record.Personal) bool { return p.Name == name })
	}
	for _, kind := range []string{"sqlite", "postgresql"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			observed := observePersonal(t, kind)
			catches(t, func(r record.Record) []string {
				return comparePersonal(r, observed)
			},
				lie{"a column too few", func(r *record.Record) { r.PersonalData = r.PersonalData[1:] }, "column standings.learner_id: the id of a learner is in the running"},
				lie{"a column too many", func(r *record.Record) { personal(r, "replies.subject").Name = "replies.name" }, "column replies.name: the id of a learner is in the record"},
				lie{"other data", func(r *record.Record) { personal(r, "standings.learner_id").What = "the enrollment's id" }, "column standings.learner_id: the id of an enrollment is in the record"},
				lie{"a message's field too few", func(r *record.Record) { personal(r, "reply learnerId").Name = "reply learner" }, "message reply learnerId: the id of a learner is in the running"},
				lie{"a message's field too many", func(r *record.Record) {
					personal(r, "learner.renamed data.learnerId").Name = "course.opened data.learnerId"
				},
					"message course.opened data.learnerId: the id of a learner is in the record"},
				lie{"a log", func(r *record.Record) { personal(r, "replies.subject").Where = "log" }, "log replies.subject: the id of a learner is in the record"},
				lie{"kept longer", func(r *record.Record) { personal(r, "standings.learner_id").Until = "for ever" }, "is kept for ever, and it is there after forget: false"},
				lie{"kept shorter", func(r *record.Record) { personal(r, "reply learnerId").Until = "1 days" }, "is kept 1 days, and its stream keeps it 2 days"},
			)
		})
	}
}

// observePersonal lets learners come through every entry point, and searches all that is left of them.
func observePersonal(t *testing.T, kind string) (observed observation) {
	p := startProgram(t, kind)
	received := p.subscribe(t, "roster.>")
	throughEveryEntryPoint(t, p)
	messages := p.settled(t, received)
	ids := markers{"a learner": {anyLearner}, "a caller": {anyCaller, "cli:"}, "an enrollment": texts(t, p.db, "SELECT enrollment_id FROM standings UNION SELECT enrollment_id FROM journal WHERE enrollment_id <> ''")}

	observed.found = make(places)
	searchTables(t, p, ids, observed.found)
	for _, m := range messages {
		searchMessage(t, m, ids, observed.found)
	}
	observed.found.add("log of serve", ids.in(p.log.String()))
	observed.found.add("metric", ids.in(p.metrics(t)))
	searchFiles(t, p.data, ids, observed.found)

	var forgotten []string
	for learner := range strings.SplitSeq("ada bob cyd don eve fay gus hal ida jon", " ") {
		p.must(t, "", "forget", anyLearner+learner)
		forgotten = append(forgotten, anyLearner+learner)
	}
	forgotten = append(forgotten, anyLearner+"dan") // who is don now
	observed.afterForget = make(places)
	searchTables(t, p, markers{"a learner": forgotten, "an enrollment": ids["an enrollment"]}, observed.afterForget)
	return observed
}

// throughEveryEntryPoint makes each kind of message, reply and dead letter.
func throughEveryEntryPoint(t *testing.T, p *running) {
	t.Helper()
	const ada, bob, cyd, dan = anyLearner + "ada", anyLearner + "bob", anyLearner + "cyd", anyLearner + "dan"
	p.must(t, "", "course", "put", "go", "--title", "Go", "--capacity", "2")
	p.must(t, "", "course", "put", "sql", "--title", "SQL", "--capacity", "1")

	staff, learner, partner := p.token(t, anyCaller+"staff", "staff"), p.token(t, bob, "learner"), p.token(t, anyCaller+"shop", "partner")
	enroll := func(learner string) string { return fmt.Sprintf(`{"learnerId":%q}`, learner) }
	p.ask(t, 201, staff, "POST", "/v1/courses/go/enrollments", "key-1", enroll(ada))
	p.ask(t, 201, learner, "POST", "/v1/courses/go/enrollments", "key-2", enroll(bob))
	p.ask(t, 403, learner, "POST", "/v1/courses/go/enrollments", "", enroll(ada))
	p.ask(t, 409, staff, "POST", "/v1/courses/go/enrollments", "", enroll(ada))
	p.ask(t, 422, staff, "POST", "/v1/courses/go/enrollments", "", `{"learnerId":"`+ada+`\u0007"}`)
	p.ask(t, 422, staff, "POST", "/v1/courses/go/enrollments", "key-1", enroll(cyd))
	p.ask(t, 200, partner, "POST", "/partner/v1/enrollments", "", fmt.Sprintf(`{"reference":"r-1","course":"go","person":%q}`, cyd))
	p.ask(t, 200, staff, "DELETE", "/v1/courses/go/enrollments/"+ada, "key-3", "")
	p.ask(t, 404, staff, "GET", "/v1/courses/go/enrollments/"+dan, "", "")
	p.ask(t, 202, staff, "POST", "/courses/go/enrollments", "", enroll(dan))
	p.ask(t, 200, staff, "GET", "/v1/learners/"+dan+"/enrollments", "", "")
	p.ask(t, 200, staff, "POST", "/v1/commands", "", fmt.Sprintf(`{"actions":[{"action":"enroll","courseId":"sql","learnerId":%q}]}`, anyLearner+"eve"))

	p.must(t, "", "enroll", "sql", anyLearner+"fay", "--key", "key-4")
	p.must(t, "", "withdraw", "go", bob)
	p.must(t, fmt.Sprintf(`{"action":"enroll","courseId":"sql","learnerId":%q}`, anyLearner+"gus"), "apply", "-")
	p.must(t, "", "rename", dan, anyLearner+"don")
	p.must(t, "", "about", anyLearner+"don")
	p.must(t, "course_id,learner_id\nsql,"+anyLearner+"hal\nnone,"+anyLearner+"hal\n", "import", "-", "--allow-rejects", "100%")
	p.must(t, "course_id,learner_id\nsql,"+anyLearner+"ida\n", "enqueue", "-")

	send := func(format string, args ...any) { p.command(t, fmt.Sprintf(format, args...)) }
	send(`{"action":"withdraw","courseId":"sql","learnerId":%q,"enrollmentId":%q}`, anyLearner+"eve", p.enrollment(t, "sql", anyLearner+"eve")) // promotes
	send(`{"actions":[{"action":"withdraw","courseId":"sql","learnerId":%q,"enrollmentId":%q}]}`, anyLearner+"fay", p.enrollment(t, "sql", anyLearner+"fay"))
	send(`{"action":"withdraw","courseId":"none","learnerId":%q,"enrollmentId":%q,"key":"key-5"}`, anyLearner+"jon", p.enrollment(t, "sql", anyLearner+"gus"))
	send(`{"action":"offer","courseId":"go","learnerId":%q}`, anyLearner+"unreadable")
	p.replied(t, 5)
	p.must(t, "", "repair", "--dry-run")
	p.must(t, "", "repair")
	p.must(t, "", "repair", "--republish", "24h")
	p.must(t, "", "check")
}

// searchTables searches every column of every table.
func searchTables(t *testing.T, p *running, ids markers, found places) {
	t.Helper()
	for _, table := range texts(t, p.db, p.tables) {
		rows, err := p.db.QueryContext(t.Context(), "SELECT * FROM "+table)
		if err != nil {
			t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			row := make([]sql.RawBytes, len(columns))
			into := make([]any, len(columns))
			for i := range row {
				into[i] = &row[i]
			}
			if err := rows.Scan(into...); err != nil {
				t.Fatal(err)
			}
			for i, value := range row {
				if len(value) > 0 && value[0] == 'z' { // the form of long outcomes
					if text, err := io.ReadAll(flate.NewReader(bytes.NewReader(value[1:]))); err == nil {
						value = text
					}
				}
				found.add("column "+table+"."+columns[i], ids.in(string(value)))
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		_ = rows.Close()
	}
}

// searchMessage searches the headers and the JSON of a message.
func searchMessage(t *testing.T, m *natsio.Msg, ids markers, found places) {
	t.Helper()
	token := strings.Split(m.Subject, ".")
	name, known := map[string]string{"events": m.Header.Get("ce-type"), "commands": "command", "replies": "reply"}[token[1]]
	if !known {
		name = token[1]
	}
	found.add("message "+name+" subject", ids.in(m.Subject))
	for header, values := range m.Header {
		found.add("message "+name+" header "+header, ids.in(strings.Join(values, "\n")))
	}
	var body any
	if err := json.Unmarshal(m.Data, &body); err != nil {
		found.add("message "+name+" body", ids.in(string(m.Data)))
		return
	}
	searchJSON(body, "", func(path, text string) { found.add("message "+name+" "+path, ids.in(text)) })
}

// searchJSON calls see with each text, and with each name of a field.
func searchJSON(value any, at string, see func(path, text string)) {
	switch v := value.(type) {
	case string:
		see(at, v)
	case []any:
		for _, each := range v {
			searchJSON(each, at+"[]", see)
		}
	case map[string]any:
		for name, each := range v {
			within := strings.TrimPrefix(at+"."+name, ".")
			see(at+" name", name)
			searchJSON(each, within, see)
		}
	}
}

// searchFiles searches the files of the data directory, except those of the database and the broker's streams.
func searchFiles(t *testing.T, dir string, ids markers, found places) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		name, _ := filepath.Rel(dir, path)
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name == filepath.Join("nats", "jetstream"):
			return fs.SkipDir
		case entry.IsDir() || regexp.MustCompile(`^roster\.db`).MatchString(name):
			return nil
		}
		text, err := os.ReadFile(path)
		found.add("file "+name, ids.in(string(text)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
