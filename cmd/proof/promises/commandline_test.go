package promises_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"example.com/roster/adapters/cli"
	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

// The command line: commands, and flags with their environment variables and defaults, as help prints them; not what help says about them.
func TestCommandLine(t *testing.T) {
	t.Parallel()
	s := setup{data: t.TempDir()}
	var lines []string
	var visit func(path []string)
	visit = func(path []string) {
		name := strings.Join(append([]string{"roster"}, path...), " ")
		lines = append(lines, name)
		for _, f := range flagsIn(s.must(t, "", append(path, "--help")...)) {
			lines = append(lines, name+" "+f)
		}
		for _, inner := range s.completions(t, path) {
			visit(append(path[:len(path):len(path)], inner))
		}
	}
	visit(nil)
	hold(t, "commands", lines)
}

// completions returns the commands below path, as a shell is told them.
func (s setup) completions(t *testing.T, path []string) (names []string) {
	t.Helper()
	code, out, _ := s.run(t, "", append(append([]string{"__complete"}, path...), "")...)
	if code != 0 {
		t.Fatalf("complete %v: exit %d", path, code)
	}
	for line := range strings.Lines(out) {
		name, about, found := strings.Cut(line, "\t")
		if found && about != "" && name != "help" && !strings.HasPrefix(name, "-") {
			names = append(names, name)
		}
	}
	return names
}

var (
	flagLine = regexp.MustCompile(`^ +(?:-\w, )?--([\w-]+)`)
	inHelp   = regexp.MustCompile(`\(default ([^)]*)\)|\(\$(\w+)\)`)
)

// flagsIn reads a command's own flags from its help; those of every command stand at the root.
func flagsIn(help string) (flags []string) {
	for line := range strings.Lines(help) {
		if strings.HasPrefix(line, "Global") {
			break
		}
		if m := flagLine.FindStringSubmatch(line); m != nil {
			flags = append(flags, "--"+m[1])
		}
		for _, m := range inHelp.FindAllStringSubmatch(line, -1) {
			if len(flags) == 0 {
				continue
			}
			if last := &flags[len(flags)-1]; m[2] != "" {
				*last += " $" + m[2]
			} else {
				*last += " = " + m[1]
			}
		}
	}
	return flags
}

// The exit code of every kind of error, and what is printed with --json.
func TestExitCodes(t *testing.T) {
	t.Parallel()
	lines := []string{fmt.Sprint("done: exit ", cli.ExitCode(nil)), fmt.Sprint("any other error: exit ", cli.ExitCode(errors.New("x")))}
	for _, kind := range ports.Kinds() {
		lines = append(lines, fmt.Sprintf("%s: exit %d", kind, cli.ExitCode(kind)))
	}
	hold(t, "exit-codes", lines)
}

// The JSON that each command prints.
func TestJSON(t *testing.T) {
	t.Parallel()
	s := setup{data: t.TempDir()}
	var lines []string
	play := func(name string, code int, stdin string, args ...string) {
		t.Helper()
		got, out, stderr := s.run(t, stdin, append([]string{"--json"}, args...)...)
		if got != code {
			t.Errorf("%s: exit %d, want %d\n%s%s", name, got, code, out, stderr)
		}
		for document := range strings.Lines(out) {
			lines = append(lines, prefixed(name+": ", namesIn(t, []byte(document)))...)
		}
	}
	play("course put", 0, "", "course", "put", "a", "--title", "A", "--capacity", "1")
	play("course show", 0, "", "course", "show", "a")
	play("course list", 0, "", "course", "list")
	play("course import", 0, "course_id,title,capacity,waitlist\nb,B,1,false\n", "course", "import", "-")
	play("enroll", 0, "", "enroll", "a", "ada", "--key", "k")
	play("enroll", 0, "", "enroll", "a", "bob")
	play("enroll, refused", 3, "", "enroll", "a", "ada")
	play("list", 0, "", "list", "a")
	play("withdraw", 0, "", "withdraw", "a", "ada")
	play("import", 3, "course_id,learner_id,action\na,eve,enroll\na,bob,withdraw\na,bob,withdraw\na,eve,enroll\nb,1,enroll\nb,2,enroll\nx,y,\na,,\na,dan,enroll\n", "import", "-")
	play("check", 0, "", "check")
	play("forget", 0, "", "forget", "ada")
	play("migrate", 0, "", "migrate")
	play("migrate --status", 0, "", "migrate", "--status")
	play("doctor", 4, "", "doctor", "--nats-url", "nats://127.0.0.1:1")
	play("token", 0, "", "token", "--subject", "s", "--role", "staff")
	play("version", 0, "", "version")
	play("repair --republish", 0, "", "repair", "--republish", "1h")
	play("any, wrong use", 2, "", "enroll")
	play("any, no such course", 3, "", "enroll", "nowhere", "ada")

	_, _, stop := s.serve(t)
	play("enqueue", 3, "course_id,learner_id\na,fay\nnowhere,ada\na,\n", "enqueue", "-")
	portstest.Eventually(t, "a dead letter", func() bool { return s.must(t, "", "--json", "repair", "--dry-run") != "" })
	play("repair --dry-run", 0, "", "repair", "--dry-run")
	stop()
	play("repair", 0, "", "repair")
	s.breakCounts(t)
	play("check, differences", 1, "", "check")
	hold(t, "json", lines)
}
