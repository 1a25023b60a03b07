package deploy

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/roster/cmd/roster/app"
)

// A program is what the checks know of the program, its image and its documents.
type program struct {
	help                              func(command string) string                // "" if there is no such command
	accepts                           func(command, variable, value string) bool // a variable of a file has any value
	answers                           func(path string) bool                     // serve answers GET with 200
	user, dataDir                     string                                     // of the image
	seconds                           map[string]int                             // constants of the source
	connections, connectionsInComment int                                        // of one process, and of all pods
}

const (
	root = "../../../"
	base = root + "cmd/roster/deploy/base/"
)

// found returns what the group of a pattern matches in a file.
func found(t *testing.T, file, pattern string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(pattern).FindStringSubmatch(string(text))
	if m == nil {
		t.Fatalf("%s has no %s", file, pattern)
	}
	return m[1]
}

func foundNumber(t *testing.T, file, pattern string) int {
	t.Helper()
	n, err := strconv.Atoi(found(t, file, pattern))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func readProgram(t *testing.T) program {
	t.Helper()
	p := program{
		help: help, accepts: accepts, answers: startServe(t),
		user:    found(t, root+"Dockerfile", `\nUSER (\S+)`),
		dataDir: found(t, root+"Dockerfile", `ROSTER_DATA_DIR=(\S+)`),
		seconds: map[string]int{},

		connections:          foundNumber(t, root+"docs/operations.md", `a process opens up to (\d+)`),
		connectionsInComment: foundNumber(t, base+"scaling.yaml", `need (\d+)\.`),
	}
	for name, file := range map[string]string{
		"grace": "adapters/httpapi/server.go", "checkTimeout": "adapters/httpapi/health.go", "attemptTimeout": "adapters/worker/retry.go",
		"flushTimeout": "cmd/roster/app/telemetry.go",
	} {
		p.seconds[name] = foundNumber(t, root+file, name+`(?::| =)\s*(\d+) \* time\.Second`)
	}
	return p
}

// help returns the help of a command, with the variables of its flags.
func help(command string) string {
	var out bytes.Buffer
	code := app.Run(context.Background(), app.Options{Args: []string{command, "--help"}, Stdout: &out, Stderr: &out})
	if code != 0 || !strings.Contains(out.String(), "Usage:\n  roster "+command) {
		return ""
	}
	return out.String()
}

// accepts reports whether a command accepts the value of a variable for its flag.
func accepts(command, variable, value string) bool {
	name, _ := strings.CutPrefix(variable, "ROSTER_")
	if strings.HasSuffix(name, "_FILE") {
		return true
	}
	flag := "--" + strings.ToLower(strings.ReplaceAll(name, "_", "-")) + "=" + value
	return app.Run(context.Background(), app.Options{Args: []string{command, flag, "--help"}, Stdout: io.Discard, Stderr: io.Discard}) == 0
}

// startServe starts serve with everything in memory, and returns a function that asks it.
func startServe(t *testing.T) (answers func(path string) bool) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	addr, ended := make(chan string, 1), make(chan int, 1)
	var log bytes.Buffer
	go func() {
		ended <- app.Run(ctx, app.Options{
			Args:   []string{"serve", "--database-url", "memory:", "--data-dir", t.TempDir(), "--addr", "127.0.0.1:0", "--admin-addr", "off"},
			Stdout: io.Discard, Stderr: &log, Ready: func(a string) { addr <- a },
		})
	}()
	select {
	case code := <-ended:
		t.Fatalf("serve: exit %d\n%s", code, &log)
	case at := <-addr:
		client := &http.Client{Transport: &http.Transport{}, Timeout: time.Minute}
		t.Cleanup(func() {
			client.CloseIdleConnections()
			cancel()
			<-ended
		})
		answers = func(path string) bool {
			response, err := client.Get("http://" + at + path)
			return err == nil && response.Body.Close() == nil && response.StatusCode == http.StatusOK
		}
	}
	return answers
}
