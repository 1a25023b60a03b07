package arch_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"example.com/roster/cmd/proof/arch"
	"example.com/roster/cmd/proof/source"
)

// report returns what the table says about a file that imports a package, and uses a function of it if there is one.
func report(t *testing.T, file, imported, use string) string {
	t.Helper()
	text := "package p\n\nimport x \"" + imported + "\"\n"
	if use != "" {
		text += "\nvar _ = x." + use + "\n"
	}
	tree, err := source.Read(fstest.MapFS{
		"go.mod": {Data: []byte("module example.com/roster\n")},
		file:     {Data: []byte(text)},
	})
	if err != nil {
		t.Fatal(err)
	}
	var about []string
	for _, line := range arch.Check(tree, arch.Table) {
		if !strings.HasPrefix(line, "row ") { // of other folders, which are not in this tree
			about = append(about, line)
		}
	}
	return strings.Join(about, "\n")
}

// What the package must not import is reported.
func TestRowIsNarrow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ file, imported, use, why string }{
		{"adapters/sms/x.go", "example.com/roster/application", "", "an adapter depends on ports, and the program chooses the implementation"},
		{"adapters/sms/x.go", "example.com/roster/adapters/memstore", "", "an adapter knows no other adapter"},
		{"adapters/sms/x.go", "example.com/roster/adapters/httpapi", "", "an adapter knows no other adapter"},
		{"adapters/sms/x.go", "example.com/roster/adapters/internal/jsonfields", "", "of the shared helpers, it needs one"},
		{"adapters/sms/x.go", "example.com/roster/adapters/internal/sqlstore", "", "SQL is for the stores"},
		{"adapters/sms/x.go", "example.com/roster/ports/portstest", "", "suites are for tests"},
		{"adapters/sms/x.go", "example.com/roster/application/servicetest", "", "the kit is for tests, and another row allows it there"},
		{"adapters/sms/x.go", "example.com/roster/cmd/roster/app", "", "only main programs import main programs"},
		{"adapters/sms/x.go", "net/http", "", "the row says which packages of the standard library it needs, and this is not one"},
		{"adapters/sms/x.go", "os", "", "the row says which packages of the standard library it needs, and this is not one"},
		{"adapters/sms/x.go", "database/sql", "", "the row says which packages of the standard library it needs, and this is not one"},
		{"adapters/sms/x.go", "math/rand/v2", "", "the row says which packages of the standard library it needs, and this is not one"},
		{"adapters/sms/x.go", "log", "", "log/slog is another package"},
		{"adapters/sms/x.go", "fmt", "", "the row says which packages of the standard library it needs, and this is not one"},
		{"adapters/sms/x.go", "encoding/hex", "", "this is one of pure, and sms.go does not import it: name the packages that it does import"},
		{"adapters/sms/x.go", "time", "Now", "a message brings its time; the package does not read the clock"},
		{"adapters/sms/x.go", "time", "Sleep", "the package does not wait"},
		{"adapters/sms/x.go", "golang.org/x/net/netutil", "", "one package of golang.org/x is needed, not all"},
		{"adapters/sms/x.go", "golang.org/x/time", "", "of the module, one package is needed"},
		{"adapters/sms/x.go", "golang.org/x/time/rate/more", "", "the package is needed, and nothing below it"},
		{"adapters/sms/x.go", "github.com/labstack/echo/v4", "", "it has nothing to do with HTTP"},
		{"adapters/sms/inner/x.go", "errors", "", "a folder below gets a row of its own, when it exists"},
		{"adapters/worker/x.go", "example.com/roster/adapters/internal/spelling", "", "the rows of other packages stay as they are"},
		{"adapters/cli/x.go", "golang.org/x/time/rate", "", "the rows of other packages stay as they are"},
		{"adapters/memstore/x.go", "log/slog", "", "the rows of other packages stay as they are"},
	} {
		if report(t, c.file, c.imported, c.use) == "" {
			what := c.imported
			if c.use != "" {
				what += "." + c.use
			}
			t.Errorf("too wide: the table allows %s in %s, but %s", what, c.file[:strings.LastIndex(c.file, "/")], c.why)
		}
	}
}

// The row's reason is what a colleague reads who breaks it.
func TestRowHasAReason(t *testing.T) {
	t.Parallel()
	for _, row := range arch.Table {
		if row.Path == "adapters/sms" {
			if len(strings.Fields(row.Why)) < 5 {
				t.Errorf("the reason %q is too short to explain anything", row.Why)
			}
			for _, other := range arch.Table {
				if other.Path != row.Path && other.Why == row.Why {
					t.Errorf("the reason is that of %s", other.Path)
				}
			}
			return
		}
	}
	t.Error(`no row has the Path "adapters/sms"`)
}
