package naming

import (
	"slices"
	"strings"
)

// reserved are the words that name no table and no column without quotes: in PostgreSQL those of pg_get_keywords() with the category
// R or T, in SQLite those of https://sqlite.org/lang_keywords.html that its parser does not take as a name.
var reserved = strings.Fields(`
all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation column concurrently
constraint create cross current_catalog current_date current_role current_schema current_time current_timestamp current_user default
deferrable desc distinct do else end except false fetch for foreign freeze from full grant group having ilike in initially inner
intersect into is isnull join lateral leading left like limit localtime localtimestamp natural not notnull null offset on only or order
outer overlaps placing primary references returning right select session_user similar some symmetric table tablesample then to trailing
true union unique user using variadic verbose when where window with
add alter autoincrement between commit delete drop escape exists index insert nothing set transaction update values`)

// IsReserved reports whether a word is a keyword of PostgreSQL or SQLite, so that SQL has no table and no column of this name.
func IsReserved(word string) bool { return slices.Contains(reserved, word) }
