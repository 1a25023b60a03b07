//go:build unix

package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"example.com/roster/cmd/example/browser/tab"
	"example.com/roster/ports/portstest"
)

var pictures = flag.String("pictures", "", "write pictures of the page to this folder")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// inLongForm skips a test that compiles for another platform.
func inLongForm(t *testing.T) {
	t.Helper()
	if os.Getenv("ROSTER_LONG") == "" {
		t.Skip("NOT RUN in the short form: it compiles for WebAssembly; make wasm does it")
	}
}

// After the page is loaded, it works without a server, by keyboard alone, in light and dark colors.
func TestPageWithoutAServer(t *testing.T) {
	inLongForm(t)
	t.Parallel()
	b := tab.Open(t)
	dir := t.TempDir()
	if err := write(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer server.Close()
	b.Call("Page.navigate", map[string]any{"url": server.URL}, nil)
	b.Until("the core is ready", `document.readyState === "complete" && document.getElementById("status").textContent.startsWith("The core is ready")`)
	t.Log(b.Eval(`document.getElementById("status").textContent`))
	server.Close()
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()

	says := func(want string) {
		t.Helper()
		if got := b.Eval(`document.getElementById("status").textContent`); got != want {
			t.Errorf("the page says %q, want %q", got, want)
		}
	}
	enroll := func(learner string) {
		t.Helper()
		b.TabTo(`e.id === "learner"`)
		b.Write(learner)
		b.Enter()
	}
	enroll("ada")
	says("ada has a seat on go-101.")
	enroll("bob <b>")
	enroll("cyd")
	says("cyd is number 1 on the waitlist of go-101.")
	enroll("cyd")
	says("Refused: The learner is on the waitlist of this course. (already_waitlisted)")
	b.TabTo(`e.getAttribute("aria-label") === "Withdraw bob <b>"`)
	b.Enter()
	says("bob <b> has left go-101. cyd has the seat now.")
	if got := b.Eval(`document.activeElement.id`); got != "learner" {
		t.Errorf("after a withdrawal the focus is on %q", got)
	}
	enroll("dan")
	for _, field := range [][2]string{{"id", "art-9"}, {"title", "Art"}} {
		b.TabTo(`e.id === "` + field[0] + `"`)
		b.Write(field[1])
	}
	b.Enter()
	says("art-9 has 0 of 1 seats taken; 0 are waiting.")
	if got, want := b.Eval(`[...document.querySelectorAll("tr")].slice(1).map((r) => [...r.cells].map((c) => c.textContent).join("|")).join("; ")`),
		"art-9|Art|0 of 1|0|open; go-101|Go for engineers|2 of 2|1|open; sql-1|SQL for analysts|0 of 1|0|open"; got != want {
		t.Errorf("the table of courses is\n%s, want\n%s", got, want)
	}
	if got, want := b.Eval(`["enrolled", "waitlisted"].map((id) => document.getElementById(id).textContent).join("; ")`), "ada Withdrawcyd Withdraw; dan Withdraw"; got != want {
		t.Errorf("the learners are %q, want %q", got, want)
	}

	b.RequireNames(map[string]int{"button": 5, "textbox": 3, "combobox": 1, "spinbutton": 1, "table": 1})
	for _, scheme := range []string{"light", "dark"} {
		b.Scheme(scheme)
		if faint := b.FaintTexts(); faint != "" {
			t.Errorf("in %s colors these texts have too little contrast: %s", scheme, faint)
		}
		if *pictures != "" {
			if err := os.WriteFile(filepath.Join(*pictures, scheme+".png"), b.Picture(), 0o600); err != nil {
				t.Error(err)
			}
		}
	}
	b.RequireNoErrors()
}

// The page in docs/embedding.md works, and its table has every call.
func TestPageOfTheDocument(t *testing.T) {
	inLongForm(t)
	t.Parallel()
	document, err := os.ReadFile("../../../docs/embedding.md")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("(?s)```html\n(.*?)```\n\nIt shows `([^`]+)`").FindStringSubmatch(string(document))
	if m == nil {
		t.Fatal("docs/embedding.md has no page, or does not say what it shows")
	}
	b := tab.Open(t)
	dir := t.TempDir()
	if err := errors.Join(write(t.Context(), dir), os.WriteFile(filepath.Join(dir, "own.html"), []byte(m[1]), 0o600)); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer server.Close()
	b.Call("Page.navigate", map[string]any{"url": server.URL + "/own.html"}, nil)
	b.Until("the page shows something", `document.readyState === "complete" && document.getElementById("shown").textContent !== ""`)
	if got := b.Eval(`document.getElementById("shown").textContent`); got != m[2] {
		t.Errorf("the page shows %q, want %q", got, m[2])
	}
	_, names, _ := strings.Cut(b.Eval(`JSON.parse(rosterCall("", "")).error.detail`), "call must be one of ")
	for name := range strings.SplitSeq(names, ", ") {
		if name == "" || !strings.Contains(string(document), "\n| `"+name+"` | ") {
			t.Errorf("the table in docs/embedding.md has no row for the call %q", name)
		}
	}
	b.RequireNoErrors()
}

// The command serves the page until it ends, on the loopback alone.
func TestServe(t *testing.T) {
	inLongForm(t)
	t.Parallel()
	for _, addr := range []string{"0.0.0.0:0", "example.com:80", "127.0.0.1"} {
		if err := run(t.Context(), []string{"-addr", addr}, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "loopback") {
			t.Errorf("-addr %s: %v, want an error about the loopback", addr, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	out, print := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, []string{"-addr", "127.0.0.1:0"}, print, io.Discard)
		_ = print.CloseWithError(err)
		ended <- err
	}()
	var line [200]byte
	n, err := out.Read(line[:])
	if err != nil {
		t.Fatal(err)
	}
	url := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(string(line[:n]))
	for path, kind := range map[string]string{"/": "text/html", "/roster.wasm": "application/wasm", "/wasm_exec.js": "javascript"} {
		answer, err := http.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if got := answer.Header.Get("Content-Type"); answer.StatusCode != http.StatusOK || !strings.Contains(got, kind) {
			t.Errorf("%s: %s of type %s, want %s", path, answer.Status, got, kind)
		}
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	cancel()
	if err := portstest.Receive(t, "the server ends", ended); err != nil {
		t.Error(err)
	}
}

// The store in memory keeps its contract in WebAssembly, in a browser's interface and in that of WASI, and so does the entry point.
func TestSuitesInWebAssembly(t *testing.T) {
	inLongForm(t)
	t.Parallel()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("NOT RUN: no node on this machine, so no suites in WebAssembly")
	}
	script, err := filepath.Abs("testdata/wasip1.mjs")
	if err != nil {
		t.Fatal(err)
	}
	root, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	for platform, runner := range map[string]string{
		"js":     node + " --stack-size=8192 " + filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec_node.js"),
		"wasip1": node + " --no-warnings " + script,
	} {
		t.Run(platform, func(t *testing.T) {
			test := exec.CommandContext(t.Context(), "go", "test", "-v", "-exec", "env -i "+runner, // the environment of a program may have 4 KB
				"example.com/roster/adapters/memstore", "example.com/roster/cmd/example/browser/entry")
			test.Env = append(os.Environ(), "GOOS="+platform, "GOARCH=wasm")
			test.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // it ends with the programs that it started
			test.Cancel = func() error { return syscall.Kill(-test.Process.Pid, syscall.SIGKILL) }
			output, err := test.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, output)
			}
			for _, suite := range []string{"TestStore", "TestFailedCommit", "TestOutbox", "TestMaintenance", "TestErasure", "TestDeadLetters", "TestLocker", "TestCalls"} {
				if !strings.Contains(string(output), "--- PASS: "+suite+" ") {
					t.Errorf("%s did not run:\n%s", suite, output)
				}
			}
			t.Log(strings.Join(regexp.MustCompile(`(?m)^ok .*`).FindAllString(string(output), -1), "\n"))
		})
	}
}
