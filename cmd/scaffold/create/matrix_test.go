//go:build unix

package create

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/roster/cmd/scaffold/internal/filetree"
)

// A cell is one way to make a service. The service must work as its template does.
type cell struct {
	New
	whole bool // run all tests of the service, not only the short form
	grows bool // instead of what others do, it gets use cases
}

// matrix are the services that ROSTER_MATRIX makes. Otherwise [TestServiceInAMonorepo] makes and runs one with all parts, and [TestTutorial]
// a bare one.
var matrix = map[string]cell{
	"default": {New: New{Module: "example.com/acme/booking"}, whole: true},
	"bare":    {New: New{Module: "example.com/acme/diary", Bare: true, Usecase: "page"}, whole: true},
	"words": {New: New{
		Module: "example.com/acme/airline", Words: airline, Without: []string{"nats", "partner", "telemetry"},
	}},
	"awkward":   {New: New{Module: "gopkg.in/My_app.2-go.v3", Without: []string{"postgres"}}},
	"all out":   {New: New{Module: "example.com/acme/booking", Without: Parts}, whole: true},
	"all words": {New: New{Module: "example.com/acme/airline", Words: airline}, whole: true},
	"two parts": {New: New{Module: "example.com/acme/toolshed", Plurals: map[string]string{"tradesperson": "tradespeople"}, Words: map[string]string{
		"course": "power-tool", "learner": "tradesperson", "enroll": "lend/lends/lent/lending", "enrollment": "loan", "seat": "piece",
		"waitlist": "waiting-list/waiting-lists/reserved",
	}}, whole: true},

	"default grows": {New: New{Module: "example.com/acme/booking"}, grows: true},
	"words grow":    {New: New{Module: "example.com/acme/airline", Words: airline}, grows: true},
	"bare grows":    {New: New{Module: "example.com/acme/diary", Bare: true, Usecase: "page"}, grows: true},
}

func init() {
	for _, part := range Parts {
		matrix["without "+part] = cell{New: New{Module: "example.com/acme/booking", Without: []string{part}}, whole: true}
	}
	for _, module := range []string{
		"example.com/my-app2", "example.com/2fa", "github.com/Me/MyApp", "example.com/a.b.c", "example.com/under_score",
		"example.com/tilde~x", "example.com/booking/v2", "gopkg.in/booking.v1", "gopkg.in/me/booking.v2", "example.com/x/y/z/deep-er/v11",
	} {
		matrix[module] = cell{New: New{Module: module}}
	}
}

// Each service builds, passes its tests and its architecture test, and answers a request after make run. No file, file name, program
// or database contains the template's name.
func TestMatrix(t *testing.T) {
	if os.Getenv("ROSTER_MATRIX") == "" {
		t.Skip("it takes hours: set ROSTER_MATRIX=1, or run make scaffold-matrix")
	}
	template := readTemplate(t)
	for name, c := range matrix {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			c.Dir = filepath.Join(t.TempDir(), "made")
			var out strings.Builder
			if err := c.createFrom(template, "v1.2.3", &out); err != nil {
				t.Fatal(err)
			}
			t.Logf("made in %s", time.Since(start).Round(10*time.Millisecond))
			files, err := in(c.Dir).Run("git", "ls-files")
			if want := fmt.Sprintf("%s: %d files\n", c.Dir, strings.Count(files, "\n")); err != nil || !strings.HasPrefix(out.String(), want) {
				t.Errorf("want %s\n%v, got %s", want, err, out.String())
			}
			names, err := NamesOf(c.Module)
			if err != nil {
				t.Fatal(err)
			}
			s := createdService{t, c, names}
			if s.grows {
				s.grow()
				return
			}
			s.do("go", "build", "-o", filepath.Join(c.Dir, "bin")+"/", "./cmd/"+names.Plain)
			s.do("go", append([]string{"test", "-timeout", "20m", "-skip", timingTests}, s.tests()...)...)
			s.followReadme()
			s.do("make", "arch")
			s.requireNoOldNames()
			s.firstRun()
		})
	}
}

