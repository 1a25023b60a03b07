#!/usr/bin/env bash
# A command of cobra that only groups others answers a subcommand that does not exist with its help, and exits with 0.
#
# Guess:    The root answers "unknown command" and an error. A group below it, such as `app course`, does the same: `app course
#           delte x` fails.
# Instead:  At the root it is an error. Below the root, Execute returns nil and prints the group's help on standard output.
#           Setting Args to cobra.NoArgs on the group changes nothing, because arguments of a command without Run are not
#           validated. With Run set and no Args, the word becomes an argument of the group, without an error too.
# Versions: github.com/spf13/cobra v1.10.2.
# Source:   cobra args.go, legacyArgs: "subcommands get arbitrary args"; command.go, execute: !c.Runnable() returns
#           flag.ErrHelp before ValidateArgs, and ExecuteC prints the help and returns nil.
# Users:    A misspelt command in a script does nothing and succeeds. Give each group RunE *and* Args: cobra.NoArgs.
# Exit:     0 the finding holds; 1 the behavior changed; 2 not run.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
cat >main.go <<'GO'
package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

func main() {
	nothing := func(*cobra.Command, []string) error { return nil }
	for _, c := range []struct {
		name  string
		group *cobra.Command
		words string
	}{
		{"at the root", &cobra.Command{Use: "course"}, "delte"},
		{"in a group", &cobra.Command{Use: "course"}, "course delte"},
		{"in a group with NoArgs", &cobra.Command{Use: "course", Args: cobra.NoArgs}, "course delte"},
		{"in a group with RunE", &cobra.Command{Use: "course", RunE: nothing}, "course delte"},
		{"in a group with RunE and NoArgs", &cobra.Command{Use: "course", RunE: nothing, Args: cobra.NoArgs}, "course delte"},
	} {
		root := &cobra.Command{Use: "app", SilenceErrors: true, SilenceUsage: true}
		c.group.AddCommand(&cobra.Command{Use: "delete", RunE: nothing})
		root.AddCommand(c.group)
		var out bytes.Buffer
		root.SetOut(&out)
		root.SetErr(&out)
		root.SetArgs(strings.Fields(c.words))
		err := root.Execute()
		fmt.Printf("%s: help %t, error %v\n", c.name, strings.Contains(out.String(), "Usage:"), err)
	}
}
GO
go mod init example.com/finding >/dev/null 2>&1
go get github.com/spf13/cobra@v1.10.2 >/dev/null 2>&1 || { echo "not run: the module cannot be fetched"; exit 2; }
go list -m github.com/spf13/cobra
go run . | sed 's/, error unknown.*/, error unknown command/' | tee output.txt
cat >expected.txt <<'TEXT'
at the root: help false, error unknown command
in a group: help true, error <nil>
in a group with NoArgs: help true, error <nil>
in a group with RunE: help false, error <nil>
in a group with RunE and NoArgs: help false, error unknown command
TEXT
diff expected.txt output.txt && echo "the finding holds" || { echo "the behavior changed"; exit 1; }
