package record_test

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/doc"
	"iter"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/roster/cmd/proof/hexagon/drawing"
	"example.com/roster/cmd/proof/overlay"
	"example.com/roster/cmd/proof/source"
	"example.com/roster/ports/portstest"
)

// The process view in docs/architecture.md is what was observed in a whole run. To write it:
//
//	ROSTER_LONG=1 go test ./cmd/proof/record -run '^TestWholeRun$' -update
func requireProcessView(t *testing.T, view processView) {
	t.Helper()
	requireBlock(t, drawing.Document, "processes", view.draw())
	for change, tell := range map[string]func(*processView){
		"a goroutine less": func(v *processView) { v.goroutines["worker"] = v.goroutines["worker"][1:] },
		"a dial more":      func(v *processView) { v.dialled["worker"] = append(v.dialled["worker"], v.dialled["serve"]...) },
	} {
		lie := view
		lie.goroutines, lie.dialled = maps.Clone(view.goroutines), maps.Clone(view.dialled)
		if tell(&lie); lie.draw() == view.draw() {
			t.Errorf("%s draws the same view", change)
		}
	}
}

// lasting returns the functions that goroutines of a process run when it has nothing to do: those of the document, or else those that stay
// the same for some seconds.
func (p *process) lasting(t testing.TB) (names []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(drawing.Document)))
	if err != nil {
		t.Fatal(err)
	}
	documented := goroutinesIn(string(text), p.name)
	since := time.Now()
	portstest.Eventually(t, p.name+" starts and ends no more goroutines", func() bool {
		now := p.goroutines(t)
		if !slices.Equal(now, names) {
			names, since = now, time.Now()
		}
		return slices.Equal(short(now), documented) || time.Since(since) > 10*time.Second
	})
	return names
}

// A processView is what the processes of the program do, as observed.
type processView struct {
	behavior
	uses    []string            // names of what was dialled
	kinds   map[string]string   // of uses, in the record
	dialled map[string][]string // by command: the names of uses
	doc     func(function string) (link, text string)
}

