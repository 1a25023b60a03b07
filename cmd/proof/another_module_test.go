package proof_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"example.com/roster/cmd/proof/download"
)

// A store in another module, on a library that this one does not have, passes the suite of stores.
func TestStoreInAnotherModule(t *testing.T) {
	t.Parallel()
	inModule := func(args ...string) string {
		run := exec.CommandContext(t.Context(), "go", args...)
		run.Dir = "../example/bboltstore"
		run.Env = append(os.Environ(), "GOWORK=off")
		output, err := run.CombinedOutput()
		if args[0] == "list" {
			download.Require(t, "modules of cmd/example/bboltstore", output, err)
		} else if err != nil {
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
