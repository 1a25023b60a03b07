package postgres

import (
	"errors"
	"math"
	"regexp"
	"slices"
	"strings"
)

// Owner is the role of the user who owns the tables, in what [Accesses] returns.
const Owner = "owner"

// An Access is what the migrations let a role do with a table.
type Access struct {
	Table, Role string
	Read        []string // columns, or "*"
	Write       []string // such as "insert" or "update (learner_id)"
	Rows        string   // that row-level security shows: "one" tenant's at a time, "all" tenants', or "none"; "" if it is off
}

var (
	comment    = regexp.MustCompile(`--.*`)
	granting   = regexp.MustCompile(`\bGRANT\s+([^;]+?)\s+ON\s+([\w\s,]+?)\s+TO\s+([\w\s,]+?);`)
	privileged = regexp.MustCompile(`(\w+)(?:\s*\(([^)]*)\))?`)
	policy     = regexp.MustCompile(`CREATE POLICY \w+\s+ON (\w+)\s+(?:TO (\w+)\s+)?USING \((.*)\);`)
	listed     = regexp.MustCompile(`\w+`)
)

// Accesses returns what each role may do with each table, from the text of the migrations: it needs no server.
func Accesses() (all []Access, err error) {
	migrations, err := upTo(math.MaxInt64)
	if err != nil {
		return nil, err
	}
	text := comment.ReplaceAllString(strings.Join(migrations, "\n"), "")
	if strings.Contains(text, "REVOKE ") {
		return nil, errors.New("postgres: a migration has REVOKE, which Accesses does not know yet")
	}
	of := func(table, role string) *Access {
		i := slices.IndexFunc(all, func(a Access) bool { return a.Table == table && a.Role == role })
		if i < 0 {
			i, all = len(all), append(all, Access{Table: table, Role: role, Rows: rowsShown(text, table, role)})
		}
		return &all[i]
	}
	for _, statement := range granting.FindAllStringSubmatch(text, -1) {
		for _, table := range listed.FindAllString(statement[2], -1) {
			for _, role := range listed.FindAllString(statement[3], -1) {
				for _, p := range privileged.FindAllStringSubmatch(statement[1], -1) {
					of(table, role).grant(strings.ToLower(p[1]), listed.FindAllString(p[2], -1))
				}
			}
		}
	}
	for _, a := range slices.Clone(all) {
		owner := of(a.Table, Owner)
		owner.Read, owner.Write = []string{"*"}, []string{"insert", "update", "delete", "truncate"}
	}
	return all, nil
}

// grant adds a privilege: for columns, or for the whole table.
func (a *Access) grant(verb string, columns []string) {
	switch i := slices.IndexFunc(a.Write, func(w string) bool { return strings.HasPrefix(w, verb+" (") }); {
	case verb == "select" && columns == nil:
		a.Read = []string{"*"}
	case verb == "select":
		a.Read = append(a.Read, columns...)
	case columns == nil:
		a.Write = append(a.Write, verb)
	case i >= 0:
		a.Write[i] = strings.TrimSuffix(a.Write[i], ")") + ", " + strings.Join(columns, ", ") + ")"
	default:
		a.Write = append(a.Write, verb+" ("+strings.Join(columns, ", ")+")")
	}
}

// rowsShown returns what the policies of a table show to a role, and to its owner, who is subject to them, too.
func rowsShown(text, table, role string) string {
	if !regexp.MustCompile(`ALTER TABLE ` + table + `\s+ENABLE ROW LEVEL SECURITY`).MatchString(text) {
		return ""
	}
	shown := "none"
	for _, p := range policy.FindAllStringSubmatch(text, -1) {
		switch {
		case p[1] != table || p[2] != "" && p[2] != role:
		case !strings.Contains(p[3], "app.tenant"):
			return "all"
		default:
			shown = "one"
		}
	}
	return shown
}