// newProcessView replaces addresses by the uses that they belong to.
func newProcessView(t *testing.T, seen *behavior, addresses []address) processView {
	t.Helper()
	v := processView{behavior: *seen, kinds: make(map[string]string), dialled: make(map[string][]string)}
	for _, u := range theRecord(t).Uses {
		v.kinds[u.Name] = u.Kind
	}
	for _, a := range addresses {
		for command, dialled := range seen.dialled {
			if slices.ContainsFunc(dialled, func(d string) bool { return strings.HasSuffix(d, " "+a.at) }) {
				v.dialled[command] = append(v.dialled[command], a.use)
			}
		}
		v.uses = append(v.uses, a.use)
	}
	tree, err := source.Read(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	v.doc = func(function string) (string, string) { return docOf(t, tree, function) }
	return v
}

// draw returns a Mermaid block of serve and worker, a table of their goroutines, and one of what every command dials.
func (v processView) draw() string {
	var b strings.Builder
	b.WriteString("```mermaid\n%%{init: {\"flowchart\": {\"wrappingWidth\": 400}}}%%\nflowchart LR\n")
	all := slices.Compact(slices.Sorted(slices.Values(slices.Concat(v.goroutines["serve"], v.goroutines["worker"]))))
	both := slices.DeleteFunc(slices.Clone(all), func(g string) bool { return v.runsIn(g) != "serve, worker" })
	for id, group := range [][]string{
		slices.DeleteFunc(slices.Clone(all), func(g string) bool { return v.runsIn(g) != "serve" }), both,
		slices.DeleteFunc(slices.Clone(all), func(g string) bool { return v.runsIn(g) != "worker" }),
	} {
		if len(group) > 0 {
			fmt.Fprintf(&b, "  g%d[%q] --- %s\n", id, strings.Join(short(group), "<br/>"), strings.ReplaceAll(v.runsIn(group[0]), ", ", " & "))
		}
	}
	b.WriteString("  serve[[roster serve]]\n  worker[[roster worker]]\n")
	for kind, uses := range v.byKind("serve", "worker") {
		fmt.Fprintf(&b, "  %s([%q])\n", kind, strings.TrimSuffix("<b>"+kind+"</b><br/>"+strings.Join(uses, "<br/>"), "<br/>"+kind))
	}
	for _, command := range []string{"serve", "worker"} {
		for kind := range v.byKind(command) {
			fmt.Fprintf(&b, "  %s --> %s\n", command, kind)
		}
	}
	b.WriteString("```\n\n| goroutine | in | |\n| --- | --- | --- |\n")
	for _, g := range all {
		link, text := v.doc(strings.TrimSuffix(g, several))
		fmt.Fprintf(&b, "| [%s](../%s) | %s | %s |\n", short([]string{g})[0], link, v.runsIn(g), text)
	}
	fmt.Fprintf(&b, "\n| dials | %s |\n| --- |%s\n", strings.Join(v.uses, " | "), strings.Repeat(" :-: |", len(v.uses)))
	for _, command := range v.commands {
		fmt.Fprintf(&b, "| %s |", command)
		for _, use := range v.uses {
			mark := ""
			if slices.Contains(v.dialled[command], use) {
				mark = "x"
			}
			fmt.Fprintf(&b, " %s |", mark)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// runsIn returns the processes in which a goroutine runs.
func (v processView) runsIn(goroutine string) string {
	var in []string
	for _, command := range []string{"serve", "worker"} {
		if slices.Contains(v.goroutines[command], goroutine) {
			in = append(in, command)
		}
	}
	return strings.Join(in, ", ")
}

// byKind returns the uses that commands have dialled, by kind.
func (v processView) byKind(commands ...string) iter.Seq2[string, []string] {
	var kinds []string
	uses := make(map[string][]string)
	for _, u := range v.uses {
		if slices.ContainsFunc(commands, func(c string) bool { return slices.Contains(v.dialled[c], u) }) {
			kind := cmp.Or(v.kinds[u], u)
			if uses[kind] == nil {
				kinds = append(kinds, kind)
			}
			uses[kind] = append(uses[kind], u)
		}
	}
	return func(yield func(string, []string) bool) {
		for _, kind := range kinds {
			if !yield(kind, uses[kind]) {
				return
			}
		}
	}
}

// short returns functions without the folders of their packages.
func short(functions []string) (names []string) {
	for _, f := range functions {
		names = append(names, path.Base(f))
	}
	return names
}

// goroutinesIn returns the goroutines of a process that the document's table lists.
func goroutinesIn(text, process string) (found []string) {
	for _, row := range regexp.MustCompile(`(?m)^\| \[(\S+(?: × n)?)\]\(\S+\) \| ([a-z, ]+) \|`).FindAllStringSubmatch(text, -1) {
		if strings.Contains(row[2], process) {
			found = append(found, row[1])
		}
	}
	return found
}

// docOf returns the file of a function, such as application.Relay.Run, and the first sentence of its comment: of the port's, if it says no
// more than which port it implements.
func docOf(t testing.TB, tree *source.Tree, function string) (file, sentence string) {
	t.Helper()
	slash := strings.LastIndex(function, "/") + 1
	dot := slash + strings.Index(function[slash:], ".")
	for _, f := range tree.Files {
		if f.Folder() != function[:dot] || f.Test() {
			continue
		}
		for _, declaration := range f.Syntax.Decls {
			if d, ok := declaration.(*ast.FuncDecl); ok && overlay.NameOf(d) == function[dot+1:] {
				sentence = new(doc.Package).Synopsis(d.Doc.Text())
				if port := regexp.MustCompile(`implements \[ports\.(\w+)\]\.$`).FindStringSubmatch(sentence); port != nil {
					sentence = portDoc(tree, port[1], d.Name.Name)
				}
				return f.Path, sentence
			}
		}
	}
	t.Fatalf("no function %s", function)
	return "", ""
}

// portDoc returns the first sentence of the comment on a method of a port.
func portDoc(tree *source.Tree, port, method string) (sentence string) {
	for _, f := range tree.Files {
		if f.Folder() != "ports" || f.Test() {
			continue
		}
		ast.Inspect(f.Syntax, func(node ast.Node) bool {
			if spec, ok := node.(*ast.TypeSpec); ok && spec.Name.Name == port {
				for _, m := range spec.Type.(*ast.InterfaceType).Methods.List {
					if len(m.Names) > 0 && m.Names[0].Name == method {
						sentence = new(doc.Package).Synopsis(m.Doc.Text())
					}
				}
			}
			return true
		})
	}
	return sentence
}
