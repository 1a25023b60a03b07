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
		t, err := b.newFunctionTarget()
		if err != nil {
			return err
		}
		b.function = t
	}
	roster, err := b.measureTargets(comparison{p, "PostgreSQL, hot, beside the function", hotCourse, b.closedLoop(clients)}, p.roster)
	if err != nil {
		return err
	}
	// The first calls show how many take as long as a phase.
	rate, _, err := b.callFunction(10)
	if err != nil {
		return err
	}
	rate, caller, err := b.callFunction(max(10, int(rate*(b.during+500*time.Millisecond).Seconds())/clients))
	if err != nil {
		return err
	}
	b.results.figure("PostgreSQL, hot, one function, 64 clients of "+caller, "/s", rate)
	b.results.metric("pg_hot_c64_vs_pgbench_function", roster.rate/rate)
	return b.function.verifyCourses(b.ctx, "hot-")
}

// newFunctionTarget creates a database of naive with the function, and no server.
func (b *bench) newFunctionTarget() (*target, error) {
	owner, admin, err := b.postgresServer.newDatabase(b.ctx, fmt.Sprint("naive_function", b.nextNumber()))
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

// callFunction calls the function by 64 clients on a new course, and returns the calls per second and the program that called. A
// number of calls, and not a deadline: pgbench counts the time of connecting towards a deadline, but not into its rate.
func (b *bench) callFunction(callsPerClient int) (rate float64, caller string, err error) {
	phase := b.nextNumber()
	course := fmt.Sprint("hot-", phase)
	if err := b.function.createCourse(b.ctx, course, seats); err != nil {
		return 0, "", err
	}
	if program, err := pgbench(); err == nil {
		rate, err = b.callFunctionByPgbench(program, phase, clients, callsPerClient)
		return rate, "pgbench", err
	}
	rate, err = b.callFunctionByPgx(course, clients, callsPerClient)
	return rate, "pgx", err
}

// pgbenchRate finds the rate without the time of connecting, in the words of pgbench before version 14 and since.
var pgbenchRate = regexp.MustCompile(`tps = ([0-9.]+) \((?:without initial connection time|excluding connections establishing)\)`)

func (b *bench) callFunctionByPgbench(program string, phase, clients, callsPerClient int) (float64, error) {
	script := filepath.Join(b.dir, "function.pgbench")
	if err := os.WriteFile(script, functionScript, 0o600); err != nil {
		return 0, err
	}
	out, err := b.output(program, "-n", "-M", "prepared", "-c", fmt.Sprint(clients), "-j", "2", "-t", fmt.Sprint(callsPerClient),
		"-D", "n=0", "-D", fmt.Sprint("phase=", phase), "-f", script, b.function.database)
	if err != nil {
		return 0, err
	}
	found := pgbenchRate.FindSubmatch(out)
	if found == nil {
		return 0, fmt.Errorf("pgbench printed no rate: %s", out)
	}
	return strconv.ParseFloat(string(found[1]), 64)
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
func (b *bench) callFunctionByPgx(course string, clients, callsPerClient int) (float64, error) {
	ctx, cancel := context.WithCancelCause(b.ctx)
	defer cancel(nil)
	conns := make([]*pgx.Conn, clients)
	for i := range conns {
		var err error
		if conns[i], err = pgx.Connect(ctx, b.function.database); err != nil {
			return 0, err
		}
		defer conns[i].Close(context.WithoutCancel(ctx))
	}
	start := time.Now()
	var callers sync.WaitGroup
	for client, conn := range conns {
		callers.Go(func() {
			for n := range callsPerClient {
				if _, err := conn.Exec(ctx, "SELECT enroll($1, $2)", course, fmt.Sprintf("%d-%d", client, n)); err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	callers.Wait()
	return float64(clients*callsPerClient) / time.Since(start).Seconds(), context.Cause(ctx)
}
