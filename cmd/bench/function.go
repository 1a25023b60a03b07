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
var functionSQL string

//go:embed function.pgbench
var functionScript []byte

// measureFunction measures roster against one function in PostgreSQL, called by pgbench: the database's own rate with one
// transaction per enrollment.
func measureFunction(b *bench) error {
	p, err := b.onPostgres()
	if err != nil {
		return err
	}
	if b.function == nil {
		if b.function, err = b.newFunctionTarget(); err != nil {
			return err
		}
	}
	roster, err := b.measureTargets(comparison{p, "PostgreSQL, hot, beside the function", hotCourse, b.closedLoop(clients)}, p.roster)
	if err != nil {
		return err
	}
	phase := b.nextNumber()
	course := fmt.Sprintf("hot-%d", phase)
	if err := b.function.createCourse(b.ctx, course, seats); err != nil {
		return err
	}
	rate, caller, err := b.callFunction(phase, course)
	if err != nil {
		return err
	}
	b.results.figure("PostgreSQL, hot, one function, 64 clients of "+caller, "/s", rate)
	b.results.metric("pg_hot_c64_vs_pgbench_function", roster.rate/rate)
	return b.function.verifyCourses(b.ctx, course)
}

// newFunctionTarget creates a database of naive with the function, and no server.
func (b *bench) newFunctionTarget() (*target, error) {
	owner, admin, err := b.postgresServer.newDatabase(b.ctx, "naive_function")
	if err != nil {
		return nil, err
	}
	if _, err := b.output(b.naive, "-database-url", owner, "-migrate"); err != nil {
		return nil, err
	}
	t := &target{name: "function", database: owner, tables: tablesOfNaive}
	if err := b.openDatabase(t, "pgx", admin); err != nil {
		return nil, err
	}
	if err := t.preload(b.ctx, "spread-", spreadCourses, 10, 1); err != nil {
		return nil, err
	}
	_, err = t.db.ExecContext(b.ctx, functionSQL)
	return t, err
}

// callFunction calls the function with 64 clients, and returns the calls per second and the program that called.
func (b *bench) callFunction(phase int, course string) (rate float64, caller string, err error) {
	program, err := pgbench()
	if err != nil {
		rate, err = b.callFunctionByPgx(course)
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
		return 0, "", fmt.Errorf("pgbench printed no rate: %s", out)
	}
	rate, err = strconv.ParseFloat(string(found[1]), 64)
	return rate, "pgbench", err
}

// pgbench returns the path of pgbench: on PATH, or where Debian installs it.
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

// callFunctionByPgx does the same without pgbench, with prepared statements.
func (b *bench) callFunctionByPgx(course string) (float64, error) {
	ctx, cancel := context.WithCancelCause(b.ctx)
	defer cancel(nil)
	var callers sync.WaitGroup
	var done atomic.Int64
	until := time.Now().Add(b.during)
	for client := range clients {
		conn, err := pgx.Connect(ctx, b.function.database)
		if err != nil {
			cancel(err)
			break
		}
		callers.Go(func() {
			defer conn.Close(context.WithoutCancel(ctx))
			for n := 0; time.Now().Before(until) && ctx.Err() == nil; n++ {
				if _, err := conn.Exec(ctx, "SELECT enroll($1, $2)", course, fmt.Sprintf("%d-%d", client, n)); err != nil {
					cancel(err)
				}
				done.Add(1)
			}
		})
	}
	callers.Wait()
	return float64(done.Load()) / b.during.Seconds(), context.Cause(ctx)
}
