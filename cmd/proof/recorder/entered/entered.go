// Package entered writes the functions that a request enters into a file. The recorder adds a call of [Function] to every function.
package entered

import (
	"fmt"
	"os"
	"regexp"
	"runtime/debug"
	"sync"
)

// Variable is the environment variable with the path of the file. Recording starts when the file exists.
const Variable = "PROOF_RECORD"

var (
	mu       sync.Mutex
	path     = os.Getenv(Variable)
	recorded = make(map[string]bool)
	requests = make(map[string]bool) // goroutines of HTTP requests, and those that they started
)

var (
	current = regexp.MustCompile(`^goroutine (\d+) `)
	creator = regexp.MustCompile(`\ncreated by (\S+) in goroutine (\d+)\n`)
)

// Function adds the name to the file if a goroutine of a request calls it, and if the file does not have it yet.
func Function(name string) {
	mu.Lock()
	defer mu.Unlock()
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return
	}
	defer file.Close()
	if inRequest() && !recorded[name] {
		recorded[name] = true
		fmt.Fprintln(file, name)
	}
}

// inRequest reports whether net/http started this goroutine for a connection, or a goroutine of a request started it.
func inRequest() bool {
	stack := debug.Stack()
	self, by := current.FindSubmatch(stack), creator.FindSubmatch(stack)
	if self == nil || by == nil {
		return false
	}
	if string(by[1]) == "net/http.(*Server).Serve" || requests[string(by[2])] {
		requests[string(self[1])] = true
	}
	return requests[string(self[1])]
}
