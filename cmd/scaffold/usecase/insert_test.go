package usecase

import (
	"strings"
	"testing"
)

func TestInsertions(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file, where string
		was, lines  string
		now         string // empty: there is no target
		fails       string
	}{
		"a struct":     {"p.go", "end T", "package p\n\ntype T struct {\n\ta int // }\n}\n", "\tb int\n", "package p\n\ntype T struct {\n\ta int // }\n\tb int\n}\n", ""},
		"an interface": {"p.go", "end T", "package p\n\ntype T interface {\n\tA()\n}\n", "\tB\n", "package p\n\ntype T interface {\n\tA()\n\tB\n}\n", ""},
		"a type in a group": {"p.go", "end T", "package p\n\ntype (\n\tS int\n\tT struct {\n\t}\n)\n", "\t\tb int\n",
			"package p\n\ntype (\n\tS int\n\tT struct {\n\t\tb int\n\t}\n)\n", ""},
		"a struct that is empty":        {"p.go", "end T", "package p\n\ntype T struct {\n}\n", "\n\ta int\n", "package p\n\ntype T struct {\n\ta int\n}\n", ""},
		"a type that is none of these":  {"p.go", "end T", "package p\n\ntype T int\n", "x", "", ""},
		"no such type":                  {"p.go", "end T", "package p\n\ntype S struct {\n}\n", "x", "", ""},
		"a type in one line":            {"p.go", "end T", "package p\n\ntype T struct{ a int }\n", "x", "", "break the line"},
		"no Go":                         {"p.go", "end T", "package p\n\ntype T struct {\n", "x", "", "can't be parsed"},
		"beside a type":                 {"p.go", "file T", "package p\n\ntype T int\n\nvar a T\n", "\ntype S int\n", "package p\n\ntype T int\n\nvar a T\n\ntype S int\n", ""},
		"a table":                       {"p.go", "end v", "package p\n\nvar v = []int{\n\t1,\n}\n", "\t2,\n", "package p\n\nvar v = []int{\n\t1,\n\t2,\n}\n", ""},
		"what is returned":              {"p.go", "end F", "package p\n\nfunc F() []int {\n\treturn []int{\n\t\t1,\n\t}\n}\n", "\t\t2,\n", "package p\n\nfunc F() []int {\n\treturn []int{\n\t\t1,\n\t\t2,\n\t}\n}\n", ""},
		"nothing is returned":           {"p.go", "end F", "package p\n\nfunc F() {\n}\n", "x", "", ""},
		"no such function":              {"p.go", "end F", "package p\n\nfunc G() {\n}\n", "x", "", ""},
		"no table":                      {"p.go", "end v", "package p\n\nvar v, w = 1, 2\n", "x", "", ""},
		"a list":                        {"p.yaml", "end a", "a:\n  - x\n# of b\nb:\n  c: 1\n", "  - y\n", "a:\n  - x\n  - y\n# of b\nb:\n  c: 1\n", ""},
		"a mapping within":              {"p.yaml", "end a.b", "a:\n  b:\n    x: 1\n\n  c: 2\n", "    y: 1\n", "a:\n  b:\n    x: 1\n\n    y: 1\n  c: 2\n", ""},
		"the last within":               {"p.yaml", "end a.b", "a:\n  b:\n    x: 1\nd: 2\n", "    y: 1\n", "a:\n  b:\n    x: 1\n    y: 1\nd: 2\n", ""},
		"the last of all":               {"p.yaml", "end a.b", "a:\n  b:\n    x: 1", "    y: 1\n", "a:\n  b:\n    x: 1\n    y: 1\n", ""},
		"no mapping":                    {"p.yaml", "end a.z", "a:\n  b: 1\n", "x", "", ""},
		"a mapping in one line":         {"p.yaml", "end a", "a: {b: 1}\n", "x", "", ""},
		"no YAML":                       {"p.yaml", "end a", "a: b: c\n", "x", "", "can't be parsed"},
		"a file whose lines are sorted": {"p.txt", "sorted", "a\nc\n", "d\nb\n", "a\nb\nc\nd\n", ""},
		"a function that returns":       {"p.go", "body T.F", "package p\n\nfunc (T) F() int {\n\ta()\n\treturn 1\n}\n", "\tb()\n", "package p\n\nfunc (T) F() int {\n\ta()\n\tb()\n\treturn 1\n}\n", ""},
		"a function without a return":   {"p.go", "body F", "package p\n\nfunc F() {\n\ta()\n}\n", "\tb()\n", "package p\n\nfunc F() {\n\ta()\n\tb()\n}\n", ""},
		"no function":                   {"p.go", "body v", "package p\n\nvar v = 1\n", "x", "", ""},
	} {
		now, found, err := insertionAt(c.file, c.where)([]byte(c.was), c.lines)
		switch {
		case c.fails != "":
			if err == nil || !strings.Contains(err.Error(), c.fails) {
				t.Errorf("%s: got %v", name, err)
			}
		case err != nil || found != (c.now != "") || found && string(now) != c.now:
			t.Errorf("%s: got %q, %t, %v", name, now, found, err)
		}
	}
}
