package record_test

import (
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// module is the path of this module, with a slash.
const module = "example.com/roster/"

var (
	functionName = regexp.MustCompile(`^[^\s(]+(?:\(\*[^)]+\)[^\s(]*)?`)
	literal      = regexp.MustCompile(`(\.func\d+|\.gowrap\d+|\.\d+)+$`)
)

// several marks a function that more than one goroutine runs.
const several = " × n"

// goroutines returns the functions that goroutines of a process run, of those that a package of this module has started.
func (p *process) goroutines(t testing.TB) []string {
	t.Helper()
	response, err := http.Get(p.logged(t, `metrics url=(\S+)/metrics`) + "/debug/pprof/goroutine?debug=2")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	defer http.DefaultClient.CloseIdleConnections()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s, %v", response.Status, err)
	}
	running := make(map[string]int)
	for stack := range strings.SplitSeq(string(text), "\n\n") {
		if name := startedBy(stack); name != "" {
			running[name]++
		}
	}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(running)) {
		if running[name] > 1 {
			name += several
		}
		names = append(names, name)
	}
	return names
}

// startedBy returns the function that a goroutine runs if a package of this module has started it: the outermost of the module that has
// a name, or the one that contains the function literal.
func startedBy(stack string) string {
	var frames []string // the outermost last
	for line := range strings.Lines(stack) {
		if !strings.HasPrefix(line, "\t") && !strings.HasPrefix(line, "goroutine ") && !strings.HasPrefix(line, "created by ") {
			frames = append(frames, functionName.FindString(line))
		}
	}
	started := ""
	for _, frame := range slices.Backward(frames) {
		if strings.HasPrefix(frame, "sync.(*WaitGroup).Go.") && started == "" {
			continue
		}
		name, ok := strings.CutPrefix(frame, module)
		if !ok {
			return started
		}
		name = strings.NewReplacer("(*", "", ")", "").Replace(name)
		if !literal.MatchString(name) {
			return name
		}
		if started == "" {
			started = literal.ReplaceAllString(name, "")
		}
	}
	return started
}

func TestGoroutinesOfTheModuleAreNamed(t *testing.T) {
	t.Parallel()
	for stack, want := range map[string]string{
		"goroutine 57 [select]:\n" + module + "adapters/internal/sqlstore.sendEach(0x1)\n\t/f.go:1\n" + module +
			"adapters/internal/sqlstore.New.func1()\n\t/f.go:1\nsync.(*WaitGroup).Go.func1()\n\t/f.go:1\ncreated by sync.(*WaitGroup).Go in goroutine 1\n": "adapters/internal/sqlstore.sendEach",
		"goroutine 1 [IO wait]:\nnet.(*TCPListener).Accept(0x1)\n\t/f.go:1\n" + module +
			"adapters/httpapi.(*Server).Serve.func1.2()\n\t/f.go:1\ncreated by " + module + "adapters/httpapi.(*Server).Serve in goroutine 1\n": "adapters/httpapi.Server.Serve",
		"goroutine 1 [select]:\n" + module + "a.(*B).wait(...)\n\t/f.go:1\nlibrary.Run({0x1, 0x2}, 0x3)\n\t/f.go:1\ncreated by library.New in goroutine 1\n": "",
		"goroutine 1 [select]:\n" + module + "cmd/roster/app.Run(0x1)\n\t/f.go:1\nmain.main()\n\t/f.go:1\n":                                                  "",
	} {
		if got := startedBy(stack); got != want {
			t.Errorf("%q, want %q, of\n%s", got, want, stack)
		}
	}
}
