package create

import (
	"io"
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]Names{
		"example.com/team/booking": {Plain: "booking", Go: "booking", Snake: "booking", Env: "BOOKING"},
		"example.com/my-app2":      {Plain: "my-app2", Go: "myapp2", Snake: "my_app2", Env: "MY_APP2"},
		"github.com/Me/MyApp":      {Plain: "myapp", Go: "myapp", Snake: "myapp", Env: "MYAPP"},
		"example.com/a.b_c~d":      {Plain: "a-b-c-d", Go: "abcd", Snake: "a_b_c_d", Env: "A_B_C_D"},
		"example.com/booking/v2":   {Plain: "booking", Go: "booking", Snake: "booking", Env: "BOOKING"},
		"gopkg.in/booking.v1":      {Plain: "booking", Go: "booking", Snake: "booking", Env: "BOOKING"},
		"example.com/2fa":          {Plain: "2fa", Go: "app2fa", Snake: "app_2fa", Env: "APP_2FA"},
	} {
		want.Module = path
		if got, err := NamesOf(path); err != nil || got != want {
			t.Errorf("%s: got %+v, %v, want %+v", path, got, err, want)
		}
	}
}

// A name that another system's contains is not renamed there.
func TestOtherSystemsKeepTheirNames(t *testing.T) {
	t.Parallel()
	names, err := NamesOf("example.com/acme/clinic")
	if err != nil {
		t.Fatal(err)
	}
	r := renaming{names, "register"}
	for text, want := range map[string]string{
		"OneRoster 1.2, --format oneroster, none; roster ONE": "OneRoster 1.2, --format oneroster, none; clinic ONE",
		"one roster, phone-roster, roster":                    "one clinic, phone-clinic, clinic",
	} {
		if got := r.renameText("docs/a.md", text); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// In a document's row about a folder of the core, the name is the aggregate's.
func TestRowsAboutTheCore(t *testing.T) {
	t.Parallel()
	names, err := NamesOf("example.com/acme/clinic")
	if err != nil {
		t.Fatal(err)
	}
	r := renaming{names, "register"}
	for text, want := range map[string]string{
		"| domain | [roster.go](../domain/roster.go) | Roster.Enroll |":                  "| domain | [register.go](../domain/register.go) | Register.Enroll |",
		"# a\n| application | [decide.go](../application/decide.go) | decision.roster |": "# a\n| application | [decide.go](../application/decide.go) | decision.register |",
		"| adapters/cli | roster |": "| adapters/cli | clinic |",
	} {
		if got := r.renameText("docs/a.md", text); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A subject has no hyphen, not even if the code has only its beginning.
func TestSubjectsHaveNoHyphen(t *testing.T) {
	t.Parallel()
	names, err := NamesOf("example.com/seat-booking")
	if err != nil {
		t.Fatal(err)
	}
	r := renaming{names, "register"}
	for text, want := range map[string]string{
		`strings.TrimPrefix(subject, "roster.")`: `strings.TrimPrefix(subject, "seat_booking.")`,
		`"roster.events.>"`:                      `"seat_booking.events.>"`,
		`// run roster. Then stop it.`:           `// run seat-booking. Then stop it.`,
		`"roster.db"`:                            `"seat-booking.db"`,
	} {
		if got := r.renameText("adapters/nats/a.go", text); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// An invalid name, part or word is refused with one line, and nothing is written.
func TestRefusals(t *testing.T) {
	t.Parallel()
	template := readTemplate(t)
	for module, says := range map[string]string{
		"":                       "malformed module path",
		"booking":                "missing dot in first path element",
		"example.com/Äpfel":      "malformed module path",
		"example.com/a//b":       "malformed module path",
		"example.com/booking/v1": "malformed module path",
		"example.com/func":       "Go's own func",
		"example.com/string":     "Go's own string",
		"example.com/main":       "Go's own main",
		"example.com/domain":     "domain",
		"example.com/app":        "the folder cmd/roster/app",
	} {
		c := New{Module: module, Dir: t.TempDir()}
		if err := c.createFrom(template, "", nil); err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: got %v, want one line with %q", module, err, says)
		}
		requireEmpty(t, c.Dir)
	}
	for says, c := range map[string]New{
		"no part is named":  {Without: []string{"mysql"}},
		"only letters":      {Words: map[string]string{"course": "Flight 1"}},
		"must be one word":  {Words: map[string]string{"enroll": "check-in"}},
		"its own plural":    {Words: map[string]string{"course": "news"}},
		"two plurals":       {Words: map[string]string{"learner": "person/people"}, Plurals: map[string]string{"person": "persons"}},
		"is none of":        {Words: map[string]string{"learner": "guest"}, Plurals: map[string]string{"person": "people"}},
		"--plural news=":    {Words: map[string]string{"course": "news"}, Plurals: map[string]string{"news": "news"}},
		"another plural":    {Words: map[string]string{"course": "value"}},
		"a property type":   {Words: map[string]string{"course": "type"}},
		"a command check":   {Words: map[string]string{"course": "check"}},
		"a field context":   {Words: map[string]string{"course": "context"}},
		"a flag status":     {Words: map[string]string{"learner": "status"}},
		"must not both":     {Words: map[string]string{"course": "flight", "learner": "flight"}},
		"a command list":    {Words: map[string]string{"enroll": "list"}},
		"a keyword of SQL":  {Words: map[string]string{"waitlist": "order"}},
		"leave it out":      {Words: map[string]string{"course": "flight"}, Bare: true, Usecase: "note"},
		"none of the parts": {Without: []string{"nats"}, Bare: true},
		"with --bare":       {Usecase: "note"},
		"Status redeclared": {Words: map[string]string{"roster": "status"}},
		"more forms than":   {Words: map[string]string{"course": "person/people/peopled"}},
	} {
		c.Module, c.Dir, c.DryRun = "example.com/booking", t.TempDir(), true
		if err := c.createFrom(template, "", io.Discard); err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %v, want one line with %q", err, says)
		}
		requireEmpty(t, c.Dir)
	}
}
