package proof_test

import (
	"fmt"
	"go/ast"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"example.com/roster/cmd/proof/overlay"
	"example.com/roster/cmd/proof/source"
)

// switches are the two functions with a type switch over actions. Everything else an action carries itself.
var switches = map[string]string{"application/decide.go": "action", "adapters/nats/codec_command.go": "setAction"}

// Every action is decided and has a form in the queue, or is refused there by name, and no other code switches over actions.
func TestActionsAreComplete(t *testing.T) {
	t.Parallel()
	tree, err := source.Read(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	for _, violation := range incomplete(tree) {
		t.Error(violation)
	}
}

// incomplete returns what is wrong with the type switches over the actions of package ports.
func incomplete(tree *source.Tree) (violations []string) {
	var actions []string
	for _, f := range tree.Files {
		if f.Folder() != "ports" || f.Test() {
			continue
		}
		for _, d := range f.Syntax.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv != nil && fn.Name.Name == "sealed" {
				actions = append(actions, fmt.Sprint(fn.Recv.List[0].Type))
			}
		}
	}
	for _, f := range tree.Files {
		if f.Test() || strings.HasPrefix(f.Path, "cmd/") && !strings.HasPrefix(f.Path, "cmd/roster/") {
			continue
		}
		want := switches[f.Path]
		for _, d := range f.Syntax.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			handled := handledIn(fn, actions)
			switch {
			case len(handled) > 0 && fn.Name.Name != want:
				violations = append(violations, fmt.Sprintf("%s: %s switches over actions: let the action carry what differs", f.Path, fn.Name.Name))
			case fn.Name.Name == want:
				for _, a := range actions {
					if !slices.Contains(handled, a) {
						violations = append(violations, fmt.Sprintf("%s: %s has no case for ports.%s", f.Path, want, a))
					}
				}
			}
		}
	}
	return violations
}

// handledIn returns the actions that are cases of a type switch in a function.
func handledIn(fn *ast.FuncDecl, actions []string) (handled []string) {
	ast.Inspect(fn, func(n ast.Node) bool {
		s, ok := n.(*ast.TypeSwitchStmt)
		if !ok {
			return true
		}
		for _, clause := range s.Body.List {
			for _, e := range clause.(*ast.CaseClause).List {
				if sel, ok := e.(*ast.SelectorExpr); ok && fmt.Sprint(sel.X) == "ports" && slices.Contains(actions, sel.Sel.Name) {
					handled = append(handled, sel.Sel.Name)
				}
			}
		}
		return true
	})
	return handled
}

// transfer is a planted action, a method a line.
var transfer = []string{
	`func (Transfer) Name() string                      { return "transfer" }`,
	`func (a Transfer) CourseID() domain.CourseID       { return a.Course }`,
	`func (a Transfer) Learners() []domain.LearnerID    { return []domain.LearnerID{a.From, a.To} }`,
	`func (Transfer) MaxPromotions() int                { return 0 }`,
	`func (Transfer) OpenToPartners() bool              { return false }`,
	`func (a Transfer) Validate() error                 { return a.Course.Validate() }`,
	`func (a Transfer) AppendCanonical(b []byte) []byte { return appendText(append(b, 'T'), string(a.Course)) }`,
	`func (Transfer) sealed()                           {}`,
}

// A further action without one of its methods does not compile. With all of them it is named as not decided and without a
// form in the queue, until both switches have it.
func TestPlantedActionIsNoticed(t *testing.T) {
	t.Parallel()
	for i, method := range transfer {
		if out, err := compile(t, slices.Delete(slices.Clone(transfer), i, i+1)); err == nil {
			t.Errorf("compiles without %q", method)
		} else if !strings.Contains(out, "Transfer does not implement Action") {
			t.Errorf("without %q: %v\n%s", method, err, out)
		}
	}
	if out, err := compile(t, transfer); err != nil {
		t.Errorf("the whole action: %v\n%s", err, out)
	}
	planted := map[string]string{
		"ports/action.go":                "package ports\n\ntype Transfer struct{}\n\nfunc (Transfer) sealed() {}\n",
		"application/decide.go":          "package application\n\nfunc action(a any) {\n\tswitch a.(type) {\n\t}\n}\n",
		"adapters/nats/codec_command.go": "package nats\n\nfunc setAction(a any) {\n\tswitch a.(type) {\n\tcase ports.Transfer:\n\t}\n}\n",
		"adapters/worker/worker.go":      "package worker\n\nfunc learner(a any) {\n\tswitch a.(type) {\n\tcase ports.Transfer:\n\t}\n}\n",
	}
	want := []string{
		"adapters/worker/worker.go: learner switches over actions: let the action carry what differs",
		"application/decide.go: action has no case for ports.Transfer",
	}
	files := fstest.MapFS{"go.mod": {Data: []byte("module m\n")}}
	for path, text := range planted {
		files[path] = &fstest.MapFile{Data: []byte(text)}
	}
	tree, err := source.Read(files)
	if err != nil {
		t.Fatal(err)
	}
	if got := incomplete(tree); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// compile builds package ports with the planted action of these methods.
func compile(t *testing.T, methods []string) (string, error) {
	t.Helper()
	text := "package ports\n\nimport \"example.com/roster/domain\"\n\ntype Transfer struct {\n\tCourse   domain.CourseID\n\tFrom, To domain.LearnerID\n}\n\n" +
		"var _ Action = Transfer{}\n\n" + strings.Join(methods, "\n") + "\n"
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	config, err := overlay.Write(t.TempDir(), map[string][]byte{filepath.Join(root, "ports", "transfer.go"): []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-overlay", config, "./ports")
	build.Dir = root
	out, err := build.CombinedOutput()
	return string(out), err
}
