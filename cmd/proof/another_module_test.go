package proof_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// A store in another module, on a library that this one does not have, passes the suite of stores.
func TestStoreInAnotherModule(t *testing.T) {
	t.Parallel()
	inModule := func(args ...string) string {
		run := exec.CommandContext(t.Context(), "go", args...)
		run.Dir = "../example/bboltstore"
		run.Env = append(os.Environ(), "GOWORK=off")
		output, err := run.CombinedOutput()
		switch {
		case err == nil:
		case args[0] == "list" && !strings.Contains(string(output), "go mod tidy"): // which it would say if go.mod were stale
			t.Skipf("NOT RUN: the modules of cmd/example/bboltstore cannot be downloaded: %s", output)
		default:
			t.Fatalf("go %s: %v\n%s", args, err, output)
		}
		return string(output)
	}
	inModule("list", "-deps", "-test", ".")
	output := inModule("test", "-v", ".")
	for _, suite := range []string{"TestStore", "TestStore/last_seats", "TestFailedCommit", "TestUnknownCommit"} {
		if !strings.Contains(output, "--- PASS: "+suite+" ") {
			t.Errorf("%s did not run:\n%s", suite, output)
		}
	}
}
