package postgres

import (
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
	Privileges  []Privilege
	Rows        string // that row-level security shows: "one" tenant's at a time, "all" tenants', or "none"; "" if it is off
}

// A Privilege is a right to SELECT, INSERT, UPDATE, DELETE or TRUNCATE.
type Privilege struct {
	Name    string
	Columns []string // none: the whole table
}

var (
	comment    = regexp.MustCompile(`--.*`)
	granting   = regexp.MustCompile(`(?s)\b(GRANT|REVOKE)\s+([^;]+?)\s+ON\s+([\w\s,]+?)\s+(?:TO|FROM)\s+([\w\s,]+?);`)
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
	of := func(table, role string) *Access {
		i := slices.IndexFunc(all, func(a Access) bool { return a.Table == table && a.Role == role })
		if i < 0 {
			i, all = len(all), append(all, Access{Table: table, Role: role, Rows: rowsShown(text, table, role)})
		}
		return &all[i]
	}
	for _, statement := range granting.FindAllStringSubmatch(text, -1) {
		for _, table := range listed.FindAllString(statement[3], -1) {
			for _, role := range listed.FindAllString(statement[4], -1) {
				of(table, role).change(statement[1] == "REVOKE", privileged.FindAllStringSubmatch(statement[2], -1))
			}
		}
	}
	for _, a := range slices.Clone(all) {
		of(a.Table, Owner).Privileges = []Privilege{{Name: "SELECT"}, {Name: "INSERT"}, {Name: "UPDATE"}, {Name: "DELETE"}, {Name: "TRUNCATE"}}
	}
	return all, nil
}

// change grants or revokes privileges.
func (a *Access) change(revoke bool, privileges [][]string) {
	for _, p := range privileges {
		changed := Privilege{p[1], listed.FindAllString(p[2], -1)}
		i := slices.IndexFunc(a.Privileges, func(had Privilege) bool { return had.Name == changed.Name })
		switch {
		case revoke:
			a.Privileges = slices.DeleteFunc(a.Privileges, func(had Privilege) bool { return had.Name == changed.Name || changed.Name == "ALL" })
		case i < 0:
			a.Privileges = append(a.Privileges, changed)
		case changed.Columns == nil || a.Privileges[i].Columns == nil:
			a.Privileges[i].Columns = nil
		default:
			a.Privileges[i].Columns = append(a.Privileges[i].Columns, changed.Columns...)
		}
	}
}

// rowsShown returns what the policies of a table show to a role, and to its owner, who is subject to them, too.
func rowsShown(text, table, role string) string {
	if !regexp.MustCompile(`ALTER TABLE ` + table + `\s+ENABLE ROW LEVEL SECURITY`).MatchString(text) {
		return ""
	}
	shown := "none"
	for _, p := range policy.FindAllStringSubmatch(text, -1) {
		switch tenant := strings.Contains(p[3], "app.tenant"); {
		case p[1] != table || p[2] != "" && p[2] != role:
		case !tenant:
			return "all"
		default:
			shown = "one"
		}
	}
	return shown
}
