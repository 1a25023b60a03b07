package create

import (
	"strings"
	"testing"
)

func TestEdits(t *testing.T) {
	t.Parallel()
	template := Tree{
		"a.go":   "package a\n\n// F does.\nfunc F() {}\n\n// G is.\ntype G int\n\nfunc (G) H() {}\n",
		"b.md":   "# B\n\n## One\n\nof one, two and three\n\n### Deeper\n\n## Two\n\nx\n",
		"c/d":    "",
		"f.go":   "package f\n\ntype T struct {\n\ta int\n\n\t// b is.\n\tb int\n}\n\nfunc F() {\n\tif true {\n\t\tG()\n\n\t\tG()\n\t}\n\n\tG(1)\n}\n",
		"g.md":   "# G\n\nOne\nline.\n\nTo try:\n\n```sh\na\n\nb\n```\n\n- an item\n  of two lines\n- a last one\n\n| row |\n| other |\n",
		"e.yaml": "paths:\n  /a:\n    get: 1\n  /b:\n    get: 2\n",
	}
	for edits, want := range map[string]Tree{
		"in a.go\nblock func F(":                                     {"a.go": "package a\n\n// G is.\ntype G int\n\nfunc (G) H() {}\n"},
		"in a.go\nblock type G int\nblock func (G) H(":               {"a.go": "package a\n\n// F does.\nfunc F() {}\n"},
		"in f.go\nblock \tb int":                                     {"f.go": strings.Replace(template["f.go"], "\n\t// b is.\n\tb int\n", "\n", 1)},
		"in f.go\nblock \tif true":                                   {"f.go": "package f\n\ntype T struct {\n\ta int\n\n\t// b is.\n\tb int\n}\n\nfunc F() {\n\n\tG(1)\n}\n"},
		"in g.md\nblock One":                                         {"g.md": strings.Replace(template["g.md"], "One\nline.\n\n", "", 1)},
		"in g.md\nblock To try":                                      {"g.md": strings.Replace(template["g.md"], "To try:\n\n```sh\na\n\nb\n```\n\n", "", 1)},
		"in g.md\nblock - an item\nblock | row":                      {"g.md": strings.NewReplacer("- an item\n  of two lines\n", "", "| row |\n", "").Replace(template["g.md"])},
		"in b.md\nsection ## One":                                    {"b.md": "# B\n\n## Two\n\nx\n"},
		"in b.md\nphrase¦one, two¦two¦":                              {"b.md": strings.Replace(template["b.md"], "one, two", "two", 1)},
		"in b.md\n- ## Two\n- \n- x\n+ ## Three":                     {"b.md": strings.Replace(template["b.md"], "## Two\n\nx", "## Three", 1)},
		"drop c":                                                     {"c/d": "gone"},
		"in e.yaml\nblock   /a:":                                     {"e.yaml": "paths:\n  /b:\n    get: 2\n"},
		"drop a.go\nin a.go\nphrase¦F does¦F did¦\nblock type G int": {"a.go": "gone"},
	} {
		tree := Tree{}
		for name, text := range template {
			tree[name] = text
		}
		e := editor{tree: tree, template: template}
		if err := e.apply(edits + "\n"); err != nil {
			t.Errorf("%s: %v", edits, err)
		}
		for name, text := range want {
			got, ok := tree[name]
			if text == "gone" && ok || text != "gone" && strings.TrimRight(got, "\n") != strings.TrimRight(text, "\n") {
				t.Errorf("after %s, %s is\n%s\nwant\n%s", edits, name, got, text)
			}
		}
	}
	for _, wrong := range []string{
		"drop nothing", "in nothing", "in a.go\nblock func Z(", "in b.md\nsection ## None", "in b.md\nphrase¦none¦¦", "in b.md\nphrase¦o¦¦",
		"in b.md\n- none", "in e.yaml\nblock   /c:", "what", "in b.md\nphrase¦one", "in b.md\n- ## Two\n+ ## Two\n+ a\n+ ## Two\n- ## Two",
	} {
		e := editor{tree: Tree{"a.go": template["a.go"], "b.md": template["b.md"], "e.yaml": template["e.yaml"]}, template: template}
		if err := e.apply(wrong + "\n"); err == nil {
			t.Errorf("%s: no error", wrong)
		}
	}
}

// The owner's file of a service names only the tests and targets of make that the service has.
func TestOwnersFileIsPruned(t *testing.T) {
	t.Parallel()
	tree := Tree{"Makefile": "# make\nrun:\n\ntest:\n", "a_test.go": "package a\n\nfunc TestOne(t *testing.T) {}\n"}
	const text = "name: a\ntasks:\n  - title: x\n\nprocesses:\n  - name: p\n    shownBy:\n      - b_test.go:TestOne\n\nrequirements:\n" +
		"  - id: FR-1\n    shownBy:\n      - a_test.go:TestOne\n      - a_test.go:TestTwo\n      - make test\n" +
		"  - id: FR-2\n    shownBy:\n      - make bench\n  - id: FR-3\n    shownBy:\n      - make bench\n      - make run\n"
	const want = "name: a\ntasks:\n  - title: x\n\nprocesses:\n\nrequirements:\n" +
		"  - id: FR-1\n    shownBy:\n      - a_test.go:TestOne\n      - make test\n" +
		"  - id: FR-3\n    shownBy:\n      - make run\n"
	if got := pruneOwner(tree, text); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