// Without any part, and any two, the types of a service and of its tests agree, and Wire finds one provider for everything and a use for each.
// All have one folder, so that Go compiles what they share once.
func TestPairsCompile(t *testing.T) {
	all := os.Getenv("ROSTER_MATRIX") != ""
	if !all && os.Getenv("ROSTER_LONG") == "" {
		t.Skip("it takes a minute: set ROSTER_LONG=1, or ROSTER_MATRIX=1 for all pairs")
	}
	template := readTemplate(t)
	compiled := compiledModules(t, template)
	dir := t.TempDir()
	const api = "adapters/httpapi/"
	for _, without := range pairs() {
		if len(without) > 1 && !all {
			continue
		}
		t.Run(strings.Join(without, " "), func(t *testing.T) {
			tree, err := New{Without: without}.selectParts(template)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
			if err := filetree.Write(tree, dir); err != nil {
				t.Fatal(err)
			}
			if tree[api+"openapi.yaml"] != template[api+"openapi.yaml"] {
				const generated = api + "internal/api/api.gen.go"
				_, err := in(dir).Run("go", "generate", "./"+api)
				text, _ := os.ReadFile(filepath.Join(dir, generated))
				if tree[generated] = string(text); err != nil {
					t.Fatal(err)
				}
			}
			for _, err := range newCompiler(tree, templateModule, compiled).compile() {
				t.Error(err)
			}
			if _, err := in(dir).Run("go", "tool", "wire", "check", "./cmd/roster/app"); err != nil {
				t.Error(err)
			}
		})
	}
}

// timingTests need an idle machine, and run in the template only.
const timingTests = "TestCertificatesRotateUnderLoad|TestFloodOfCallersLiftsNoLimit"

// createdService is a service with the test that made it.
type createdService struct {
	*testing.T
	cell
	names Names
}

// grow adds five use cases and a further command to each, and runs the tests of what they change.
func (s createdService) grow() {
	for _, name := range []string{"note", "room-booking", "APIKey", "story", "price_list"} {
		s.do("go", "run", "./cmd/scaffold", "usecase", name)
		s.do("go", "run", "./cmd/scaffold", "usecase", name, "--command", "archive")
	}
	s.do("go", "vet", "./...")
	s.do("go", "test", "-timeout", "20m", "./domain", "./ports/...", "./application", "./adapters/...", "./cmd/proof/arch")
	s.do("go", "test", "-timeout", "20m", "./cmd/proof", "-run", "Parity|Isolation|Forgets")
}

// tests returns all packages, or the ones whose tests are quick.
func (s createdService) tests() []string {
	if s.whole {
		return []string{"./..."}
	}
	packages := []string{"./domain", "./ports/...", "./application", "./adapters/cli", "./adapters/memstore",
		"./adapters/schedule", "./cmd/" + s.names.Plain + "/...", "./cmd/demo/...", "./cmd/proof/docs", "./cmd/proof/contract", "./cmd/proof/size"}
	if len(s.Words) > 0 {
		packages = append(packages, "./adapters/httpapi", "./adapters/importer") // generated code, names of columns
	}
	return append(packages, "./cmd/proof/hexagon/...", "./cmd/proof/source")
}

// environment returns the variables of what the service runs. With -trimpath, services of one module path share what Go compiles.
func (s createdService) environment() []string {
	return append(os.Environ(), "GOWORK=off", "GOFLAGS="+os.Getenv("GOFLAGS")+" -trimpath", s.names.Env+"_ADDR=127.0.0.1:0", s.names.Env+"_ADMIN_ADDR=127.0.0.1:0")
}

// do runs a program in the service's folder, and waits for its end.
func (s createdService) do(program string, args ...string) {
	s.Helper()
	start := time.Now()
	command := exec.Command(program, args...)
	command.Dir, command.Env = s.Dir, s.environment()
	defer func() {
		s.Logf("%.1f s: %s %.60s", time.Since(start).Seconds(), filepath.Base(program), strings.Join(args, " "))
	}()
	if output, err := command.CombinedOutput(); err != nil {
		s.Errorf("%s %s: %v\n%s", program, strings.Join(args, " "), err, output)
	}
}

