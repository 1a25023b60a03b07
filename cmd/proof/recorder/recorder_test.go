package recorder

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"example.com/roster/cmd/proof/recorder/entered"
	"example.com/roster/cmd/proof/source"
)

const (
	root     = "../../.."
	document = "docs/tour.md"
	begin    = "<!-- path:begin -->\n"
	end      = "<!-- path:end -->"
)

var update = flag.Bool("update", false, "write the path of an enrollment into "+document)

// docs/tour.md lists the files and functions that one enrollment over HTTP passes. To write the list:
//
//	go test ./cmd/proof/recorder -update
func TestTourHasThePathOfAnEnrollment(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("NOT RUN: it stops the program with an interrupt, which Windows does not have")
	}
	absolute, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	program, err := Build(absolute, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	entries := enroll(t, program)
	text, err := os.ReadFile(filepath.Join(root, document))
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := into(strings.ReplaceAll(string(text), "\r\n", "\n"), entries)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(filepath.Join(root, document), []byte(fresh), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if fresh != strings.ReplaceAll(string(text), "\r\n", "\n") {
		t.Errorf("%s has an old path: run go test ./cmd/proof/recorder -update; want\n%s", document, table(entries))
	}
}

// enroll records one POST of an enrollment through serve on SQLite.
func enroll(t *testing.T, program string) []Entry {
	t.Helper()
	dir := t.TempDir()
	record := filepath.Join(dir, "record")
	roster := func(args ...string) *exec.Cmd {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		t.Cleanup(cancel)
		command := exec.CommandContext(ctx, program, append([]string{"--data-dir", filepath.Join(dir, "data")}, args...)...)
		command.Env = append(os.Environ(), entered.Variable+"="+record)
		return command
	}
	must := func(args ...string) string {
		output, err := roster(args...).Output()
		if err != nil {
			t.Fatalf("%q: %v", args, err)
		}
		return strings.TrimSpace(string(output))
	}
	must("course", "put", "go-101", "--title", "Go", "--capacity", "1")
	token := must("token", "--subject", "staff", "--role", "staff")

	serve := roster("serve", "--addr", "127.0.0.1:0", "--admin-addr", "off")
	log, err := serve.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = serve.Process.Kill() }()
	lines, url := bufio.NewScanner(log), ""
	for url == "" && lines.Scan() {
		if m := regexp.MustCompile(`serving url=(\S+)`).FindStringSubmatch(lines.Text()); m != nil {
			url = m[1]
		}
	}
	if err := os.WriteFile(record, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), "POST", url+"/v1/courses/go-101/enrollments", strings.NewReader(`{"learnerId":"ada"}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusCreated {
		t.Fatalf("enroll: %s", response.Status)
	}
	http.DefaultClient.CloseIdleConnections()
	_ = serve.Process.Signal(os.Interrupt)
	for lines.Scan() {
	}
	if err := serve.Wait(); err != nil {
		t.Fatal(err)
	}
	entries, err := Read(record)
	if err != nil || len(entries) == 0 {
		t.Fatalf("recorded %v, %v", entries, err)
	}
	return entries
}

// into returns the text of the document with the table between its markers.
func into(text string, entries []Entry) (string, error) {
	before, rest, begins := strings.Cut(text, begin)
	_, after, ends := strings.Cut(rest, end)
	if !begins || !ends {
		return "", fmt.Errorf("%s: no %q with an %q after it", document, strings.TrimSpace(begin), end)
	}
	return before + begin + table(entries) + end + after, nil
}

// table returns a Markdown table with a row for each file.
func table(entries []Entry) string {
	var b strings.Builder
	b.WriteString("| package | file | functions |\n| --- | --- | --- |\n")
	for _, e := range entries {
		fmt.Fprintf(&b, "| %s | [%s](../%s) | %s |\n", path.Dir(e.File), path.Base(e.File), e.File, strings.Join(e.Functions, ", "))
	}
	return b.String()
}

func TestEveryFunctionIsInstrumented(t *testing.T) {
	t.Parallel()
	tree, err := source.Read(fstest.MapFS{
		"go.mod": {Data: []byte("module m\n")},
		"domain/a.go": {Data: []byte("package domain\n\nimport \"fmt\"\n\nvar hook = func() { fmt.Println() }\n\n" +
			"func (s *Set[T]) Add() {\n\tgo func() {}()\n}\n\nfunc external()\n")},
		"domain/b.go":      {Data: []byte("package domain\n\nconst Max = 1\n")},
		"domain/a_test.go": {Data: []byte("package domain\n")},
		"cmd/bench/a.go":   {Data: []byte("package bench\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"domain/a.go": `package domain; import entered_ "m/cmd/proof/recorder/entered"

import "fmt"

var hook = func() {entered_.Function("domain/a.go hook"); fmt.Println() }

func (s *Set[T]) Add() {entered_.Function("domain/a.go Set.Add");
	go func() {entered_.Function("domain/a.go Set.Add");}()
}

func external()
`,
		"domain/b.go": "package domain\n\nconst Max = 1\n",
	}
	for _, file := range tree.Files {
		text, ok := want[file.Path]
		if ok != Recorded(file) {
			t.Errorf("%s is recorded: %t", file.Path, !ok)
		}
		if got := string(instrument(tree.Module, file)); ok && got != text {
			t.Errorf("%s is\n%s\nwant\n%s", file.Path, got, text)
		}
	}
}

func TestAnOldPathIsReported(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "record")
	if err := os.WriteFile(file, []byte("b/b.go B\na/a.go T.A\nb/b.go C\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	entries, err := Read(file)
	if err != nil {
		t.Fatal(err)
	}
	want := "before\n" + begin + "| package | file | functions |\n| --- | --- | --- |\n| b | [b.go](../b/b.go) | B, C |\n| a | [a.go](../a/a.go) | T.A |\n" + end + "\nafter\n"
	if got, err := into("before\n"+begin+"old\n"+end+"\nafter\n", entries); err != nil || got != want {
		t.Errorf("%v, %s\nwant\n%s", err, got, want)
	}
	if _, err := into("no markers", entries); err == nil {
		t.Error("no error without markers")
	}
}
