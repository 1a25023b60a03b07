package guard_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"example.com/roster/cmd/proof/guard"
)

const root = "../../../"

// product is the program. Tools, examples and the demo are not part of it.
var product = sync.OnceValues(func() (*guard.Code, error) {
	return guard.Load(root, "./adapters/...", "./application/...", "./domain/...", "./ports/...", "./cmd/roster/...")
})

func load(t *testing.T) *guard.Code {
	t.Helper()
	code, err := product()
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// The program opens what the table in docs/security.md has, and nothing else.
func TestEveryOpeningHasARow(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile(root + "docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(document), "\n## What the program opens\n")
	section, _, _ = strings.Cut(section, "\n## ")
	row := regexp.MustCompile(`(?m)^\| (.+) \| \[(\S+)\]\(\.\./(\S+)\) \| (.+) \|$`)
	name := regexp.MustCompile("`([^`]+)`")
	rows := make(map[guard.Opening]bool)
	for _, m := range row.FindAllStringSubmatch(section, -1) {
		if m[2] != m[3] {
			t.Errorf("a row is about %s and links to %s", m[2], m[3])
		}
		for _, n := range name.FindAllStringSubmatch(m[1], -1) {
			rows[guard.Opening{File: m[2], Name: n[1]}] = true
		}
	}
	openings := load(t).Openings()
	for _, o := range openings {
		if !rows[o] {
			t.Errorf("%s opens `%s`: add a row to docs/security.md that says why that is safe", o.File, o.Name)
		}
		delete(rows, o)
	}
	for o := range rows {
		t.Errorf("docs/security.md has a row for `%s` in %s, which does not open it: remove the row", o.Name, o.File)
	}
	if len(openings) < 10 {
		t.Errorf("only %d openings are found", len(openings))
	}
}

// What is planted in a file is found, in every form that it has.
func TestPlantedOpeningsAreFound(t *testing.T) {
	t.Parallel()
	code := load(t)
	known, left := code.Openings(), 0
	for body, want := range map[string]string{
		`import "net"; func f() { _, _ = net.Listen("tcp", ":80") }`:                                         "net.Listen",
		`import n "net"; var f = n.Listen`:                                                                   "net.Listen",
		`import . "net"; var f = Listen`:                                                                     "import . net",
		`import "net"; func f() { var c net.ListenConfig; _ = c }`:                                           "net.ListenConfig",
		`import "net"; func f(l net.Listener) {}`:                                                            "",
		`import "net/http"; var s = &http.Server{}`:                                                          "http.Server",
		`import "net/http"; func f(s *http.Server) {}`:                                                       "",
		`import "net/http"; func f() { _ = http.ListenAndServe(":80", nil) }`:                                "http.ListenAndServe",
		`import "net/http"; func f() { http.HandleFunc("/", nil) }`:                                          "http.HandleFunc",
		`import "net/http"; func f(m *http.ServeMux) { m.Handle("GET /x", nil) }`:                            "GET /x",
		`import "net/http"; type mux struct { *http.ServeMux }; func f(m mux) { m.HandleFunc("/", nil) }`:    "/",
		`import "net/http"; func f(m *http.ServeMux, p string) { m.Handle(p, nil) }`:                         "a pattern that is no literal",
		`var publicRoutes = map[string]bool{"/backup": true}`:                                                "/backup",
		`import _ "net/http/pprof"`:                                                                          "import net/http/pprof",
		`import "github.com/labstack/echo/v4"; func f(e *echo.Echo) { _ = e.Start(":80") }`:                  "echo.Echo.Start",
		`import "os"; func f() { _, _ = os.Create("x") }`:                                                    "os.Create",
		`import "os"; func f() { _ = os.WriteFile("x", nil, 0o600) }`:                                        "os.WriteFile",
		`import "os"; func f() { _, _ = os.OpenFile("x", os.O_CREATE, 0o600) }`:                              "os.OpenFile",
		`import "os"; func f() { _, _ = os.ReadFile("x") }`:                                                  "",
		`import "os/exec"; var c = exec.Command("sh")`:                                                       "exec.Command",
		`import "net/http"; var c = new(http.Client)`:                                                        "http.Client",
		`import "net/http"; func f(c *http.Client) {}`:                                                       "",
		`import "net/http"; func f() { _, _ = http.Get("http://x") }`:                                        "http.Get",
		`import "net"; var d = net.Dialer{}`:                                                                 "net.Dialer",
		`import "net"; func f() { _, _ = net.LookupHost("x") }`:                                              "net.LookupHost",
		`import "database/sql"; func f() { _, _ = sql.Open("x", "y") }`:                                      "sql.Open",
		`import ("context"; "github.com/jackc/pgx/v5"); func f() { _, _ = pgx.Connect(context.TODO(), "") }`: "pgx.Connect",
		`import "github.com/nats-io/nats.go"; func f() { _, _ = nats.Connect("") }`:                          "nats.Connect",
		`import "github.com/nats-io/nats.go"; func f(o nats.Options) { _, _ = o.Connect() }`:                 "nats.Options.Connect",
	} {
		planted, err := code.With("adapters/httpapi/planted.go", "package planted; "+body)
		if err != nil && strings.Contains(err.Error(), guard.ErrNotImported.Error()) {
			left++ // a part that this service does not have
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", body, err)
			continue
		}
		var found []string
		for _, o := range planted.Openings() {
			if !slices.Contains(known, o) {
				found = append(found, o.Name)
			}
		}
		if got := strings.Join(found, ", "); got != want {
			t.Errorf("%s\nopens %q, want %q", body, got, want)
		}
	}
	if left > 5 {
		t.Errorf("%d cases were left out, because nothing imports their packages", left)
	}
}

// The command line writes no text but through the function that escapes it.
func TestOnlyEscapedTextReachesTheTerminal(t *testing.T) {
	t.Parallel()
	for _, found := range load(t).Unescaped("adapters/cli", "cmd/roster") {
		t.Error(found)
	}
}

func TestPlantedTextIsFound(t *testing.T) {
	t.Parallel()
	code := load(t)
	const imports = `package planted; import ("bufio"; "encoding/csv"; "encoding/json"; "fmt"; "io"; "os"; "strings"; ` +
		`"example.com/roster/adapters/cli"); var _ = bufio.NewWriter; var _ = csv.NewWriter; var _ = json.NewEncoder; ` +
		`var _ = fmt.Sprint; var _ io.Writer; var _ = os.Args; var _ strings.Builder; `
	for body, want := range map[string]string{
		`fmt.Fprint(s.Out, title)`:                                         "fmt.Fprint gets what leads to the terminal",
		`fmt.Fprintf(s.Err, "%s", title)`:                                  "fmt.Fprintf gets what leads to the terminal",
		`fmt.Println(title)`:                                               "fmt.Println writes to the terminal",
		`println(title)`:                                                   "println writes to the terminal",
		`fmt.Fprintln(os.Stdout, title)`:                                   "fmt.Fprintln gets what leads to the terminal",
		`w := s.Out; _, _ = w.Write([]byte(title))`:                        "io.Writer.Write writes to the terminal",
		`_, _ = os.Stderr.WriteString(title)`:                              "os.File.WriteString writes to the terminal",
		`w := bufio.NewWriter(s.Out); _, _ = w.WriteString(title)`:         "bufio.Writer.WriteString writes to the terminal",
		`w := bufio.NewWriter(s.Out); fmt.Fprintln(w, title)`:              "fmt.Fprintln gets what leads to the terminal",
		`_, _ = io.WriteString(s.Out, title)`:                              "io.WriteString gets what leads to the terminal",
		`_ = json.NewEncoder(s.Out).Encode(title)`:                         "json.NewEncoder gets what leads to the terminal",
		`_ = csv.NewWriter(s.Out)`:                                         "csv.NewWriter gets what leads to the terminal",
		`func(w io.Writer) { fmt.Fprint(w, title) }(nil)`:                  "fmt.Fprint gets what leads to the terminal",
		`var b strings.Builder; fmt.Fprint(&b, title); s.Note(b.String())`: "",
		`_ = s.Print(nil, title); s.Note(title)`:                           "",
	} {
		planted, err := code.With("adapters/cli/planted.go", imports+"\nfunc f(s *cli.Session, title string) { "+body+" }")
		if err != nil {
			t.Errorf("%s: %v", body, err)
			continue
		}
		found := planted.Unescaped("adapters/cli")
		if want != "" {
			want = "adapters/cli/planted.go:2: " + want
		}
		if got := strings.Join(found, ", "); !strings.HasPrefix(got, want) || want == "" && got != "" {
			t.Errorf("%s\nis %q, want %q", body, got, want)
		}
	}
}
