package docs_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// misleading are commands that hide an error from a reader, each with what to write.
var misleading = []struct {
	command, unless *regexp.Regexp
	instead         string
}{
	{regexp.MustCompile(`\bcurl\b.*(?:\s-[A-Za-z]*s|\s--silent)`), regexp.MustCompile(`\s-[A-Za-z]*S|\s--show-error`), "add --show-error, or write -sS"},
	{regexp.MustCompile(`\bcurl\b.*(?:\s-[A-Za-z]*f|\s--fail)(?:\s|$)`), nil, "write --fail-with-body: the body has the reason"},
	{regexp.MustCompile(`2>\s*/dev/null|>\s*/dev/null\s+2>&1|&>\s*/dev/null`), nil, "show what is printed to stderr"},
	{regexp.MustCompile(`\|\|\s*(?:true\b|:(?:\s|$))`), nil, "say which failure is expected"},
	{regexp.MustCompile(`\b(?:until|while)\b.*\bcurl\b`), nil, "use --retry, which gives up: a loop does not"},
}

var (
	fenced     = regexp.MustCompile("(?ms)^```(sh|console)\n(.*?)^```$")
	background = regexp.MustCompile(`(?m)[^&]&(?:\s*#.*|\s+\w+=\$!)?$`)
	request    = regexp.MustCompile(`(?m)^\$ curl .*`)
	folder     = regexp.MustCompile(`(?m)\bgo (?:run|build|test) .*?(\./(?:cmd|adapters)/[\w/-]+)`)
	program    = regexp.MustCompile("\\bgo (?:build|run|test) [^`\n]*(?:\\./cmd/roster|\\./cmd/demo|\\./\\.\\.\\.)")
	makeTags   = regexp.MustCompile(`GOFLAGS \+= (-tags=\S+)`)
	target     = regexp.MustCompile(`(?m)^make ([a-z-]+)`)
)

// problemsOf returns what is wrong with the commands of a document, one per line.
func problemsOf(markdown string) (found []string) {
	for _, b := range fenced.FindAllStringSubmatchIndex(markdown, -1) {
		kind, text := markdown[b[2]:b[3]], strings.ReplaceAll(markdown[b[4]:b[5]], "\\\n", "  ")
		at := 1 + strings.Count(markdown[:b[0]], "\n")
		report := func(format string, a ...any) {
			found = append(found, fmt.Sprintf("the block at line %d: ", at)+fmt.Sprintf(format, a...))
		}
		for line := range strings.Lines(text) {
			line = strings.TrimSpace(line)
			if kind == "console" && !strings.HasPrefix(line, "$ ") {
				continue
			}
			for _, m := range misleading {
				if m.command.MatchString(line) && (m.unless == nil || !m.unless.MatchString(line)) {
					report("%s: %s", line, m.instead)
				}
			}
		}
		if kind == "sh" && background.MatchString(text) && !strings.Contains(text, "\nkill ") {
			report("it starts a program, and does not stop it: end with kill $!")
		}
		if end := background.FindStringIndex(text); kind == "console" && end != nil { // all blocks of the kind are one session
			rest := markdown[b[4]+end[1]:]
			if !strings.Contains(rest, "\n$ kill ") {
				report("it starts a program, and no block stops it: end with kill $!")
			}
			if first := request.FindString(rest); first != "" && !strings.Contains(first, "--retry-connrefused") {
				report("%s: add --retry 30 --retry-connrefused, because the program may not listen yet", first)
			}
		}
		for _, m := range folder.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join(root, m[1])); err != nil && m[1] != "./cmd/guestbook" { // docs/your-first-service.md makes it
				report("%v", err)
			}
		}
		makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
		for _, m := range target.FindAllStringSubmatch(text, -1) {
			if err != nil || !strings.Contains(string(makefile), "\n"+m[1]+":") {
				report("make %s: the Makefile has no such target", m[1])
			}
		}
	}
	return found
}

