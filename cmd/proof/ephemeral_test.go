package proof_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"

	"example.com/roster/ports/portstest"
)

// An ephemeral is serve --ephemeral in a process of its own.
type ephemeral struct {
	addresses
	dir    string // its working directory, which is its directory for temporary files, too
	cmd    *exec.Cmd
	stdin  io.Closer
	stdout *bufio.Reader
	log    bytes.Buffer
	ended  chan error
}

// addresses are what it prints. Some services have not all of them.
type addresses struct{ URL, AdminURL, NATSURL, TokenURL string }

// startEphemeral starts a program that runs $ROSTER serve --ephemeral, and returns when it has printed the addresses.
func startEphemeral(t *testing.T, program string, args ...string) *ephemeral {
	t.Helper()
	e := &ephemeral{dir: t.TempDir(), ended: make(chan error, 1)}
	in, stdin, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stdin.Close(); stdout.Close() })
	e.cmd = exec.CommandContext(t.Context(), program, args...)
	e.cmd.Dir, e.cmd.Env = e.dir, append(asProgram(t), "TMPDIR="+e.dir)
	e.cmd.Stdin, e.cmd.Stdout, e.cmd.Stderr = in, out, &e.log
	e.stdin, e.stdout = stdin, bufio.NewReader(stdout)
	if err := e.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	in.Close()
	out.Close()
	go func() { e.ended <- e.cmd.Wait() }() // waits for the end of its children, too: they have its standard error
	line, err := e.stdout.ReadString('\n')
	if err != nil || json.Unmarshal([]byte(line), &e.addresses) != nil {
		stdin.Close()
		t.Fatalf("it printed %q, %v, and ended with %v\n%v", line, err, portstest.Receive(t, "end of the server", e.ended), &e.log)
	}
	e.requireNoFile(t)
	return e
}

// asProgram is the environment of a program that runs $ROSTER, which is this build.
func asProgram(t *testing.T) []string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return append(os.Environ(), programVariable+"=1", "ROSTER="+self)
}

func (e *ephemeral) requireNoFile(t *testing.T) {
	t.Helper()
	if files, err := os.ReadDir(e.dir); err != nil || len(files) > 0 {
		t.Errorf("files: %v, %v", files, err)
	}
}

// requireEnd waits until the process and all its children have ended, and requires that they have left nothing.
func (e *ephemeral) requireEnd(t *testing.T) error {
	t.Helper()
	err := portstest.Receive(t, "end of the server", e.ended)
	if more, _ := io.ReadAll(e.stdout); len(more) > 0 {
		t.Errorf("after the addresses it printed %q", more)
	}
	for _, address := range []string{e.URL, e.TokenURL} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if conn, err := net.Dial("tcp", u.Host); err == nil {
			conn.Close()
			t.Errorf("a process still listens at %s", address)
		}
	}
	e.requireNoFile(t)
	return err
}

// client returns a client with a token for a tenant and a role.
func (e *ephemeral) client(t *testing.T, tenant, role, subject string) client {
	t.Helper()
	c := newClient(t, e.URL)
	status, body := e.token(t, http.MethodPost, "?tenant="+tenant+"&role="+role+"&subject="+subject)
	if status != http.StatusOK {
		t.Fatalf("token: %d %s", status, body)
	}
	c.token = read[struct{ Token string }](t, body).Token
	return c
}

