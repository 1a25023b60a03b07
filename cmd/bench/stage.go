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
	"syscall"
	"time"
)

// A bench is one run of the command: what it measures with, and what it found.
type bench struct {
	options
	ctx     context.Context
	round   int
	dir     string // on the disk
	memory  string // in memory, where there is such a folder; it is everybody's
	naive   string // the program
	results *results
	ends    []func() // in reverse order

	server   *postgresServer // started when it is first asked for
	pair     *pair           // on PostgreSQL, likewise
	lite     *pair           // on SQLite
	function *target         // a database with the function in it
	names    int             // that were given
}

func newBench(ctx context.Context, o options) (*bench, error) {
	b := &bench{options: o, ctx: ctx, results: new(results)}
	var err error
	if b.dir, err = b.folder(""); err != nil {
		return nil, err
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
	if err != nil {
		b.close()
	}
	return b, err
}

func (b *bench) close() {
	for len(b.ends) > 0 {
		end := b.ends[len(b.ends)-1]
		b.ends = b.ends[:len(b.ends)-1]
		end()
	}
}

// atEnd has end called when the bench is over, before those that were named earlier.
func (b *bench) atEnd(end func()) { b.ends = append(b.ends, end) }

// number is one that it has not returned before, for names.
func (b *bench) number() int {
	b.names++
	return b.names
}

func (b *bench) folder(in string) (string, error) {
	dir, err := os.MkdirTemp(in, "roster-bench-")
	if err == nil {
		b.atEnd(func() { _ = os.RemoveAll(dir) })
	}
	return dir, err
}

// build builds a command of this module, and returns where it is.
func (b *bench) build(name string, flags ...string) (string, error) {
	at := filepath.Join(b.dir, fmt.Sprint(filepath.Base(name), "-", b.number()))
	args := append([]string{"build", "-tags=grpcnotrace", "-o", at}, flags...) // as the Makefile and the Dockerfile do
	c := exec.CommandContext(b.ctx, "go", append(args, "example.com/roster/cmd/"+name)...)
	if out, err := c.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", name, err, out)
	}
	return at, nil
}

// A process is a server that was started.
type process struct {
	addr  string
	log   string // the file that it writes to
	ended chan struct{}
	*exec.Cmd
}

// start starts a server on a free port, and returns when it answers.
func (b *bench) start(program string, args func(addr string) []string) (*process, error) {
	addr, err := freeAddress()
	if err != nil {
		return nil, err
	}
	log := filepath.Join(b.dir, fmt.Sprintf("%s-%d.log", filepath.Base(program), b.number()))
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
	for begun := time.Now(); time.Since(begun) < 30*time.Second; time.Sleep(200 * time.Microsecond) {
		if answers(p.addr) {
			return nil
		}
		select {
		case <-p.ended:
			return p.failed("ended")
		case <-ctx.Done():
			return ctx.Err()
		default:
		}
	}
	return p.failed("does not answer")
}

// failed is an error with what the process last said.
func (p *process) failed(how string) error {
	said, _ := os.ReadFile(p.log)
	return fmt.Errorf("%s %s: %s", p.Path, how, end(said))
}

func end(text []byte) []byte { return text[max(0, len(text)-2000):] }

var asking = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}

func answers(addr string) bool {
	r, err := asking.Get("http://" + addr + "/healthz")
	if err != nil {
		return false
	}
	_ = r.Body.Close()
	return r.StatusCode == http.StatusOK
}

// stop ends the process, and waits until it has ended.
func (p *process) stop() {
	_ = p.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(10 * time.Second):
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

// output runs a program to its end and returns what it printed to standard output.
func (b *bench) output(program string, args ...string) ([]byte, error) {
	out, err := exec.CommandContext(b.ctx, program, args...).Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		return out, fmt.Errorf("%s %v: %w\n%s%s", filepath.Base(program), args, err, end(out), end(failed.Stderr))
	}
	return out, err
}
