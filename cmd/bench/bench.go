package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"time"
)

// A bench is one run of the command.
type bench struct {
	options
	ctx      context.Context
	round    int
	dir      string // on disk
	memory   string // parent of folders in memory; empty if the system has none
	naive    string // the program
	results  *results
	cleanups []func() // in reverse order

	unprepared error // why nothing can be measured

	postgresServer *postgresServer // started at the first use
	postgresPair   *serverPair     // on PostgreSQL, likewise
	sqlitePair     *serverPair     // on SQLite
	earlier        *earlier        // of -before
	function       *target         // a database with the function
	numbers        int             // returned by nextNumber
}

// hang is how long the bench waits for a condition. Only what hangs takes so long, also on a slow machine.
const hang = 2 * time.Minute

// prepare creates a folder and builds the programs.
func (b *bench) prepare() (err error) {
	if b.dir, err = b.tempDir(""); err != nil {
		return err
	}
	if _, err := os.Stat("/dev/shm"); err == nil {
		b.memory = "/dev/shm"
	}
	if b.roster == "" {
		b.roster, err = b.build("roster")
	} else {
		b.roster, err = filepath.Abs(b.roster)
	}
	if err == nil {
		b.naive, err = b.build("bench/naive")
	}
	return err
}

func (b *bench) close() {
	for len(b.cleanups) > 0 {
		end := b.cleanups[len(b.cleanups)-1]
		b.cleanups = b.cleanups[:len(b.cleanups)-1]
		end()
	}
}

// cleanup registers f, which close calls: the last registered first.
func (b *bench) cleanup(f func()) { b.cleanups = append(b.cleanups, f) }

// nextNumber returns a new number, for names.
func (b *bench) nextNumber() int {
	b.numbers++
	return b.numbers
}

func (b *bench) tempDir(parent string) (string, error) {
	dir, err := os.MkdirTemp(parent, "roster-bench-")
	if err == nil {
		b.cleanup(func() { _ = os.RemoveAll(dir) })
	}
	return dir, err
}

// build builds a command of this module, and returns its path.
func (b *bench) build(name string, flags ...string) (string, error) {
	path := filepath.Join(b.dir, fmt.Sprint(filepath.Base(name), "-", b.nextNumber()))
	args := append([]string{"build", "-tags=grpcnotrace", "-o", path}, flags...) // as the Makefile and the Dockerfile do
	c := exec.CommandContext(b.ctx, "go", append(args, "example.com/roster/cmd/"+name)...)
	if out, err := c.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", name, err, out)
	}
	return path, nil
}

// A process is a running server.
type process struct {
	addr  string
	log   string // file of its output
	ended chan struct{}
	*exec.Cmd
}

// start starts a server on a free port, and returns when the server answers.
func (b *bench) start(program string, args func(addr string) []string) (*process, error) {
	addr, err := freeAddress()
	if err != nil {
		return nil, err
	}
	log := filepath.Join(b.dir, fmt.Sprintf("%s-%d.log", filepath.Base(program), b.nextNumber()))
	f, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p := &process{addr: addr, log: log, ended: make(chan struct{}), Cmd: exec.Command(program, args(addr)...)}
	p.Stdout, p.Stderr = f, f
	if err := p.Start(); err != nil {
		return nil, err
	}
	go func() { _ = p.Wait(); close(p.ended) }()
	if err := p.ready(b.ctx); err != nil {
		p.stop()
		return nil, err
	}
	return p, nil
}

// ready returns when the server answers.
func (p *process) ready(ctx context.Context) error {
	for start := time.Now(); time.Since(start) < hang; time.Sleep(200 * time.Microsecond) {
		if answers(p.addr) {
			return nil
		}
		select {
		case <-p.ended:
			return p.failure("ended")
		case <-ctx.Done():
			return ctx.Err()
		default:
		}
	}
	return p.failure("does not answer")
}

// failure returns an error with the end of the process's output.
func (p *process) failure(how string) error {
	output, _ := os.ReadFile(p.log)
	return fmt.Errorf("%s %s: %s", p.Path, how, tail(output))
}

func tail(text []byte) []byte { return text[max(0, len(text)-2000):] }

var httpClient = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}

func answers(addr string) bool {
	r, err := httpClient.Get("http://" + addr + "/healthz")
	if err != nil {
		return false
	}
	_ = r.Body.Close()
	return r.StatusCode == http.StatusOK
}

// stop stops the process and waits for its end.
func (p *process) stop() {
	_ = p.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(hang):
		_ = p.Process.Kill()
		<-p.ended
	}
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// password matches user and password in a URL.
var password = regexp.MustCompile(`//[^/@ ]+@`)

// output runs a program and returns its standard output.
func (b *bench) output(program string, args ...string) ([]byte, error) {
	out, err := exec.CommandContext(b.ctx, program, args...).Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		command := password.ReplaceAllString(fmt.Sprint(args), "//")
		return out, fmt.Errorf("%s %s: %w\n%s%s", filepath.Base(program), command, err, tail(out), tail(failed.Stderr))
	}
	return out, err
}
