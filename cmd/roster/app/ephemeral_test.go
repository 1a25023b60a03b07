package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// What contradicts --ephemeral is refused before anything is opened.
func TestEphemeralRefusesWhatContradictsIt(t *testing.T) {
	t.Setenv("ROSTER_TENANT", "allowed")
	for _, c := range []struct{ flags, variable, says string }{
		{"--data-dir other", "", "--data-dir (or ROSTER_DATA_DIR) and --ephemeral are both given"},
		{"", "ROSTER_DATA_DIR", "--data-dir (or ROSTER_DATA_DIR) and --ephemeral are both given"},
		{"--database-url sqlite:other.db", "", "--database-url (or ROSTER_DATABASE_URL) and --ephemeral are both given"},
		{"--addr 0.0.0.0:0", "", `--addr must be on the loopback, such as 127.0.0.1:8080, got "0.0.0.0:0": --ephemeral gives a token`},
		{"--rate-limit fast", "", "rate-limit must be off"},
	} {
		t.Run(c.flags+c.variable, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if c.variable != "" {
				t.Setenv(c.variable, "other")
			}
			out, code := runFor(t, append([]string{"serve", "--ephemeral"}, strings.Fields(c.flags)...)...)
			if code != 2 || !strings.Contains(out, c.says) {
				t.Errorf("exit %d\n%s", code, out)
			}
			if files, err := filepath.Glob("*"); err != nil || files != nil {
				t.Errorf("files: %v, %v", files, err)
			}
		})
	}
}

// A parent that ends before the first look is noticed, too.
func TestWaitForEnd(t *testing.T) {
	t.Parallel()
	waitForEnd(t.Context(), os.Getpid()) // no process is its own parent
}

// A flag that is not listed is refused, so a new one is until it is known to make sense.
func TestEphemeralRefusesEachFlagThatIsNotListed(t *testing.T) {
	t.Parallel()
	flags := func() *pflag.FlagSet {
		c, _, err := new(program).rootCommand().Find([]string{"serve"})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.ParseFlags([]string{"--ephemeral"}); err != nil {
			t.Fatal(err)
		}
		return c.Flags()
	}
	refused := 0
	flags().VisitAll(func(f *pflag.Flag) {
		given := flags()
		given.Lookup(f.Name).Changed = true
		err := setEphemeral(given)
		if _, listed := ephemeralFlags[f.Name]; listed && f.Name != "database-url" {
			if err != nil {
				t.Error(err)
			}
			return
		}
		refused++
		if err == nil || !strings.Contains(err.Error(), "--"+f.Name+" ") {
			t.Errorf("--%s is not refused: %v", f.Name, err)
		}
	})
	if refused < 2 {
		t.Errorf("only %d flags are refused", refused)
	}
}

// doctor takes the flags of serve, and so finds that --ephemeral needs neither a file nor a directory.
func TestDoctorOfEphemeralNeedsNothing(t *testing.T) {
	t.Chdir(t.TempDir())
	out, code := runFor(t, "doctor", "--ephemeral")
	if code != 0 || !strings.Contains(out, "disk: fine, no directory is needed") || !strings.Contains(out, "database: fine, in memory") {
		t.Errorf("exit %d\n%s", code, out)
	}
	if files, err := os.ReadDir("."); err != nil || len(files) > 0 {
		t.Errorf("files: %v, %v", files, err)
	}
}
