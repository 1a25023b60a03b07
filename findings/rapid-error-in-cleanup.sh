#!/usr/bin/env bash
# A fault that a cleanup reports by Errorf fails the next attempt of a rapid property, or none: rapid shows the wrong input.
#
# Guess:    rapid.T has Cleanup as testing.T has. A check at the end of an attempt, such as that a store is consistent, may call
#           Errorf there: that attempt fails, is shrunk, and its input is printed.
# Instead:  The attempt with the fault passes. Its error stays in the T that the next attempt gets, so the next attempt
#           fails, whatever its input is. rapid runs it again, where it passes, and prints "flaky test, can not reproduce".
#           After the last attempt the error is dropped: the property passes. Fatalf in a cleanup fails the right attempt.
# Versions: pgregory.net/rapid v1.3.0, Go 1.26.
# Source:   rapid engine.go, checkOnce: failOnError runs before the deferred cleanups do.
# Users:    In a cleanup of a property, call Fatalf. A helper that calls Errorf in a cleanup, as many do, hides faults in rapid.
# Exit:     0 the finding holds; 1 the behavior changed; 2 not run.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
cat >property_test.go <<'GO'
package property

import (
	"testing"

	"pgregory.net/rapid"
)

// The input is faulty above 500. That is found at the end of the attempt.
func property(rt *rapid.T, report func(string, ...any)) {
	input := rapid.IntRange(0, 1000).Draw(rt, "input")
	rt.Cleanup(func() {
		if input > 500 {
			report("fault at the end")
		}
	})
}

func TestErrorf(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) { property(rt, rt.Errorf) })
}

func TestFatalf(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) { property(rt, rt.Fatalf) })
}

func TestErrorfOnEveryInput(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) { rt.Cleanup(func() { rt.Errorf("fault at the end") }) })
}
GO
go mod init example.com/finding >/dev/null 2>&1
go get pgregory.net/rapid@v1.3.0 >/dev/null 2>&1 || { echo "not run: the module cannot be fetched"; exit 2; }
go list -m pgregory.net/rapid

# run prints how one test ends, and what rapid says of it.
run() {
	go test -rapid.nofailfile "-rapid.checks=$2" -rapid.seed=1 -count=1 -run "^$1\$" . >"$1.txt" 2>&1 && result=passes || result=fails
	echo "$1 with $2 attempts $result $(grep -oE 'flaky test, can not reproduce a failure|draw input: [0-9]+' "$1.txt" | sort -u | tr '\n' ' ')"
}
{
	run TestErrorf 100
	run TestFatalf 100
	run TestErrorfOnEveryInput 1
} | sed 's/ *$//' | tee output.txt
cat >expected.txt <<'TEXT'
TestErrorf with 100 attempts fails draw input: 0 flaky test, can not reproduce a failure
TestFatalf with 100 attempts fails draw input: 501
TestErrorfOnEveryInput with 1 attempts passes
TEXT
diff expected.txt output.txt && echo "the finding holds" || { echo "the behavior changed"; exit 1; }
