//go:build unix

package create

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// The commands of docs/your-first-service.md work in order.
func TestTutorial(t *testing.T) {
	if os.Getenv("ROSTER_LONG") == "" {
		t.Skip("it takes a minute: set ROSTER_LONG=1")
	}
	t.Parallel()
	const root = "../../../"
	script := "set -e\n" + blocksOf(t, root+"docs/your-first-service.md")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	dir := filepath.Join(t.TempDir(), "guestbook")
	command := exec.Command("sh", "-c", strings.NewReplacer("../guestbook", dir, "127.0.0.1:8090", address).Replace(script))
	command.Dir = root
	command.Env = append(os.Environ(), "GOWORK=off", "GIT_AUTHOR_NAME=guest", "GIT_AUTHOR_EMAIL=guest@localhost",
		"GIT_COMMITTER_NAME=guest", "GIT_COMMITTER_EMAIL=guest@localhost")
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // also ends the server if the script fails
	t.Cleanup(func() { _ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL) })
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	for _, want := range []string{
		"expected: the rule does not exist yet", "text must not contain a link (invalid_argument)", "refused, with exit code 2",
		`"text":"Nice place"`, `"code":"invalid_argument"`,
	} {
		if !strings.Contains(string(output), want) {
			t.Errorf("the output lacks %q", want)
		}
	}
	if t.Failed() {
		t.Logf("%s", output)
	}
}
