#!/usr/bin/env bash
# modernc.org/sqlite ignores arguments that no placeholder takes, also in a prepared statement.
#
# Guess:    A query with two placeholders and three arguments is an error, as with pgx ("expected 2 arguments, got 3"). At the latest
#           a prepared statement knows how many it takes, and database/sql compares.
# Instead:  One argument too few is an error, and any number too many is none: neither for DB.Exec, nor for a prepared statement.
# Versions: modernc.org/sqlite v1.60.1 and v1.62.0.
# Source:   database/sql compares only if a driver's Stmt.NumInput is not negative; here it is -1. The package documents no number.
# Users:    A list of values that got longer than its statement, or a condition that was removed without its argument, is not noticed: the
#           values shift to other columns. Count the placeholders in a test of each statement that is built from parts.
# Exit:     0 the finding holds; 1 the behavior changed; 2 not run.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
cat >main.go <<'GO'
package main

import (
	"database/sql"
	"fmt"
	"strings"

	_ "modernc.org/sqlite"
)

func main() {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		panic(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("CREATE TABLE seats (course TEXT, learner TEXT)"); err != nil {
		panic(err)
	}
	const insert = "INSERT INTO seats VALUES (?, ?)"
	prepared, err := db.Prepare(insert)
	if err != nil {
		panic(err)
	}
	defer prepared.Close()
	for _, arguments := range [][]any{{"default"}, {"default", "go-101", "ada"}} {
		_, direct := db.Exec(insert, arguments...)
		_, later := prepared.Exec(arguments...)
		fmt.Printf("%d arguments for two placeholders: %v; prepared: %v\n", len(arguments), word(direct), word(later))
	}
	var rows int
	var course string
	if err := db.QueryRow("SELECT count(*), max(course) FROM seats").Scan(&rows, &course); err != nil {
		panic(err)
	}
	fmt.Printf("stored: %d rows, course %q\n", rows, course)
}

func word(err error) string {
	if err != nil && strings.Contains(err.Error(), "missing argument") {
		return "missing argument"
	}
	return fmt.Sprint(err)
}
GO
want='1 arguments for two placeholders: missing argument; prepared: missing argument
3 arguments for two placeholders: <nil>; prepared: <nil>
stored: 2 rows, course "default"'
for version in v1.60.1 v1.62.0; do
	rm -f go.mod go.sum
	go mod init trial >/dev/null 2>&1
	go get "modernc.org/sqlite@$version" >log 2>&1 || { cat log; echo "NOT RUN: the module cannot be downloaded"; exit 2; }
	echo "modernc.org/sqlite $version"
	got=$(go run . 2>&1) || true
	echo "$got"
	[ "$got" = "$want" ] || { echo "the behavior changed"; exit 1; }
done
echo "the finding holds"
