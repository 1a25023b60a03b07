package usecase

import (
	"strings"
	"testing"
)

func TestInsertions(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		insert     insertion
		was, lines string
		now        string // empty: there is no target
		fails      string
	}{
		"a struct":     {endOf("T"), "package p\n\ntype T struct {\n\ta int // }\n}\n", "\tb int\n", "package p\n\ntype T struct {\n\ta int // }\n\tb int\n}\n", ""},
		"an interface": {endOf("T"), "package p\n\ntype T interface {\n\tA()\n}\n", "\tB\n", "package p\n\ntype T interface {\n\tA()\n\tB\n}\n", ""},
		"a type in a group": {endOf("T"), "package p\n\ntype (\n\tS int\n\tT struct {\n\t}\n)\n", "\t\tb int\n",
			"package p\n\ntype (\n\tS int\n\tT struct {\n\t\tb int\n\t}\n)\n", ""},
		"a struct that is empty":       {endOf("T"), "package p\n\ntype T struct {\n}\n", "\n\ta int\n", "package p\n\ntype T struct {\n\ta int\n}\n", ""},
		"a type that is none of these": {endOf("T"), "package p\n\ntype T int\n", "x", "", ""},
		"no such type":                 {endOf("T"), "package p\n\ntype S struct {\n}\n", "x", "", ""},
		"a type in one line":           {endOf("T"), "package p\n\ntype T struct{ a int }\n", "x", "", "break the line"},
		"no Go":                        {endOf("T"), "package p\n\ntype T struct {\n", "x", "", "can't be parsed"},
		"beside a type":                {endOfFileWith("T"), "package p\n\ntype T int\n\nvar a T\n", "\ntype S int\n", "package p\n\ntype T int\n\nvar a T\n\ntype S int\n", ""},
		"a table":                      {endOf("v"), "package p\n\nvar v = []int{\n\t1,\n}\n", "\t2,\n", "package p\n\nvar v = []int{\n\t1,\n\t2,\n}\n", ""},
		"what is returned":             {endOf("F"), "package p\n\nfunc F() []int {\n\treturn []int{\n\t\t1,\n\t}\n}\n", "\t\t2,\n", "package p\n\nfunc F() []int {\n\treturn []int{\n\t\t1,\n\t\t2,\n\t}\n}\n", ""},
		"nothing is returned":          {endOf("F"), "package p\n\nfunc F() {\n}\n", "x", "", ""},
		"no such function":             {endOf("F"), "package p\n\nfunc G() {\n}\n", "x", "", ""},
		"no table":                     {endOf("v"), "package p\n\nvar v, w = 1, 2\n", "x", "", ""},
		"a list":                       {endOfYAML("a"), "a:\n  - x\n# of b\nb:\n  c: 1\n", "  - y\n", "a:\n  - x\n  - y\n# of b\nb:\n  c: 1\n", ""},
		"a mapping within":             {endOfYAML("a", "b"), "a:\n  b:\n    x: 1\n\n  c: 2\n", "    y: 1\n", "a:\n  b:\n    x: 1\n\n    y: 1\n  c: 2\n", ""},
		"the last within":              {endOfYAML("a", "b"), "a:\n  b:\n    x: 1\nd: 2\n", "    y: 1\n", "a:\n  b:\n    x: 1\n    y: 1\nd: 2\n", ""},
		"the last of all":              {endOfYAML("a", "b"), "a:\n  b:\n    x: 1", "    y: 1\n", "a:\n  b:\n    x: 1\n    y: 1\n", ""},
		"no mapping":                   {endOfYAML("a", "z"), "a:\n  b: 1\n", "x", "", ""},
		"a mapping in one line":        {endOfYAML("a"), "a: {b: 1}\n", "x", "", ""},
		"no YAML":                      {endOfYAML("a"), "a: b: c\n", "x", "", "can't be parsed"},
		"a list of exported names": {exportedMethod("T"), "ports: type S int\nports: type T interface { A() error; C() }\nx\n", "B()",
			"ports: type S int\nports: type T interface { A() error; B(); C() }\nx\n", ""},
		"a list without the interface": {exportedMethod("T"), "ports: type S int\n", "B()", "", ""},
	} {
		now, found, err := c.insert([]byte(c.was), c.lines)
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
