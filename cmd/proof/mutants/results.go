package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
)

const (
	survived    = "SURVIVED"
	notCompiled = "does not compile"
	absent      = "ABSENT from this tree"
)

// results are the lines of a run: printed, and appended to a file.
type results struct {
	mu    sync.Mutex
	file  *os.File
	known map[string]string // results of an earlier run, by id
	count map[string]int
}

// openResults reads what an earlier run has appended to a file. Without a name, results are only printed.
func openResults(name string) (*results, error) {
	r := &results{known: make(map[string]string), count: make(map[string]int)}
	if name == "" {
		return r, nil
	}
	lines, err := readLines(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, line := range lines {
		fields := strings.Split(line, "\t")
		r.known[fields[0]] = fields[len(fields)-1]
		r.tally(fields[len(fields)-1])
	}
	r.file, err = os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	return r, err
}

func (r *results) close() {
	if r.file != nil {
		r.file.Close()
	}
}

func (r *results) add(mutant, result string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	line := mutant + "\t" + result + "\n"
	fmt.Print(line)
	if r.file != nil {
		if _, err := r.file.WriteString(line); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	r.tally(result)
}

func (r *results) tally(result string) {
	kind, _, _ := strings.Cut(result, " ")
	r.count[kind]++
}

// fail calls note, one call at a time.
func (r *results) fail(note func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	note()
}

func (r *results) summary() string {
	return fmt.Sprintf("%d caught, %d survived; %d did not compile, %d absent from this tree",
		r.count["caught"], r.count[survived], r.count["does"], r.count["ABSENT"])
}

// readWanted returns the lines of -mutants that are to be run; nil without that option.
func readWanted(o options) (wanted []string, err error) {
	if o.list == "" {
		return nil, nil
	}
	lines, err := readLines(o.list)
	wanted = []string{}
	for _, line := range lines {
		at := strings.LastIndexByte(line, '\t')
		if at > 0 && line[at+1:] != notCompiled && (!o.survivors || line[at+1:] == survived) {
			wanted = append(wanted, line[:at])
		}
	}
	return wanted, err
}

func readLines(name string) (lines []string, err error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	s := bufio.NewScanner(file)
	for s.Scan() {
		lines = append(lines, s.Text())
	}
	return lines, s.Err()
}
