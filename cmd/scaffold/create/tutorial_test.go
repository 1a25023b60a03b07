//go:build unix

package create

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// docs/your-first-service.md, done as it says.
func TestTutorial(t *testing.T) {
	if os.Getenv("ROSTER_LONG") == "" {
		t.Skip("takes a minute: ROSTER_LONG=1")
	}
	t.Parallel()
	const root = "../../../"
	text, err := os.ReadFile(root + "docs/your-first-service.md")
	if err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	script.WriteString("set -e\n")
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```\n").FindAllStringSubmatch(string(text), -1) {
		script.WriteString(block[1])
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free := listener.Addr().String()
	listener.Close()
	dir := filepath.Join(t.TempDir(), "guestbook")
	command := exec.Command("sh", "-c", strings.NewReplacer("../guestbook", dir, "127.0.0.1:8080", free).Replace(script.String()))
	command.Dir = root
	command.Env = append(os.Environ(), "GOWORK=off", "GUESTBOOK_ADDR="+free, "GIT_AUTHOR_NAME=guest", "GIT_AUTHOR_EMAIL=guest@localhost",
		"GIT_COMMITTER_NAME=guest", "GIT_COMMITTER_EMAIL=guest@localhost")
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // the server too, should the script end before it ends that
	t.Cleanup(func() { _ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL) })
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	for _, want := range []string{
		"as it should: there is no such rule yet", "text must not have a link in it (invalid_argument)", "refused, with exit code 2",
		`"text":"Nice place"`, `"code":"invalid_argument"`,
	} {
		if !strings.Contains(string(output), want) {
			t.Errorf("%q is not told", want)
		}
	}
	if t.Failed() {
		t.Logf("%s", output)
	}
}
