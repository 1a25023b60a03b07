package record_test

import (
	"regexp"
	"strings"
	"testing"

	"example.com/roster/cmd/roster/record"
)

// The command line of the record is what the help shows.
func TestCommandsAreThoseOfTheHelp(t *testing.T) {
	t.Parallel()
	observed := shownCommands(t)
	catches(t, func(r record.Record) []string {
		var recorded []string
		for _, e := range api(&r, "command-line").Endpoints {
			recorded = append(recorded, e.Address+": "+e.Summary)
		}
		return differences("command", recorded, observed)
	},
		lie{"a command too many", func(r *record.Record) { api(r, "command-line").Endpoints[0].Address = "roster drop COURSE" }, "roster drop COURSE"},
		lie{"a command missing", func(r *record.Record) { api(r, "command-line").Endpoints = api(r, "command-line").Endpoints[1:] }, "roster about LEARNER"},
		lie{"another summary", func(r *record.Record) { api(r, "command-line").Endpoints[0].Summary = "Guess." }, "Guess."},
	)
}

var (
	listed = regexp.MustCompile(`(?m)^  ([a-z-]+) +(\S.*)$`)
	usage  = regexp.MustCompile(`(?m)^Usage:\n  (.+)$`)
)

// shownCommands returns the usage and the summary of each command that the help leads to.
func shownCommands(t *testing.T, path ...string) (shown []string) {
	t.Helper()
	_, list, group := strings.Cut(roster(t, append(path, "--help")...), "Available Commands:\n")
	if !group {
		t.Fatalf("the help of %q lists no command", path)
	}
	list, _, _ = strings.Cut(list, "\n\n")
	for _, command := range listed.FindAllStringSubmatch(list, -1) {
		name, summary := command[1], command[2]
		if name == "help" || name == "completion" {
			continue
		}
		help := roster(t, append(path[:len(path):len(path)], name, "--help")...)
		if strings.Contains(help, "Available Commands:") {
			shown = append(shown, shownCommands(t, append(path[:len(path):len(path)], name)...)...)
			continue
		}
		shown = append(shown, strings.TrimSuffix(usage.FindStringSubmatch(help)[1], " [flags]")+": "+summary)
	}
	return shown
}