// followReadme runs the service's own test of its README, in the long form.
func (s createdService) followReadme() {
	s.Helper()
	s.do("env", s.names.Env+"_LONG=1", "go", "test", "-count=1", "-timeout", "20m", "-run", "^TestReadme(InAClone|Commands)$", "./cmd/proof/...")
}

// requireNoOldNames requires that no file contains the template's name, in any case.
func (s createdService) requireNoOldNames() {
	s.Helper()
	s.do(filepath.Join(s.Dir, "bin", s.names.Plain), "migrate") // makes the database
	err := filepath.WalkDir(s.Dir, func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == ".git":
			return fs.SkipDir
		case entry.IsDir() && within(filepath.ToSlash(strings.TrimPrefix(file, s.Dir+string(filepath.Separator))), foreign):
			return fs.SkipDir
		case strings.Contains(strings.ToLower(entry.Name()), templateName):
			s.Errorf("a file is named %s", file)
		}
		if entry.Type().IsRegular() {
			text, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			text = otherSystem.ReplaceAll(text, nil)
			if at := bytes.Index(bytes.ToLower(text), []byte(templateName)); at >= 0 {
				s.Errorf("%s has %q", file, text[max(0, at-40):min(len(text), at+40)])
			}
		}
		return nil
	})
	if err != nil {
		s.Error(err)
	}
}

// firstRun runs make run, and sends the request that the demo suggests. A bare service gets a request of its use case.
func (s createdService) firstRun() {
	s.Helper()
	ctx, end := context.WithTimeout(s.Context(), 3*time.Minute)
	defer end()
	command := exec.CommandContext(ctx, "make", "run")
	command.Dir, command.Env = s.Dir, s.environment()
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // make, go and the service
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGINT) }
	command.WaitDelay = 20 * time.Second
	output, input, err := os.Pipe()
	if err != nil {
		s.Fatal(err)
	}
	defer output.Close()
	command.Stdout, command.Stderr = input, input
	if err := command.Start(); err != nil {
		s.Fatal(err)
	}
	input.Close()
	defer command.Wait()
	defer end()
	defer context.AfterFunc(ctx, func() { output.Close() })() // what make leaves behind may keep it open
	var printed strings.Builder
	request := s.firstRequest(bufio.NewScanner(io.TeeReader(output, &printed)))
	go io.Copy(io.Discard, output)
	if request == nil {
		s.Fatalf("make run suggests no request:\n%s", printed.String())
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.Fatal(err)
	}
	defer response.Body.Close()
	if body, _ := io.ReadAll(response.Body); response.StatusCode >= 300 {
		s.Errorf("%s %s: %s\n%s", request.Method, request.URL, response.Status, body)
	}
}

var (
	suggestedRequest = regexp.MustCompile(`curl -X POST (\S+) -H "(Authorization): ([^"]+)" .* -d "(.*)"`)
	servingLine      = regexp.MustCompile(`msg=serving url=(\S+)`)
)

// firstRequest reads the output of make run until the service is ready, and returns the request to send.
func (s createdService) firstRequest(lines *bufio.Scanner) *http.Request {
	for lines.Scan() {
		if m := suggestedRequest.FindStringSubmatch(lines.Text()); m != nil && !s.Bare {
			request, err := http.NewRequest("POST", m[1], strings.NewReader(strings.ReplaceAll(m[4], `\"`, `"`)))
			if err != nil {
				s.Fatal(err)
			}
			request.Header.Set("Content-Type", "application/json")
			request.Header.Set(m[2], m[3])
			return request
		}
		if m := servingLine.FindStringSubmatch(lines.Text()); m != nil && s.Bare {
			token := exec.Command(filepath.Join(s.Dir, "bin", s.names.Plain), "token", "--subject", "me", "--role", "staff")
			token.Dir = s.Dir
			bearer, err := token.Output()
			if err != nil {
				s.Fatal(err)
			}
			request, err := http.NewRequest("PUT", m[1]+"/v1/"+s.Usecase+"s/x-1", strings.NewReader(`{"text":"some text"}`))
			if err != nil {
				s.Fatal(err)
			}
			request.Header.Set("Content-Type", "application/json")
			request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(bearer)))
			return request
		}
	}
	return nil
}
