package promises_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/roster/ports/portstest"
)

// What is in the data directory while serve runs: names, modes, and the JSON names of what other processes read.
func TestDataDirectory(t *testing.T) {
	t.Parallel()
	s := setup{data: filepath.Join(t.TempDir(), "made")}
	_, _, stop := s.serve(t)
	s.must(t, "", "course", "put", "a", "--title", "A", "--capacity", "1")
	s.must(t, rows("a", 1), "enqueue", "-")
	var lines []string
	list := func() (names []string) {
		root := os.DirFS(s.data)
		_ = fs.WalkDir(root, ".", func(path string, entry fs.DirEntry, err error) error {
			if err != nil { // files come and go
				return nil
			}
			if entry.IsDir() && path == "nats/jetstream" { // what is in there is the server's own
				names = append(names, path)
				return fs.SkipDir
			}
			info, err := entry.Info()
			switch {
			case err != nil || path == "." || strings.Contains(path, ".db-"), strings.Contains(path, ".lock-"): // what SQLite has for itself
			case strings.HasSuffix(path, ".lock"): // its mode depends on the process
				names = append(names, path)
			default:
				names = append(names, fmt.Sprint(path, " ", info.Mode()))
			}
			return nil
		})
		return names
	}
	portstest.Eventually(t, "the locks are there", func() bool { return strings.Count(fmt.Sprint(list()), ".lock") == 3 })
	lines = list()
	for _, file := range []string{"nats/broker.json", "local-key.jwk"} {
		content, err := os.ReadFile(filepath.Join(s.data, filepath.FromSlash(file)))
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, prefixed(file+": ", namesIn(t, content))...)
	}
	stop()
	lines = append(lines, prefixed("when serve has ended: ", list())...)
	hold(t, "files", lines)
}
