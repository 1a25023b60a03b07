#!/usr/bin/env bash
# If a program asks goose for the version of a new database, goose creates a table, and fails on a read-only connection.
#
# Guess:    Provider.HasPending, GetVersions and Status read. On a database without goose's table they answer that version 0 is
#           applied and all migrations are pending, and leave the database as it was, on a read-only connection too.
# Instead:  Each creates goose_db_version and inserts a row. On a read-only connection each retries for three seconds and returns an
#           error. The store's own check for the table, TableExists, is no way out for SQLite: it returns errors.ErrUnsupported.
# Versions: goose v3.29.0, modernc.org/sqlite v1.60.1.
# Source:   goose provider_run.go:331, ensureVersionTable, which these methods call; their comments
#           (provider.go:159-180) do not say so. TableExists: database/dialects.go:180, and no such query in
#           internal/dialects/sqlite3.go, although database/store_extended.go names sqlite_master as its example.
#           https://github.com/pressly/goose/pull/1120 is open.
# Users:    A health check or a `status` command that runs before the first migration writes to a database that it was only to
#           look at, and needs the right to create tables. To read the version without writing, look for goose_db_version in
#           the catalog, then select max(version_id) of the applied rows.
# Exit:     0 the finding holds; 1 the behavior changed; 2 not run.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
cat >main.go <<'GO'
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"runtime/debug"
	"strings"
	"testing/fstest"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	_ "modernc.org/sqlite"
)

func main() {
	ctx := context.Background()
	info, _ := debug.ReadBuildInfo()
	for _, d := range info.Deps {
		if d.Path == "github.com/pressly/goose/v3" || d.Path == "modernc.org/sqlite" {
			fmt.Println(d.Path, d.Version)
		}
	}
	reads := []struct {
		name string
		read func(*goose.Provider) (string, error)
	}{
		{"HasPending", func(p *goose.Provider) (string, error) {
			pending, err := p.HasPending(ctx)
			return fmt.Sprint(pending), err
		}},
		{"GetVersions", func(p *goose.Provider) (string, error) {
			current, target, err := p.GetVersions(ctx)
			return fmt.Sprint(current, " of ", target), err
		}},
		{"Status", func(p *goose.Provider) (string, error) {
			status, err := p.Status(ctx)
			if err != nil {
				return "", err
			}
			return string(status[0].State), nil
		}},
	}
	for _, r := range reads {
		file := "file:" + r.name + ".db"
		db := open(file)
		exec(db, "CREATE TABLE unrelated (id int)")
		readOnly := open(file + "?mode=ro")
		started := time.Now()
		_, err := r.read(provider(readOnly))
		slow := time.Since(started) >= 3*time.Second
		fmt.Printf("%-11s read-only: fails: %v, after 3s or more: %v, tables: %s\n", r.name, err != nil, slow, tables(db))
		if err != nil && !strings.Contains(err.Error(), "create version table") {
			log.Fatal(err)
		}
		answer, err := r.read(provider(db))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%-11s writable:  %s, tables: %s\n", r.name, answer, tables(db))
	}
	store, err := database.NewStore(database.DialectSQLite3, "goose_db_version")
	if err != nil {
		log.Fatal(err)
	}
	_, err = store.(database.StoreExtender).TableExists(ctx, open("file:HasPending.db"))
	fmt.Println("TableExists is unsupported:", errors.Is(err, errors.ErrUnsupported))
}

func provider(db *sql.DB) *goose.Provider {
	p, err := goose.NewProvider(goose.DialectSQLite3, db, fstest.MapFS{
		"1_course.sql": {Data: []byte("-- +goose Up\nCREATE TABLE course (id int);\n")},
	})
	if err != nil {
		log.Fatal(err)
	}
	return p
}

func open(name string) *sql.DB {
	db, err := sql.Open("sqlite", name)
	if err != nil {
		log.Fatal(err)
	}
	return db
}

func exec(db *sql.DB, statement string) {
	if _, err := db.Exec(statement); err != nil {
		log.Fatal(err)
	}
}

func tables(db *sql.DB) (names string) {
	err := db.QueryRow(`SELECT group_concat(name, ' ') FROM (
		SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name)`).Scan(&names)
	if err != nil {
		log.Fatal(err)
	}
	return names
}
GO
go mod init finding >log 2>&1
go get github.com/pressly/goose/v3@v3.29.0 modernc.org/sqlite@v1.60.1 >>log 2>&1 || { cat log; echo "NOT RUN: the modules cannot be downloaded"; exit 2; }
go run . | tee output
diff output - <<'EXPECTED' || { echo "CHANGED: the finding does not hold as written"; exit 1; }
github.com/pressly/goose/v3 v3.29.0
modernc.org/sqlite v1.60.1
HasPending  read-only: fails: true, after 3s or more: true, tables: unrelated
HasPending  writable:  true, tables: goose_db_version unrelated
GetVersions read-only: fails: true, after 3s or more: true, tables: unrelated
GetVersions writable:  0 of 1, tables: goose_db_version unrelated
Status      read-only: fails: true, after 3s or more: true, tables: unrelated
Status      writable:  pending, tables: goose_db_version unrelated
TableExists is unsupported: true
EXPECTED
