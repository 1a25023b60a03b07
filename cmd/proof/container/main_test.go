package container

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"example.com/roster/adapters/postgres/pgtest"
)

const root = "../../../"

// built is the folder with the program as the Dockerfile builds it, and the linker's output. The first use builds it.
var built struct {
	dir   string
	links []byte
	once  sync.Once
	err   error
}

func TestMain(m *testing.M) {
	code := pgtest.Main(m)
	if built.dir != "" {
		_ = os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

// program returns the path of the program, built by the Dockerfile's command.
func program(t *testing.T) string {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("NOT RUN: the image's program is for Linux")
	}
	if os.Getenv("ROSTER_LONG") == "" {
		t.Skip("NOT RUN in the short form: the image compiles everything again, which takes minutes; make check does it")
	}
	command := readDockerfile(t).build(t)
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp(os.Getenv("GOTMPDIR"), "roster-container-"); built.err != nil {
			return
		}
		verbose := strings.Replace(command, `-ldflags="`, `-ldflags="-dumpdep `, 1)
		c := exec.Command("sh", "-c", strings.ReplaceAll(verbose, "/out/", built.dir+"/"))
		c.Dir = root
		var err error
		if built.links, err = c.CombinedOutput(); err != nil {
			built.err = errors.Join(err, errors.New(string(built.links)))
		}
	})
	if built.err != nil {
		t.Fatalf("%s: %v", command, built.err)
	}
	return filepath.Join(built.dir, "roster")
}

// roster runs the program with only these environment variables, and returns its output and exit code.
func roster(t *testing.T, environment map[string]string, args ...string) (output string, code int) {
	t.Helper()
	c := exec.Command(program(t), args...)
	c.Dir = t.TempDir()
	for name, value := range environment {
		c.Env = append(c.Env, name+"="+value)
	}
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	err := c.Run()
	if _, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		t.Fatal(err)
	}
	return out.String(), c.ProcessState.ExitCode()
}

// requireCommand requires that the program has the command, and a flag for each variable of its environment.
func requireCommand(t *testing.T, command []string, environment map[string]string) {
	t.Helper()
	help, code := roster(t, nil, append(command, "--help")...)
	if code != 0 || !strings.Contains(help, "Usage:\n  roster "+strings.Join(command, " ")) {
		t.Fatalf("%q: exit %d\n%s", command, code, help)
	}
	for variable := range environment {
		if !strings.Contains(help, "($"+variable+")") {
			t.Errorf("%q has no flag for %s", command, variable)
		}
	}
}
