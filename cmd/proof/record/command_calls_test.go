package record_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/roster/adapters/memstore"
	"example.com/roster/application"
	"example.com/roster/cmd/roster/app"
	"example.com/roster/cmd/roster/record"
	"example.com/roster/ports"
)

// commandRuns are runs of each command that calls the core, with what standard input has. The other commands run without the core.
var commandRuns = []struct {
	args  string
	stdin string
}{
	{"course put go-101 --title Go --capacity 1", ""},
	{"course put go-102 --title Gopher --capacity 2", ""},
	{"course import -", "course_id,title,capacity\ngo-102,Go,2\n"},
	{"course show go-101", ""},
	{"course list", ""},
	{"enroll go-101 ada", ""},
	{"withdraw go-101 ada", ""},
	{"import -", "course_id,learner_id,action\ngo-101,bob,enroll\ngo-101,bob,withdraw\n"},
	{"import - --dry-run", "course_id,learner_id\ngo-101,bob\n"},
	{"import - --sync --max-withdrawals 100%", "course_id,learner_id\ngo-101,cyd\n"},
	{"import - --sync --max-withdrawals 100%", "course_id,learner_id\ngo-101,dan\n"},
	{"apply -", `{"action":"enroll","courseId":"go-102","learnerId":"ada"}` + "\n" + `{"action":"withdraw","courseId":"go-102","learnerId":"ada"}` + "\n"},
	{"list go-101", ""},
	{"list --learner ada", ""},
	{"check", ""},
	{"about ada", ""},
	{"rename ada eve", ""},
	{"forget eve", ""},
	{"repair", ""},
	{"repair --dry-run", ""},
	{"repair --republish 2000-01-01T00:00:00Z", ""},
}

// What each command calls in the core is observed.
func TestCommandCalls(t *testing.T) {
	t.Parallel()
	observed := observeCommands(t)
	if *update { // go test ./cmd/proof/record -run '^TestCommandCalls$' -update
		text, err := json.MarshalIndent(observed, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		requireText(t, "cmd/roster/app/calls.json", string(text)+"\n")
		return // the next build has it
	}
	first := func(r *record.Record) *record.Endpoint { return &api(r, "command-line").Endpoints[0] }
	catches(t, func(r record.Record) (report []string) {
		for _, e := range api(&r, "command-line").Endpoints {
			calls := slices.Sorted(slices.Values(e.Calls))
			if !slices.Equal(calls, observed[e.ID]) {
				report = append(report, fmt.Sprintf("%s calls %v, not %v", e.ID, observed[e.ID], calls))
			}
		}
		return report
	},
		lie{"a call too many", func(r *record.Record) { first(r).Calls = append(first(r).Calls, "Queries.Courses") }, "about calls [Erasure.About], not [Erasure.About Queries.Courses]"},
		lie{"a call missing", func(r *record.Record) { first(r).Calls = nil }, "about calls [Erasure.About], not []"},
	)
}

// observeCommands returns what the core is called for by each command, by its id.
func observeCommands(t *testing.T) map[string][]string {
	t.Helper()
	store := memstore.New()
	core := &watchedService{Service: application.New(store)}
	letter := ports.DeadLetter{ID: "1", Body: []byte(`{"action":"enroll","courseId":"go-102","learnerId":"fay"}`), Reason: ports.ErrUnavailable}
	observed, ids := make(map[string][]string), []string(nil)
	commands := theRecord(t)
	for _, e := range api(&commands, "command-line").Endpoints {
		ids = append(ids, e.ID)
	}
	for _, run := range commandRuns {
		args := strings.Fields(run.args)
		id := args[0]
		if len(args) > 1 && slices.Contains(ids, id+"-"+args[1]) {
			id += "-" + args[1]
		}
		letter.By = ports.Actor{Tenant: "default", Subject: "queue", Role: ports.Staff}
		if err := core.PutDeadLetters(t.Context(), letter.By, []ports.DeadLetter{letter}); err != nil { // for repair
			t.Fatal(err)
		}
		core.take()
		var output bytes.Buffer
		options := app.Options{Args: append(args, "--data-dir", filepath.Join(t.TempDir(), "data")), Stdin: strings.NewReader(run.stdin), Stdout: &output, Stderr: &output,
			Store: store, Service: core}
		if code := app.Run(t.Context(), options); code != 0 {
			if strings.Contains(output.String(), "unexpected argument "+args[0]) {
				continue // the service has no such command
			}
			t.Fatalf("%s: exit %d\n%s", run.args, code, &output)
		}
		observed[id] = union(observed[id], core.take())
	}
	return observed
}