// untagged returns the commands that build the program with other tags than make, so that dependencies are compiled twice.
func untagged(makefile, markdown string) (found []string) {
	tags := "-tags="
	m := makeTags.FindStringSubmatch(makefile)
	if m != nil {
		tags = m[1] + " "
	}
	for _, command := range program.FindAllString(markdown, -1) {
		if strings.Contains(command, tags) != (m != nil) {
			found = append(found, fmt.Sprintf("%s: the Makefile has %q, which a reader without make needs, too", command, m))
		}
	}
	return found
}

func TestUntaggedCommandsAreFound(t *testing.T) {
	t.Parallel()
	const with, without = "export GOFLAGS += -tags=a,b\n", "run:\n"
	for markdown, want := range map[string][2]int{
		"`go run -tags=a,b ./cmd/demo`": {0, 1}, "$ go test ./...": {1, 0}, "go build -tags=a -o bin/ ./cmd/roster": {1, 1},
		"go run ./cmd/scaffold": {0, 0}, "`go run ./cmd/scaffold` or `./...`": {0, 0},
	} {
		if got := [2]int{len(untagged(with, markdown)), len(untagged(without, markdown))}; got != want {
			t.Errorf("%s: got %v, want %v", markdown, got, want)
		}
	}
}

// No command of a document hides an error or leaves a program behind, and the folders and targets of make that they name exist.
func TestCommands(t *testing.T) {
	t.Parallel()
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	eachDocument(t, func(document, text string) {
		problems := problemsOf(text)
		if filepath.Base(document) != "your-first-service.md" { // its service is bare: it has no tags
			problems = append(problems, untagged(string(makefile), text)...)
		}
		for _, problem := range problems {
			t.Errorf("%s: %s", strings.TrimPrefix(document, root), problem)
		}
	})
}

func TestCommandsWithProblemsAreFound(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]string{
		"curl --silent http://a":                 "--show-error",
		"curl -s http://a":                       "--show-error",
		"curl -X PUT \\\n  -so out http://a":     "--show-error",
		"curl -sSf http://a":                     "--fail-with-body",
		"until curl -sS http://a; do true; done": "--retry",
		"ls 2>/dev/null":                         "stderr",
		"ls || true":                             "failure",
		"sleep 1 &\nls":                          "kill $!",
		"make fly":                               "no such target",
		"go run -race ./cmd/no-ne":               "cmd/no-ne",

		"```\n```console\n$ sleep 1 &\n$ ls":                    "kill $!",
		"```\n```console\n$ sleep 1 &\n$ curl -sS a\n$ kill $!": "--retry-connrefused",
	} {
		problems := strings.Join(problemsOf("# A\n\n```sh\n"+script+"\n```\n"), "\n")
		if !strings.HasPrefix(problems, "the block at line ") || !strings.Contains(problems, want) || strings.Contains(problems, "\n") {
			t.Errorf("%s: got %q, want %q", script, problems, want)
		}
	}
	for _, script := range []string{
		"curl -sS --fail-with-body http://a", "curl --silent --show-error http://a", "sleep 1 & a=$!\nls && ls\nkill $a", "make test",
		"go test ./cmd/proof/docs", "ls || echo expected", "ls # || so",
		"```\n```console\n$ sleep 1 &\n$ curl -sS --retry 30 --retry-connrefused a\n$ curl -sS a\n```\n```console\n$ kill $!",
	} {
		if problems := problemsOf("```sh\n" + script + "\n```\n"); len(problems) > 0 {
			t.Errorf("%s: %q", script, problems)
		}
	}
}

// Each script is valid in the shell.
func TestScriptsParse(t *testing.T) {
	t.Parallel()
	needShell(t)
	eachDocument(t, func(document, text string) {
		for _, b := range fenced.FindAllStringSubmatch(text, -1) {
			if b[1] != "sh" {
				continue
			}
			sh := exec.Command("sh", "-n")
			sh.Stdin = strings.NewReader(b[2])
			if output, err := sh.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s\nin\n%s", filepath.Base(document), err, output, b[2])
			}
		}
	})
}
