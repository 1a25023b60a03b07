package app

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"example.com/roster/adapters/memstore"
	"example.com/roster/adapters/sqlite"
	"example.com/roster/application"
	"example.com/roster/domain"
)

// complete runs what a shell runs to complete the last word. It returns the words that the program offers, and then how the
// shell treats them: ":4" is without names of files, ":0" is with them, ":16" is with those of directories.
func complete(t *testing.T, store Storage, words ...string) []string {
	t.Helper()
	var out, errs bytes.Buffer
	code := Run(t.Context(), Options{
		Args: append([]string{"__complete"}, words...), Stdout: &out, Stderr: &errs, Store: store, Completion: 2 * time.Minute,
	})
	if code != 0 || strings.Contains(errs.String(), "roster:") {
		t.Errorf("%q: exit %d\n%s", words, code, &errs)
	}
	var offers []string
	for line := range strings.Lines(out.String()) {
		word, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
		offers = append(offers, word)
	}
	return offers
}

func expectOffers(t *testing.T, store Storage, want []string, words ...string) {
	t.Helper()
	if got := complete(t, store, words...); !slices.Equal(got, want) {
		t.Errorf("%q offers %q, want %q", words, got, want)
	}
}

// putCourses creates courses whose title is their id in upper case.
func putCourses(t *testing.T, store Storage, ids ...string) {
	t.Helper()
	p := &program{configuration: configuration{Tenant: "default"}}
	for _, id := range ids {
		settings := domain.Settings{Title: new(strings.ToUpper(id)), Capacity: new(1)}
		if _, err := application.New(store).PutCourse(t.Context(), p.operator(), domain.CourseID(id), settings); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCompletionOffersCourses(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	putCourses(t, store, "go-1", "go-10", "-d", "rust")
	for words, want := range map[string]string{
		"enroll ": "go-1 go-10 rust :4", "enroll go-1": "go-1 go-10 :4", "enroll r": "rust :4", "enroll x": ":4", "enroll -- -": "-d :4",
		"withdraw ": "go-1 go-10 rust :4", "list g": "go-1 go-10 :4", "check r": "rust :4", "course put r": "rust :4",
		"course show g": "go-1 go-10 :4", "list --json --status enrolled r": "rust :4", "--tenant other list ": ":4",
		"enroll go-1 ": ":4", "forget ": ":4", "check go-1 ": ":4", "course list ": ":4",
	} {
		expectOffers(t, store, strings.Fields(want), strings.Split(words, " ")...)
	}
	var out bytes.Buffer
	Run(t.Context(), Options{
		Args: []string{"__complete", "list", "r"}, Stdout: &out, Stderr: new(bytes.Buffer), Store: store, Completion: 2 * time.Minute,
	})
	if out.String() != "rust\tRUST\n:4\n" {
		t.Errorf("with titles it is %q", out.String())
	}
}

// A part of the courses would look like all of them.
func TestCompletionOffersNothingOfTooManyCourses(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	for i := range maxCompletions {
		putCourses(t, store, fmt.Sprintf("go-%03d", i))
	}
	putCourses(t, store, "rust")
	expectOffers(t, store, []string{":4"}, "list", "")
	expectOffers(t, store, []string{":4"}, "list", "go")
	expectOffers(t, store, []string{"go-120", ":4"}, "list", "go-120")
}

func TestCompletionOffersValuesOfFlags(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]string{
		"list x --status ": "enrolled waitlisted withdrawn :4", "token --role ": "learner staff partner :4", "serve --cache ": "on off :4",
		"course put x --open ": "true false :4", "course put x --waitlist ": "true false :4",
		"list --log-level ": "debug info warn error :4", "--log-format ": "text json :4",
		"import --format ": "csv ndjson canvas moodle oneroster sds :4",
		"import ":          ":0", "import x ": ":4", "course import ": ":0", "import --rejects ": ":0",
		"serve --tls-cert ": ":0", "--data-dir ": ":16", "token --subject ": ":4", "enroll --key ": ":4", "--database-url ": ":4",
	} {
		expectOffers(t, memstore.New(), strings.Fields(want), strings.Split(words, " ")...)
	}
}

// The help of a flag lists the values that completion offers, and the flag takes each of them.
func TestFlagsTakeTheValuesInTheirHelp(t *testing.T) {
	t.Parallel()
	var visit func(c *cobra.Command)
	lists := 0
	visit = func(c *cobra.Command) {
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			list, _ := pflag.UnquoteUsage(f)
			for word := range strings.SplitSeq(list, "|") {
				if !strings.Contains(list, "|") {
					continue
				}
				lists++
				if err := f.Value.Set(word); err != nil {
					t.Errorf("%s --%s %s: %v", c.CommandPath(), f.Name, word, err)
				}
			}
		})
		for _, inner := range c.Commands() {
			visit(inner)
		}
	}
	if visit(new(program).rootCommand()); lists < 20 {
		t.Errorf("%d values", lists)
	}
}

// files describes each file below dir: its name, time and content.
func files(t *testing.T, dir string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := os.Stat(path)
		if err != nil || info.IsDir() {
			all = append(all, path)
			return err
		}
		content, err := os.ReadFile(path)
		all = append(all, fmt.Sprint(path, " ", info.ModTime(), " ", info.Mode(), " ", string(content)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestCompletionCreatesAndChangesNoFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	expect := func(want ...string) {
		t.Helper()
		before := files(t, dir)
		expectOffers(t, nil, append(want, ":4"), "--data-dir", filepath.Join(dir, "data"), "enroll", "")
		expectOffers(t, nil, append(want, ":4"), "--database-url", "sqlite:"+filepath.Join(dir, "data", "roster.db"), "list", "")
		if after := files(t, dir); !slices.Equal(before, after) {
			t.Errorf("before %.2000q\nafter  %.2000q", before, after)
		}
	}
	expect() // no directory

	path := filepath.Join(dir, "data", "roster.db")
	store, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	expect() // no course
	putCourses(t, store, "go", "rust")
	putCourses(t, store, "go") // a read of what is in the log
	if info, err := os.Stat(path + "-wal"); err != nil || info.Size() == 0 {
		t.Fatalf("the courses are not in the log: %v", err)
	}
	expect("go", "rust")

	// A crash leaves the log, and may leave the index of it.
	crashed := filepath.Join(dir, "crashed")
	if err := os.CopyFS(crashed, os.DirFS(filepath.Dir(path))); err != nil {
		t.Fatal(err)
	}
	for _, without := range []string{"none", "-shm"} {
		_ = os.Remove(filepath.Join(crashed, "roster.db"+without))
		before := files(t, dir)
		complete(t, nil, "--data-dir", crashed, "enroll", "")
		if after := files(t, dir); !slices.Equal(before, after) {
			t.Errorf("after a crash, without %s: before %.2000q\nafter  %.2000q", without, before, after)
		}
	}

	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	expect("go", "rust")
	if err := os.WriteFile(path, nil, 0o600); err != nil { // no tables
		t.Fatal(err)
	}
	expect()
}

// Completion is silent about what is wrong; the command itself says it.
func TestCompletionOffersNothingIfTheDatabaseIsInvalid(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"mysql://x", "memory:", "sqlite:", "sqlite:" + t.TempDir()} {
		expectOffers(t, nil, []string{":4"}, "--database-url", url, "enroll", "")
	}
}
