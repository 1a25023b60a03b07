//go:build ignore

// Program gosec runs the rules of github.com/securego/gosec on the program and its examples, and fails on what is no explained
// exception. Before, it shows with planted faults that it finds some.
//
// Its modules are in tools.mod, so that they are no requirements of this module. It is compiled in a fifth of the time of gosec's own
// command, which has the clients of several services in it.
package main

import (
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/securego/gosec/v2"
	"github.com/securego/gosec/v2/analyzers"
	"github.com/securego/gosec/v2/rules"
)

// roots are what is checked, without the packages that only support tests.
var (
	roots = []string{"adapters", "application", "domain", "ports", "cmd/roster", "cmd/example"}
	left  = regexp.MustCompile(`(test|mock|testdata)(/|$)`)
)

// exceptions say why a finding is no fault, by rule and file.
var exceptions = map[string]string{
	"G202 adapters/postgres/privileges.go":  "the statements are those of the migrations in this build",
	"G304 adapters/cli/output.go":           "the operator names the file to read",
	"G304 adapters/identity/client.go":      "the operator names the file of certificate authorities",
	"G304 adapters/identity/keyfile.go":     "the key's path is below the data directory that the operator names",
	"G304 adapters/importer/rejects.go":     "the operator names the file of rejects, which is made with mode 0600 and follows no link",
	"G304 adapters/importer/sent.go":        "the log's path is below the data directory that the operator names",
	"G304 adapters/sqlite/sqlite.go":        "the operator names the database",
	"G115 cmd/roster/app/disk_unix.go":      "the size of a block is positive",
	"G304 cmd/roster/app/doctor_file.go":    "the operator names the database",
	"G204 cmd/example/browser/main.go":      "the program is go, and the operator names the folder that it writes to",
	"G301 cmd/example/browser/main.go":      "a server of files, which may be another user, reads the folder",
	"G306 cmd/example/browser/main.go":      "a server of files, which may be another user, reads the files",
	"G204 cmd/example/browser/tab/tab.go":   "the program is the browser that a test finds on PATH",
	"G115 cmd/example/bboltstore/read.go":   "a sequence is never negative",
	"G304 cmd/example/occupancy/main.go":    "the operator names the broker's connection file",
	"G304 cmd/example/payments/main.go":     "the operator names the broker's connection file",
	"G404 adapters/internal/sqlstore/tx.go": "the backoff between retries needs no secret",
	"G115 application/system.go":            "a nanosecond within a millisecond is never negative",
	"G115 adapters/importer/chunk.go":       "a chunk has a few parts",
	"G115 adapters/nats/acks.go":            "a number of messages is never negative",
	"G115 cmd/roster/garbage.go":            "a percentage is never negative, and has a maximum",
}

// leftOut is the rule of unhandled errors: those that matter are tested by their effect.
const leftOut = "G104"

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "gosec:", err)
		os.Exit(1)
	}
}

func run() error {
	planted, err := check("cmd/proof/guard/testdata/planted")
	if err != nil {
		return err
	}
	for _, rule := range []string{"G204", "G401", "G402"} {
		if planted[rule+" cmd/proof/guard/testdata/planted/planted.go"] == "" {
			return fmt.Errorf("%s is not found where it is planted: %v", rule, planted)
		}
	}
	var folders []string
	for _, root := range roots {
		if _, err := os.Stat(root); err != nil {
			continue // a part that this service does not have
		}
		below, err := gosec.PackagePaths("./"+root+"/...", []*regexp.Regexp{left})
		if err != nil {
			return err
		}
		folders = append(folders, below...)
	}
	found, err := check(folders...)
	if err != nil {
		return err
	}
	faults := 0
	for _, key := range slices.Sorted(maps.Keys(found)) {
		if exceptions[key] == "" {
			faults++
			fmt.Println(found[key])
		}
	}
	for key := range exceptions {
		_, file, _ := strings.Cut(key, " ")
		if _, err := os.Stat(file); err == nil && found[key] == "" {
			faults++
			fmt.Printf("%s is no exception any more: remove it\n", key)
		}
	}
	if faults > 0 {
		return fmt.Errorf("%d faults: fix them, or explain them in cmd/proof/guard/gosec.go", faults)
	}
	fmt.Printf("gosec: %d packages, %d explained exceptions, no fault\n", len(folders), len(found))
	return nil
}

// check returns the findings in packages, by rule and file.
func check(folders ...string) (map[string]string, error) {
	here, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	a := gosec.NewAnalyzer(gosec.NewConfig(), false, false, false, 2, log.New(io.Discard, "", 0))
	a.LoadRules(rules.Generate(false, rules.NewRuleFilter(true, leftOut)).RulesInfo())
	a.LoadAnalyzers(analyzers.Generate(false).AnalyzersInfo())
	if err := a.Process(nil, folders...); err != nil {
		return nil, err
	}
	issues, _, failed := a.Report()
	if len(failed) > 0 {
		return nil, fmt.Errorf("packages can't be read: %v", failed)
	}
	found := make(map[string]string)
	for _, i := range issues {
		file, err := filepath.Rel(here, i.File)
		if err != nil {
			return nil, err
		}
		key := i.RuleID + " " + filepath.ToSlash(file)
		found[key] += fmt.Sprintf("%s:%s: %s: %s\n", file, i.Line, i.RuleID, i.What)
	}
	return found, nil
}
