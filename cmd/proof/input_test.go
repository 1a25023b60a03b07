package proof_test

import (
	"bytes"
	"database/sql"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/roster/cmd/roster/app"
)

// Bad input changes nothing. The error is one line that says what to do.
func TestBadInput(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 256)
	onEveryStore(t, func(t *testing.T, s system) {
		s.must(t, "", "course", "put", "go", "--title", "Go", "--capacity", "1")
		s.must(t, "", "enroll", "go", "ada")
		before := dump(t, s.open(t))
		for _, c := range []struct {
			args string // separated by "|"
			code int
			want string // part of the error
		}{
			{"enroll|none|ada", 3, "roster course put none"},
			{"withdraw|none|ada", 3, "there is no course none"},
			{"course|show|none", 3, "course_not_found"},
			{"list|none", 3, "course_not_found"},
			{"check|none", 3, "course_not_found"},
			{"enroll|go|", 2, "learnerId must be 1 to 255 bytes"},
			{"enroll|go|" + long, 2, "learnerId must be 1 to 255 bytes"},
			{"enroll|go|a\x00b", 2, "without control characters"},
			{"enroll|go|a\nb", 2, "without control characters"},
			{"enroll|go|\xff", 2, "UTF-8"},
			{"enroll||bob", 2, "courseId must be 1 to 255"},
			{"enroll| a|bob", 2, "white space"},
			{"enroll|" + long + "|bob", 2, "courseId must be 1 to 255"},
			{"enroll|go|bob|--key|", 2, `"--key" flag: must not be empty`},
			{"enroll|go|bob|--key|" + long + long + "x", 2, "key must be 1 to 512 bytes"},
			{"enroll|go", 2, "expected LEARNER"},
			{"enrol|go|ada", 2, "enrol"},
			{"course|put|go|--capacity=-3", 2, "capacity must be between 0 and"},
			{"course|put|go|--capacity|-3", 2, "capacity must be between 0 and"},
			{"course|put|go|--capacity|many", 2, "capacity"},
			{"course|put|go|--capacity|99999999999", 2, "capacity must be between 0 and"},
			{"course|put|go|--title|", 2, "title must be 1 to 200"},
			{"course|put|go|--waitlist|maybe", 2, "--waitlist"},
			{"course|put|new|--title|New", 3, "--title TITLE --capacity N"},
			{"list|go|--status|gone", 2, "status"},
			{"--tenant|a/b|enroll|go|ada", 2, "tenant must be 1 to 64"},
			{"import|no-such-file.csv", 2, "no-such-file.csv"},
			{"import|.", 2, "not a file"},
			{"serve|--addr|0.0.0.0:0", 2, "must be on the loopback"},
			{"serve|--addr|here", 2, "HOST:PORT"},
			{"--database-url|mysql://x|list|go", 2, "sqlite:PATH, postgres://… or memory:"},
		} {
			args := strings.Split(c.args, "|")
			if strings.Contains(c.args, "mysql") && s.store != nil {
				continue // with a store in memory, the program does not read the URL
			}
			r := s.run(t, "", args...)
			if r.code != c.code || !strings.Contains(r.stderr, c.want) || r.stdout != "" {
				t.Errorf("roster %.80q: exit %d, want %d and %q; printed\n%s%s", args, r.code, c.code, c.want, r.stdout, r.stderr)
			}
			if lines := strings.Count(r.stderr, "\n"); lines != 1 {
				t.Errorf("roster %.80q printed %d lines of error:\n%s", args, lines, r.stderr)
			}
			if r := s.run(t, "", append([]string{"--json"}, args...)...); r.code != c.code || !strings.HasPrefix(r.stdout, `{"code":"`) {
				t.Errorf("roster --json %.80q: exit %d, stdout %s", args, r.code, r.stdout)
			}
		}
		if after := dump(t, s.open(t)); after != before {
			t.Errorf("the input changed the store: %s", firstDifference(before, after))
		}
	})
}

// An error of the machine (file system, port, database) is reported as plainly.
func TestBadEnvironment(t *testing.T) {
	t.Parallel()
	run := func(args ...string) (int, string) {
		var stdout, stderr bytes.Buffer
		code := app.Run(t.Context(), app.Options{Args: args, Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr})
		return code, stderr.String()
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if code, stderr := run("--data-dir", filepath.Join(file, "data"), "course", "list"); code != 2 || !strings.Contains(stderr, "--data-dir") {
		t.Errorf("a data directory below a file: exit %d, %s", code, stderr)
	}

	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	data := filepath.Join(dir, "data")
	if code, stderr := run("--data-dir", data, "serve", "--addr", taken.Addr().String()); code != 4 || !strings.Contains(stderr, "--addr") {
		t.Errorf("a used port: exit %d, %s", code, stderr)
	}
	if _, err := os.Stat(data); err == nil {
		t.Error("a server that could not listen created a data directory")
	}

	newer := filepath.Join(dir, "newer.db")
	if code, stderr := run("--database-url", "sqlite:"+newer, "course", "list"); code != 0 {
		t.Fatalf("exit %d, %s", code, stderr)
	}
	db, err := sql.Open("sqlite", newer)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)"); err != nil {
		t.Fatal(err)
	}
	if code, stderr := run("--database-url", "sqlite:"+newer, "course", "list"); code == 0 || !strings.Contains(stderr, "use a newer roster") {
		t.Errorf("a database of a newer schema: exit %d, %s", code, stderr)
	}
}
