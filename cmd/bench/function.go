package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

//go:embed function.sql
var function string

//go:embed function.pgbench
var functionScript []byte

// pgFunction measures roster against one function in the server, called by pgbench: what the database can with a transaction for
// each, and nothing around it.
func pgFunction(b *bench) error {
	p, err := b.onPostgres()
	if err != nil {
		return err
	}
	if b.function == nil {
		if b.function, err = b.newFunction(); err != nil {
			return err
		}
	}
	ours, err := b.solo(p.roster, duel{p, "PostgreSQL, hot, beside the function", hotCourse, b.closed(clients)})
	if err != nil {
		return err
	}
	phase := b.number()
	course := fmt.Sprintf("hot-%d", phase)
	if err := b.function.course(b.ctx, course, seats); err != nil {
		return err
	}
	rate, by, err := b.call(phase, course)
	if err != nil {
		return err
	}
	b.results.figure("PostgreSQL, hot, one function, 64 clients of "+by, "/s", rate)
	b.results.metric("pg_hot_c64_vs_pgbench_function", ours.rate/rate)
	return b.function.verifyCourses(b.ctx, course)
}

// newFunction is a database of naive's with the function in it, and no server.
func (b *bench) newFunction() (*target, error) {
	owner, admin, err := b.server.fresh(b.ctx, "naive_function")
	if err != nil {
		return nil, err
	}
	if _, err := b.output(b.naive, "-database-url", owner, "-migrate"); err != nil {
		return nil, err
	}
	t := &target{name: "function", database: owner, tables: tablesOfNaive}
	if err := b.open(t, "pgx", admin); err != nil {
		return nil, err
	}
	if err := t.load(b.ctx, "spread-", spreadOver, 10, 1); err != nil {
		return nil, err
	}
	_, err = t.db.ExecContext(b.ctx, function)
	return t, err
}

// call has 64 clients call the function, and returns how many calls they did per second, and by which program.
func (b *bench) call(phase int, course string) (rate float64, by string, err error) {
	program, err := pgbench()
	if err != nil {
		rate, err = b.callByPgx(course)
		return rate, "pgx", err
	}
	script := filepath.Join(b.dir, "function.pgbench")
	if err := os.WriteFile(script, functionScript, 0o600); err != nil {
		return 0, "", err
	}
	seconds := max(1, int((b.during + 500*time.Millisecond).Seconds()))
	out, err := b.output(program, "-n", "-M", "prepared", "-c", fmt.Sprint(clients), "-j", "2", "-T", fmt.Sprint(seconds),
		"-D", "n=0", "-D", fmt.Sprint("phase=", phase), "-f", script, b.function.database)
	if err != nil {
		return 0, "", err
	}
	found := regexp.MustCompile(`tps = ([0-9.]+)`).FindSubmatch(out)
	if found == nil {
		return 0, "", fmt.Errorf("pgbench did not tell its rate: %s", out)
	}
	rate, err = strconv.ParseFloat(string(found[1]), 64)
	return rate, "pgbench", err
}

// pgbench returns where it is: on PATH, or where systems put it.
func pgbench() (string, error) {
	if found, err := exec.LookPath("pgbench"); err == nil {
		return found, nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/pgbench")
	if err != nil || len(found) == 0 {
		return "", errors.New("no pgbench")
	}
	return slices.Max(found), nil
}

// callByPgx does what pgbench would, with statements prepared.
func (b *bench) callByPgx(course string) (float64, error) {
	ctx, cancel := context.WithCancelCause(b.ctx)
	defer cancel(nil)
	var calling sync.WaitGroup
	var done atomic.Int64
	until := time.Now().Add(b.during)
	for client := range clients {
		conn, err := pgx.Connect(ctx, b.function.database)
		if err != nil {
			cancel(err)
			break
		}
		calling.Go(func() {
			defer conn.Close(context.WithoutCancel(ctx))
			for n := 0; time.Now().Before(until) && ctx.Err() == nil; n++ {
				if _, err := conn.Exec(ctx, "SELECT enroll($1, $2)", course, fmt.Sprintf("%d-%d", client, n)); err != nil {
					cancel(err)
				}
				done.Add(1)
			}
		})
	}
	calling.Wait()
	return float64(done.Load()) / b.during.Seconds(), context.Cause(ctx)
}
