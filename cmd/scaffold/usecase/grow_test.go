package usecase

import (
	"strings"
	"testing"
)

func TestGrowth(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		grow       growth
		was, lines string
		now        string // empty: there is no place
		fails      string
	}{
		"a struct":     {inType("T"), "package p\n\ntype T struct {\n\ta int // }\n}\n", "\tb int\n", "package p\n\ntype T struct {\n\ta int // }\n\tb int\n}\n", ""},
		"an interface": {inType("T"), "package p\n\ntype T interface {\n\tA()\n}\n", "\tB\n", "package p\n\ntype T interface {\n\tA()\n\tB\n}\n", ""},
		"a type in a group": {inType("T"), "package p\n\ntype (\n\tS int\n\tT struct {\n\t}\n)\n", "\t\tb int\n",
			"package p\n\ntype (\n\tS int\n\tT struct {\n\t\tb int\n\t}\n)\n", ""},
		"a struct that is empty":       {inType("T"), "package p\n\ntype T struct {\n}\n", "\n\ta int\n", "package p\n\ntype T struct {\n\ta int\n}\n", ""},
		"a type that is none of these": {inType("T"), "package p\n\ntype T int\n", "x", "", ""},
		"no such type":                 {inType("T"), "package p\n\ntype S struct {\n}\n", "x", "", ""},
		"a type in one line":           {inType("T"), "package p\n\ntype T struct{ a int }\n", "x", "", "break it"},
		"no Go":                        {inType("T"), "package p\n\ntype T struct {\n", "x", "", "can't be read"},
		"beside a type":                {besideType("T"), "package p\n\ntype T int\n\nvar a T\n", "\ntype S int\n", "package p\n\ntype T int\n\nvar a T\n\ntype S int\n", ""},
		"a table":                      {inVariable("v"), "package p\n\nvar v = []int{\n\t1,\n}\n", "\t2,\n", "package p\n\nvar v = []int{\n\t1,\n\t2,\n}\n", ""},
		"what is returned":             {inReturned("F"), "package p\n\nfunc F() []int {\n\treturn []int{\n\t\t1,\n\t}\n}\n", "\t\t2,\n", "package p\n\nfunc F() []int {\n\treturn []int{\n\t\t1,\n\t\t2,\n\t}\n}\n", ""},
		"nothing is returned":          {inReturned("F"), "package p\n\nfunc F() {\n}\n", "x", "", ""},
		"no such function":             {inReturned("F"), "package p\n\nfunc G() {\n}\n", "x", "", ""},
		"no table":                     {inVariable("v"), "package p\n\nvar v, w = 1, 2\n", "x", "", ""},
		"a list":                       {inYAML("a"), "a:\n  - x\n# of b\nb:\n  c: 1\n", "  - y\n", "a:\n  - x\n  - y\n# of b\nb:\n  c: 1\n", ""},
		"a mapping within":             {inYAML("a", "b"), "a:\n  b:\n    x: 1\n\n  c: 2\n", "    y: 1\n", "a:\n  b:\n    x: 1\n\n    y: 1\n  c: 2\n", ""},
		"the last within":              {inYAML("a", "b"), "a:\n  b:\n    x: 1\nd: 2\n", "    y: 1\n", "a:\n  b:\n    x: 1\n    y: 1\nd: 2\n", ""},
		"the last of all":              {inYAML("a", "b"), "a:\n  b:\n    x: 1", "    y: 1\n", "a:\n  b:\n    x: 1\n    y: 1\n", ""},
		"no mapping":                   {inYAML("a", "z"), "a:\n  b: 1\n", "x", "", ""},
		"a mapping in one line":        {inYAML("a"), "a: {b: 1}\n", "x", "", ""},
		"no YAML":                      {inYAML("a"), "a: b: c\n", "x", "", "can't be read"},
		"a promise": {inPromise("T"), "ports: type S int\nports: type T interface { A() error; C() }\nx\n", "B()",
			"ports: type S int\nports: type T interface { A() error; B(); C() }\nx\n", ""},
		"no promise": {inPromise("T"), "ports: type S int\n", "B()", "", ""},
	} {
		now, fits, err := c.grow([]byte(c.was), c.lines)
		switch {
		case c.fails != "":
			if err == nil || !strings.Contains(err.Error(), c.fails) {
				t.Errorf("%s: got %v", name, err)
			}
		case err != nil || fits != (c.now != "") || fits && string(now) != c.now:
			t.Errorf("%s: got %q, %t, %v", name, now, fits, err)
		}
	}
}
