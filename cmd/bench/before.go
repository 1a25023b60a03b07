package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// An earlier is the module at the revision that -before names.
type earlier struct {
	dir    string // of its files
	roster string // path of its program

	postgresPair, sqlitePair *serverPair // this build, and as naive the earlier one
}

// earlierBuild extracts the revision and builds its program, at the first call.
func (b *bench) earlierBuild() (*earlier, error) {
	if b.earlier != nil {
		return b.earlier, nil
	}
	dir, err := b.tempDir("")
	if err != nil {
		return nil, err
	}
	archive, err := exec.CommandContext(b.ctx, "git", "archive", b.before).Output()
	if err != nil {
		return nil, fmt.Errorf("read revision %s from git: %w", b.before, err)
	}
	if err := extract(archive, dir); err != nil {
		return nil, err
	}
	e := &earlier{dir: dir, roster: filepath.Join(dir, "roster-before")}
	build := exec.CommandContext(b.ctx, "go", "build", "-tags=grpcnotrace", "-o", e.roster, "./cmd/roster")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build revision %s: %w\n%s", b.before, err, out)
	}
	b.earlier = e
	return e, nil
}

// extract writes the regular files of a tar archive into a folder.
func extract(archive []byte, dir string) error {
	for r := tar.NewReader(bytes.NewReader(archive)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		path := filepath.Join(dir, filepath.FromSlash(h.Name))
		text, err := io.ReadAll(r)
		if err = errors.Join(err, os.MkdirAll(filepath.Dir(path), 0o700)); err != nil {
			return err
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			return err
		}
	}
}

// measureSubmitBefore measures the core alone, of this build and of the earlier one.
func measureSubmitBefore(b *bench) error {
	e, err := b.earlierBuild()
	if err != nil {
		return err
	}
	dirs := []string{".", e.dir}
	ns := make([]map[string]float64, len(dirs))
	for i := range dirs {
		i = (i + b.round) % len(dirs) // in the other order in every other round
		if ns[i], err = b.benchmarkSubmit(dirs[i]); err != nil {
			return err
		}
	}
	b.results.metric("submit_null_vs_before", ns[1]["Null"]/ns[0]["Null"])
	b.results.metric("submit_memstore_vs_before", ns[1]["Memstore"]/ns[0]["Memstore"])
	return nil
}

var benchmarkLine = regexp.MustCompile(`(?m)^Benchmark(\w+?)(?:-\d+)?\s+\d+\s+([0-9.]+) ns/op`)

// benchmarkSubmit runs the benchmarks of the core in a module, and returns nanoseconds by name.
func (b *bench) benchmarkSubmit(dir string) (map[string]float64, error) {
	test := exec.CommandContext(b.ctx, "go", "test", "-run", "^$", "-bench", ".", "./cmd/bench/submit")
	test.Dir = dir
	out, err := test.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("benchmarks in %s: %w\n%s", dir, err, out)
	}
	ns := make(map[string]float64)
	for _, m := range benchmarkLine.FindAllStringSubmatch(string(out), -1) {
		if ns[m[1]], err = strconv.ParseFloat(m[2], 64); err != nil {
			return nil, err
		}
	}
	return ns, nil
}

// besideEarlier returns this build and, as naive, the earlier one, each on a preloaded database of its own. It starts them at the first
// call, and again if one has ended.
func (b *bench) besideEarlier() (*serverPair, error) {
	e, err := b.earlierBuild()
	if err != nil {
		return nil, err
	}
	if e.postgresPair.running() {
		return e.postgresPair, nil
	}
	e.postgresPair.stop()
	e.postgresPair, err = b.pairOnPostgres("before", func() (*target, error) { return b.newRosterOf(e.roster, "before", "earlier") })
	return e.postgresPair, err
}

// besideEarlierOnSQLite does so on SQLite.
func (b *bench) besideEarlierOnSQLite() (*serverPair, error) {
	e, err := b.earlierBuild()
	if err != nil {
		return nil, err
	}
	if e.sqlitePair.running() {
		return e.sqlitePair, nil
	}
	e.sqlitePair.stop()
	e.sqlitePair, err = b.newSQLitePair(func(dir string) (*target, error) {
		return b.serveRosterSQLite(e.roster, "before", filepath.Join(dir, "before.db"))
	})
	return e.sqlitePair, err
}

// measureBefore measures this build beside the earlier one, on PostgreSQL and on SQLite.
func measureBefore(b *bench) error {
	onPostgres, err := b.besideEarlier()
	if err != nil {
		return err
	}
	onSQLite, err := b.besideEarlierOnSQLite()
	if err != nil {
		return err
	}
	for _, c := range []struct {
		metric string
		comparison
	}{
		{"pg_hot_vs_before", comparison{onPostgres, "PostgreSQL, hot, beside the build before", hotCourse, b.closedLoop(clients)}},
		{"pg_spread_vs_before", comparison{onPostgres, "PostgreSQL, spread, beside the build before", manyCourses, b.closedLoop(clients)}},
		{"pg_mixed_vs_before", comparison{onPostgres, "PostgreSQL, mixed, beside the build before", mixedCourse, b.closedLoop(clients)}},
		{"sqlite_hot_vs_before", comparison{onSQLite, "SQLite, hot, beside the build before", hotCourse, b.closedLoop(clients)}},
	} {
		now, then, err := b.compare(c.comparison)
		if err != nil {
			return fmt.Errorf("%s: %w", strings.ToLower(c.name), err)
		}
		b.results.metric(c.metric, now.rate/then.rate)
	}
	return nil
}
