package proof_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"example.com/roster/cmd/proof/download"
)

// The commands of docs/clients.md generate clients, and its programs enroll a learner with them.
func TestGeneratedClients(t *testing.T) {
	t.Parallel()
	if !long {
		t.Skip("NOT RUN in the short form: it builds a generator, and npm downloads another; make check does it")
	}
	e := startEphemeral(t, os.Args[0], "serve", "--ephemeral", "--log-level", "warn")
	t.Run("TypeScript", func(t *testing.T) {
		t.Parallel()
		c := newClientFolder(t, e, "typescript")
		c.copy(t, "clients/package.json", "package.json")
		c.copy(t, "clients/package-lock.json", "package-lock.json")
		download.Packages(t, c.dir, "ci")
		c.must(t, "sh", "-c", c.command(t, `npx (openapi-typescript)@(\S+) `, "npx --no-install $1 ", `"$1": "$2"`, "package.json"))
		compile := []string{"--no-install", "tsc", "--strict", "--skipLibCheck", "--module", "nodenext", "--target", "es2022", "enroll.ts"}
		program := c.block(t, "ts")
		c.write(t, "enroll.ts", strings.Replace(program, "data?.status", "data?.state", 1))
		if out, err := c.run("npx", compile...); err == nil || !strings.Contains(out, "state") {
			t.Errorf("a field that does not exist is compiled: %v\n%s", err, out)
		}
		c.write(t, "enroll.ts", program)
		c.must(t, "npx", compile...)
		if got := c.must(t, "node", "enroll.js"); got != "enrolled\n" {
			t.Errorf("it printed %q", got)
		}
	})
	t.Run("Go", func(t *testing.T) {
		t.Parallel()
		c := newClientFolder(t, e, "go")
		c.copy(t, "../../go.sum", "go.sum")
		c.copy(t, "../../go.mod", "go.mod")
		c.must(t, "go", "mod", "edit", "-module=example.com/client")
		if err := os.Mkdir(filepath.Join(c.dir, "api"), 0o700); err != nil {
			t.Fatal(err)
		}
		c.must(t, "sh", "-c", c.command(t, `go run (github\.com/oapi-codegen/oapi-codegen/v2)(?:/cmd/oapi-codegen)@(\S+) `, "go tool oapi-codegen ", "$1 $2", "go.mod"))
		c.command(t, `go get (\S+)@(\S+)`, "", "$1 $2", "go.mod") // it is there
		c.write(t, "main.go", c.block(t, "go"))
		if got := c.must(t, "go", "run", "."); got != "enrolled\n" {
			t.Errorf("it printed %q", got)
		}
	})
}

// A clientFolder is a program of a client of the service, which has a tenant with one course.
type clientFolder struct {
	dir      string
	env      []string
	document string
}

func newClientFolder(t *testing.T, e *ephemeral, tenant string) clientFolder {
	t.Helper()
	staff := e.client(t, tenant, "staff", "sam")
	if status, _, body, err := staff.do(http.MethodPut, "/v1/courses/go-101", "", `{"title":"Go","capacity":1}`); err != nil || status != http.StatusCreated {
		t.Fatalf("%d %s, %v", status, body, err)
	}
	document, err := os.ReadFile("../../docs/clients.md")
	if err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), "URL="+e.URL, "TOKEN="+staff.token, "GOFLAGS="+os.Getenv("GOFLAGS")+" -mod=mod", "GOWORK=off")
	return clientFolder{t.TempDir(), env, string(document)}
}

// block returns the document's one block of a language.
func (c clientFolder) block(t *testing.T, language string) string {
	t.Helper()
	blocks := regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(c.document, -1)
	if len(blocks) != 1 {
		t.Fatalf("the document has %d blocks of %s", len(blocks), language)
	}
	return blocks[0][1]
}

// command returns the document's one line that matches, with its beginning replaced: the test has the program already. Its version is
// that of a file.
func (c clientFolder) command(t *testing.T, begin, instead, version, file string) string {
	t.Helper()
	pattern := regexp.MustCompile("(?m)^" + begin + ".*$")
	lines := pattern.FindAllString(c.document, -1)
	if len(lines) != 1 {
		t.Fatalf("the document has %d lines that match %s", len(lines), begin)
	}
	prefix := regexp.MustCompile("^" + begin)
	text, err := os.ReadFile(filepath.Join(c.dir, file))
	if err != nil {
		t.Fatal(err)
	}
	match := prefix.FindStringSubmatchIndex(lines[0])
	if want := string(prefix.ExpandString(nil, version, lines[0], match)); !strings.Contains(string(text), want) {
		t.Errorf("%s: %s lacks %q", lines[0], file, want)
	}
	return prefix.ReplaceAllString(lines[0], instead)
}

func (c clientFolder) copy(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	c.write(t, to, string(text))
}

func (c clientFolder) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (c clientFolder) run(program string, args ...string) (string, error) {
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Env = c.dir, c.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (c clientFolder) must(t *testing.T, program string, args ...string) string {
	t.Helper()
	out, err := c.run(program, args...)
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", program, args, err, out)
	}
	return out
}
