// Package entered writes the functions that a request enters into a file. The recorder adds a call of [Function] to every function, and
// calls of [Sent] and [Received] to the client of the broker.
package entered

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
)

const (
	// Variable is the environment variable with the path of the file. Recording starts when the file exists.
	Variable = "PROOF_RECORD"
	// Roots is the environment variable with functions, separated by commas. What their goroutines enter is recorded, and what goroutines
	// enter that those have started. By default, it is what HTTP requests enter.
	Roots = "PROOF_RECORD_ROOTS"
	// Broker is the name of the broker in lines about messages.
	Broker = "broker"
)

var (
	mu    sync.Mutex
	path  = os.Getenv(Variable)
	roots = strings.Split(cmp.Or(os.Getenv(Roots), "net/http.(*Server).Serve"), ",")
	known = make(map[string]string) // the roots of goroutines
)

var (
	current = regexp.MustCompile(`^goroutine (\d+) `)
	creator = regexp.MustCompile(`\ncreated by (\S+) in goroutine (\d+)\n`)
)

// Function records that a function is entered: its file and name, the packages on the stack, the nearest first, and the root.
func Function(module, file, name string) {
	record(func(stack string) string { return fmt.Sprint(file, " ", name, " ", callers(module, stack)) })
}

// subjects is what the subjects of the service begin with. The client of the broker has others of its own.
const subjects = "roster."

// Sent records a message to the broker, and its body.
func Sent(module, subject string, body []byte) {
	if strings.HasPrefix(subject, subjects) {
		record(func(stack string) string { return fmt.Sprint(Broker, "/ ", subject, " ", callers(module, stack)) })
		Carried("message", string(body))
	}
}

// Carried records what the function that was entered last sends: its kind, and parts that are valid as JSON.
func Carried(kind string, parts ...any) {
	record(func(string) string {
		text, err := json.Marshal(parts)
		if err != nil {
			text, _ = json.Marshal([]string{err.Error()})
		}
		return fmt.Sprint("+ ", kind, " ", url.QueryEscape(string(text)))
	})
}

// Received records that a package reads a message of the broker.
func Received(module, subject string) {
	if strings.HasPrefix(subject, subjects) {
		record(func(stack string) string {
			reader, _, _ := strings.Cut(callers(module, stack), ",")
			return fmt.Sprint(reader, "/ ", subject, " ", Broker)
		})
	}
}

// record adds a line to the file if the goroutine belongs to a root.
func record(line func(stack string) string) {
	mu.Lock()
	defer mu.Unlock()
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return
	}
	defer file.Close()
	stack := string(debug.Stack())
	if root := rootOf(stack); root != "" {
		fmt.Fprintln(file, line(stack), root)
	}
}

// rootOf returns the root that this goroutine runs, or has been started by, or that of the goroutine that has started it.
func rootOf(stack string) string {
	self, by := current.FindStringSubmatch(stack), creator.FindStringSubmatch(stack)
	if by == nil {
		by = make([]string, 3) // the first goroutine
	}
	root := known[by[2]]
	for _, r := range roots {
		if by[1] == r || strings.Contains(stack, "\n"+r+"(") {
			root = r
		}
	}
	known[self[1]] = root
	return root
}

// callers returns the folders of the module's packages on the stack, from the function that has called the one which records itself, to
// the one that has started the goroutine. It returns a dash if there are none.
func callers(module, stack string) string {
	counters := make([]uintptr, 200)
	frames := runtime.CallersFrames(counters[:runtime.Callers(6, counters)])
	var folders []string
	add := func(function string) {
		if folder := folderOf(module, function); folder != "" && !slices.Contains(folders, folder) {
			folders = append(folders, folder)
		}
	}
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		add(f.Function)
	}
	if by := creator.FindStringSubmatch(stack); by != nil {
		add(by[1])
	}
	return cmp.Or(strings.Join(folders, ","), "-")
}

// folderOf returns the folder of a function's package, or an empty string if it is of another module or of this package.
func folderOf(module, function string) string {
	name, ok := strings.CutPrefix(function, module+"/")
	if !ok || strings.HasPrefix(name, "cmd/proof/") {
		return ""
	}
	slash := strings.LastIndex(name, "/") + 1
	before, _, _ := strings.Cut(name[slash:], ".")
	return name[:slash] + before
}
