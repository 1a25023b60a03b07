#!/usr/bin/env bash
# After a batch fails, pgx closes its prepared statements and prepares them again: two more round trips for the next batch.
#
# Guess:    A unique violation says something about the data and nothing about the statements. They stay prepared, and the same
#           batch takes one round trip afterwards, as it did before.
# Instead:  The connection drops every statement of the failed batch from its cache, those that succeeded too. The next call
#           on the connection closes them (one round trip), and the next batch prepares them (one more) before it runs.
#           Statements that were not in the failed batch stay prepared.
# Versions: pgx v5.12.0 with its default, QueryExecModeCacheStatement; PostgreSQL 15.18. With pgx v5.7.5 the statements
#           stayed prepared.
# Source:   pgx batch.go:604, invalidateCachesOnBatchResultsError: any error, every queued statement; conn.go:1455,
#           deallocateInvalidatedCachedStatements. It repairs statements that a change of the schema made invalid
#           (https://github.com/jackc/pgx/issues/2360), and does not look at the error's code.
# Users:    Do not use an error as an expected answer on a busy path: a duplicate key under ON CONFLICT DO NOTHING keeps the
#           statements, a unique violation that the program catches does not. A retry on the same connection takes three
#           round trips, not one.
# Exit:     0 the finding holds; 1 the behavior changed; 2 not run.
set -euo pipefail
bin=$(dirname "$(readlink -f "$(command -v initdb || ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null | tail -n 1)")")
if [ ! -x "$bin/initdb" ] || [ ! -x "$bin/pg_ctl" ]; then
	echo "NOT RUN: no PostgreSQL server (initdb, pg_ctl)"
	exit 2
fi
dir=$(mktemp -d /tmp/finding.XXXXXX) # short: a socket's path has at most 107 bytes
run() { "$@"; }
if [ "$(id -u)" = 0 ]; then # the server refuses to run as root
	run() { setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups "$@"; }
	chown nobody "$dir"
fi
trap 'run "$bin/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$dir"' EXIT
cd "$dir"
run "$bin/initdb" -D "$dir/data" -U finding -A trust >/dev/null
run "$bin/pg_ctl" -D "$dir/data" -o "-k $dir -c listen_addresses=''" -l "$dir/log" -w start >/dev/null
mkdir program && cd program
export GOWORK=off GOFLAGS=-mod=mod
cat >main.go <<'GO'
package main

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"runtime/debug"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"
)

func main() {
	ctx := context.Background()
	info, _ := debug.ReadBuildInfo()
	for _, d := range info.Deps {
		if d.Path == "github.com/jackc/pgx/v5" {
			fmt.Println("pgx", d.Version)
		}
	}
	conn, err := pgx.Connect(ctx, os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "CREATE TABLE seats (id int PRIMARY KEY)"); err != nil {
		log.Fatal(err)
	}
	var trace bytes.Buffer
	conn.PgConn().Frontend().Trace(&trace, pgproto3.TracerOptions{SuppressTimestamps: true})
	fmt.Printf("%-38s %5s %5s %11s  %s\n", "", "Parse", "Close", "round trips", "SQLSTATE")
	step := func(name string, id int, statements ...string) {
		trace.Reset()
		batch := &pgx.Batch{}
		for _, s := range statements {
			batch.Queue(s, id)
		}
		err := conn.SendBatch(ctx, batch).Close()
		state := "-"
		if e, ok := err.(interface{ SQLState() string }); ok {
			state = e.SQLState()
		} else if err != nil {
			log.Fatal(err)
		}
		sent := func(message string) int { return strings.Count(trace.String(), "F\t"+message+"\t") }
		fmt.Printf("%-38s %5d %5d %11d  %s\n", name, sent("Parse"), sent("Close"), sent("Sync"), state)
	}
	three := []string{"SELECT id FROM seats WHERE id = $1", "INSERT INTO seats VALUES ($1)", "DELETE FROM seats WHERE id < $1"}
	other := "SELECT id FROM seats WHERE id <> $1"
	skips := "INSERT INTO seats VALUES ($1) ON CONFLICT DO NOTHING"

	step("three statements", 1, three...)
	step("another statement", 1, other)
	step("a statement with ON CONFLICT", 1, skips)
	step("the three again", 2, three...)
	step("the three, a duplicate key", 2, three...)
	step("the three, after the failure", 3, three...)
	step("another statement, after the failure", 1, other)
	step("the three again", 4, three...)
	step("ON CONFLICT, a duplicate key", 4, skips)
	step("ON CONFLICT again", 4, skips)
}
GO
go mod init finding >log 2>&1
go get github.com/jackc/pgx/v5@v5.12.0 >>log 2>&1 || { cat log; echo "NOT RUN: the modules cannot be downloaded"; exit 2; }
"$bin/postgres" --version
go run . "host=$dir user=finding dbname=postgres" | tee output
diff output - <<'EXPECTED' || { echo "CHANGED: the finding does not hold as written"; exit 1; }
pgx v5.12.0
                                       Parse Close round trips  SQLSTATE
three statements                           3     0           2  -
another statement                          1     0           2  -
a statement with ON CONFLICT               1     0           2  -
the three again                            0     0           1  -
the three, a duplicate key                 0     0           1  23505
the three, after the failure               3     3           3  -
another statement, after the failure       0     0           1  -
the three again                            0     0           1  -
ON CONFLICT, a duplicate key               0     0           1  -
ON CONFLICT again                          0     0           1  -
EXPECTED