func (e *ephemeral) token(t *testing.T, method, query string, headers ...string) (status int, body string) {
	t.Helper()
	request, err := http.NewRequest(method, e.TokenURL+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Close = true
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// Each test may have a tenant of its own, without limits. The server ends with its standard input.
func TestEphemeral(t *testing.T) {
	t.Parallel()
	e := startEphemeral(t, os.Args[0], "serve", "--ephemeral", "--log-level", "warn")
	for _, tenant := range []string{"one", "two"} {
		staff := e.client(t, tenant, "staff", "sam")
		status, headers, body, err := staff.do(http.MethodPut, "/v1/courses/go", "", `{"title":"Go","capacity":1}`)
		if err != nil || status != http.StatusCreated {
			t.Errorf("%s: %d %s, %v: the tenant is not empty", tenant, status, body, err)
		}
		if limit := headers.Get("RateLimit"); limit != "" {
			t.Errorf("there is a limit: %s", limit)
		}
		ada := e.client(t, tenant, "learner", "ada")
		if status, _, body, err := ada.do(http.MethodPost, "/v1/courses/go/enrollments", "", `{}`); err != nil || status != http.StatusCreated {
			t.Errorf("%s: %d %s, %v", tenant, status, body, err)
		}
	}
	const query = "?tenant=one&role=staff&subject=sam"
	for name, c := range map[string]struct {
		method, query string
		headers       []string
		status        int
		says          string
	}{
		"no subject":      {http.MethodPost, "?tenant=one&role=staff", nil, 400, "subject must be"},
		"another role":    {http.MethodPost, "?tenant=one&role=admin&subject=sam", nil, 400, "role must be"},
		"no tenant":       {http.MethodPost, "?role=staff&subject=sam", nil, 400, "tenant must be"},
		"another method":  {http.MethodGet, query, nil, 405, ""},
		"a page":          {http.MethodPost, query, []string{"Origin", "https://other.example"}, 403, "pages of other sites"},
		"another website": {http.MethodPost, query, []string{"Sec-Fetch-Site", "cross-site"}, 403, "pages of other sites"},
	} {
		if status, body := e.token(t, c.method, c.query, c.headers...); status != c.status || !strings.Contains(body, c.says) {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	e.stdin.Close()
	if err := e.requireEnd(t); err != nil {
		t.Errorf("%v\n%v", err, &e.log)
	}
}

// The server ends with its parent, even if that is killed, and another process still has its standard input.
func TestEphemeralEndsWithItsParent(t *testing.T) {
	t.Parallel()
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("NOT RUN: the parent is a shell, but sh is not on PATH")
	}
	e := startEphemeral(t, sh, "-c", `exec 3<&0; "$ROSTER" serve --ephemeral <&3 & wait`) // 0 of a background job is /dev/null
	if err := e.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if e.requireEnd(t) == nil {
		t.Error("the shell was not killed")
	}
}

// If the server itself is killed, it leaves no file either.
func TestEphemeralIsKilled(t *testing.T) {
	t.Parallel()
	e := startEphemeral(t, os.Args[0], "serve", "--ephemeral")
	if err := e.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if e.requireEnd(t) == nil {
		t.Error("the server was not killed")
	}
}

// Without the flag, serve prints nothing, does not end with its standard input, and has no path for tokens.
func TestNoTokensWithoutEphemeral(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "memory")
	var in endedInput
	var stdout, log bytes.Buffer
	addr, stop := s.startWith(t, &in, &stdout, &log)
	c := newClient(t, "http://"+addr)
	c.token = strings.TrimSpace(s.must(t, "", "token", "--subject", "proof", "--role", "staff"))
	for path, want := range map[string]int{"/token": http.StatusNotFound, "/v1/token": http.StatusNotFound, "/healthz": http.StatusOK} {
		method := http.MethodPost
		if want == http.StatusOK {
			method = http.MethodGet
		}
		status, _, body, err := c.do(method, path+"?tenant=one&role=staff&subject=sam", "", "")
		if err != nil || status != want {
			t.Errorf("%s: %d %s, %v", path, status, body, err)
		}
	}
	if stop(); stdout.Len() > 0 || in.read.Load() {
		t.Errorf("it printed %q; it waits for the end of its standard input: %t", stdout.String(), in.read.Load())
	}
}

// An endedInput is a standard input that has ended, and knows whether it was read.
type endedInput struct{ read atomic.Bool }

func (i *endedInput) Read([]byte) (int, error) {
	i.read.Store(true)
	return 0, io.EOF
}

// The examples in other languages pass.
func TestEphemeralExamples(t *testing.T) {
	t.Parallel()
	const folder = "../example/ephemeral/"
	for name, command := range map[string][]string{
		"JavaScript": {"node", "--test", "enroll.test.mjs"},
		"Python":     {"python3", "-B", "-m", "unittest", "--verbose"},
		"shell":      {"sh", "enroll.sh"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			program, err := exec.LookPath(command[0])
			if err != nil {
				t.Skipf("NOT RUN: %s is not on PATH", command[0])
			}
			if name == "shell" {
				if _, err := exec.LookPath("curl"); err != nil {
					t.Skip("NOT RUN: curl is not on PATH")
				}
			}
			cmd := exec.CommandContext(t.Context(), program, command[1:]...)
			cmd.Dir, cmd.Env = folder, asProgram(t)
			if output, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, output)
			}
		})
	}
}
