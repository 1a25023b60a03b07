package page

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// A program is built from the checkout at its first use, and kept in the cache until the source changes.
type program struct {
	name  string
	build func(ctx context.Context, root, dir string) (file string, err error) // in an empty folder dir

	mu   sync.Mutex
	file string // or "" before the first use
}

// goBuild returns how a package is built, as make run does it, so that both find what the other has compiled.
func goBuild(pkg string, env ...string) func(ctx context.Context, root, dir string) (string, error) {
	return func(ctx context.Context, root, dir string) (string, error) {
		file := executable(filepath.Join(dir, "program"))
		build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-tags=grpcnotrace", "-ldflags=-s -w", "-o", file, pkg)
		build.Dir, build.Env = root, append(os.Environ(), env...)
		if output, err := build.CombinedOutput(); err != nil {
			return "", fmt.Errorf("go build %s: %w\n%s", pkg, err, output)
		}
		return file, nil
	}
}

func executable(file string) string {
	if runtime.GOOS == "windows" {
		return file + ".exe"
	}
	return file
}

// get returns the file of a program. It builds for as long as the page runs: who asks again finds it.
func (s *Server) get(p *program) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.file != "" {
		return p.file, nil
	}
	cache, err := s.cacheFolder()
	if err != nil {
		return "", err
	}
	kept := executable(filepath.Join(cache, p.name))
	if _, err := os.Stat(kept); err == nil {
		p.file = kept
		return kept, nil
	}
	dir, err := os.MkdirTemp(cache, "build-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	file, err := p.build(s.ctx, s.root, dir)
	if err != nil {
		return "", cmp.Or(s.ctx.Err(), err)
	}
	if err := os.Rename(file, kept); err != nil {
		return "", err
	}
	p.file = kept
	return kept, nil
}

// unused is how long programs of other sources are kept.
const unused = 7 * 24 * time.Hour

// userCache returns the folder for programs of all sources.
func userCache() string {
	user, err := os.UserCacheDir()
	if err != nil {
		user = os.TempDir()
	}
	return filepath.Join(user, "roster-learn")
}

// cacheFolder returns the folder for programs of this source, and removes those of sources that were not used for long.
func (s *Server) cacheFolder() (string, error) {
	sum, err := sourceSum(os.DirFS(s.root))
	if err != nil {
		return "", err
	}
	folder := filepath.Join(s.cache, sum)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	_ = os.Chtimes(folder, time.Time{}, time.Now())
	others, _ := os.ReadDir(s.cache)
	for _, other := range others {
		if info, err := other.Info(); err == nil && other.Name() != sum && time.Since(info.ModTime()) > unused {
			_ = os.RemoveAll(filepath.Join(s.cache, other.Name()))
		}
	}
	return folder, nil
}

// sources are the folders and files that the programs are made of.
var sources = []string{
	"go.mod", "go.sum", "domain", "ports", "application", "adapters", "cmd/roster", "cmd/bench/naive", "cmd/example/browser", "cmd/proof/overlay", "cmd/proof/recorder",
}

// sourceSum returns a hash of the sources, without tests, and of the version of Go.
func sourceSum(checkout fs.FS) (string, error) {
	sum := sha256.New()
	fmt.Fprintln(sum, runtime.Version())
	for _, source := range sources {
		err := fs.WalkDir(checkout, source, func(name string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && (entry.Name() == "testdata" || strings.HasPrefix(entry.Name(), ".")):
				return fs.SkipDir
			case entry.IsDir() || strings.HasSuffix(name, "_test.go"):
				return nil
			}
			text, err := fs.ReadFile(checkout, name)
			fmt.Fprintf(sum, "%s %d\n%s", name, len(text), text)
			return err
		})
		if err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%x", sum.Sum(nil))[:16], nil
}

// environment returns what a program is started with: nothing that configures another roster.
func environment(env ...string) []string {
	all := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "ROSTER_") })
	return append(all, env...)
}

// run runs a program until it ends, and returns what it prints.
func run(ctx context.Context, dir, file string, args ...string) (string, error) {
	command := exec.CommandContext(ctx, file, args...)
	command.Dir, command.Env = dir, environment()
	output, err := command.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, output)
	}
	return string(output), nil
}

// start starts a server, and returns when its log says at which URL it serves. Stop ends it as the end of ctx does, and returns when it has
// ended: by an interrupt, or by force if that takes long or the system has no interrupts. Ended is closed when it has ended for any reason.
func start(ctx context.Context, dir string, env []string, file string, args ...string) (url string, stop func(), ended <-chan bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	command := exec.CommandContext(ctx, file, args...)
	command.Dir, command.Env, command.WaitDelay = dir, environment(env...), 10*time.Second
	command.Cancel = func() error {
		if err := command.Process.Signal(os.Interrupt); err != nil {
			return command.Process.Kill()
		}
		return nil
	}
	log, err := command.StderrPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		cancel()
		return "", nil, nil, err
	}
	lines, said := bufio.NewReader(log), ""
	for url == "" {
		line, err := lines.ReadString('\n')
		said += line
		if m := serving.FindStringSubmatch(line); m != nil {
			url = m[1]
		}
		if err != nil {
			_ = command.Wait()
			defer cancel()
			return "", nil, nil, cmp.Or(ctx.Err(), fmt.Errorf("%s did not start:\n%s", filepath.Base(file), said))
		}
	}
	closed := make(chan bool)
	go func() {
		defer close(closed)
		_, _ = io.Copy(io.Discard, lines)
		_ = command.Wait() // its end is asked for
	}()
	return url, func() {
		cancel()
		<-closed
	}, closed, nil
}

var serving = regexp.MustCompile(`serving url=(\S+)`)
