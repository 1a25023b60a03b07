// Package steady finds uses of time by which a test could depend on the speed of the machine.
//
// A test waits for a condition, with a limit that only a hang reaches, or it runs in a bubble of testing/synctest, where time costs
// nothing. Any other sleep, timer, short deadline or comparison with the time that has passed has its reason on its line:
//
//	time.Sleep(time.Millisecond) // steady: makes it likely that a second handle is noticed
//
// A good reason says that the wait can only miss a fault, and never fails a right program.
package steady

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"example.com/roster/cmd/proof/source"
)

// enough is a limit that needs no reason. A right program does not reach it on any machine.
const enough = 10 * time.Second

// mark begins a reason. The reason is on the line of the use, or alone on the line before.
const mark = "// steady: "

// Check returns the uses of time in tests and test kits that have no reason, and the reasons that stand at no use.
func Check(tree *source.Tree) (found []string) {
	folders := make(map[string][]*source.File)
	for _, file := range tree.Files {
		if file.Test() || isKit(file.Folder()) {
			folders[file.Folder()] = append(folders[file.Folder()], file)
		}
	}
	for _, folder := range slices.Sorted(maps.Keys(folders)) {
		known := constantsOf(folders[folder])
		for _, file := range folders[folder] {
			found = append(found, check(file, known)...)
		}
	}
	return found
}

// isKit reports whether a folder is for tests alone.
func isKit(folder string) bool {
	return strings.HasSuffix(folder, "test") || path.Base(folder) == "membus" || strings.HasPrefix(folder, "cmd/proof/")
}

func check(file *source.File, known constants) (found []string) {
	report := func(line int, format string, args ...any) {
		found = append(found, fmt.Sprintf("%s:%d: ", file.Path, line)+fmt.Sprintf(format, args...))
	}
	for _, imported := range file.Imports() {
		if (imported.Path == "time" || imported.Path == "context") && imported.Name != imported.Path {
			report(imported.Line, "imports %s under another name: use its own, so that uses of time are visible", imported.Path)
		}
	}
	reasons := reasonsIn(file)
	for _, use := range usesIn(file, known) {
		if _, given := reasons[use.line]; !given {
			report(use.line, "%s depends on the machine's speed: wait for a condition with a limit of two minutes, use testing/synctest, "+
				"or give the reason behind %q", use.what, mark)
			continue
		}
		delete(reasons, use.line)
	}
	for _, line := range slices.Sorted(maps.Keys(reasons)) {
		report(line, "a reason without a use of time: %q", reasons[line])
	}
	return found
}

// reasonsIn returns the reasons by the line that they are for.
func reasonsIn(file *source.File) map[int]string {
	reasons := make(map[int]string)
	for _, group := range file.Syntax.Comments {
		for _, comment := range group.List {
			reason, found := strings.CutPrefix(comment.Text, mark)
			if !found || strings.TrimSpace(reason) == "" {
				continue
			}
			line, before := file.Line(comment), file.Text[:file.Offset(comment.Pos())]
			if code := before[bytes.LastIndexByte(before, '\n')+1:]; len(bytes.TrimSpace(code)) == 0 {
				line++ // it stands alone
			}
			reasons[line] = reason
		}
	}
	return reasons
}

// A use is the first use of time on a line.
type use struct {
	line int
	what string
}

// durations are the functions and fields with a limit that may be long enough, by the index of that argument.
var durations = map[string]int{
	"time.After": 0, "time.AfterFunc": 0, "time.NewTimer": 0, "context.WithTimeout": 1, "context.WithTimeoutCause": 1,
	"context.WithDeadline": 1, "context.WithDeadlineCause": 1, "net.DialTimeout": 2,
	".SetDeadline": 0, ".SetReadDeadline": 0, ".SetWriteDeadline": 0,
	".NextMsg": 0, ".FetchMaxWait": 0, ".ReadyForConnections": 0, // of NATS
}

// always are the functions that need a reason for any duration.
var always = []string{"time.Sleep", "time.NewTicker", "time.Tick"}

func usesIn(file *source.File, known constants) (uses []use) {
	measured := make(map[string]bool) // variables with the time that has passed
	add := func(node ast.Node, what string) {
		if n := len(uses); n == 0 || uses[n-1].line != file.Line(node) {
			uses = append(uses, use{file.Line(node), what})
		}
	}
	ast.Inspect(file.Syntax, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.FuncDecl:
			clear(measured)
		case *ast.AssignStmt:
			for i, right := range node.Rhs {
				if name, ok := node.Lhs[i].(*ast.Ident); ok && len(node.Lhs) == len(node.Rhs) {
					measured[name.Name] = measures(right, nil)
				}
			}
		case *ast.CallExpr:
			name := nameOf(node.Fun)
			if name == "synctest.Test" {
				return false
			}
			index, limited := durations[name]
			if method := name[strings.LastIndex(name, ".")+1:]; !limited {
				index, limited = durations["."+method]
			}
			if limited && index < len(node.Args) && !known.enough(node.Args[index]) {
				add(node, name)
			}
			if name == ".Add" && isNow(node.Fun.(*ast.SelectorExpr).X) && !known.past(node.Args[0]) && !known.enough(node.Args[0]) {
				add(node, "time.Now().Add")
			}
		case *ast.SelectorExpr:
			if name := nameOf(node); slices.Contains(always, name) {
				add(node, name)
			}
		case *ast.KeyValueExpr:
			if key, ok := node.Key.(*ast.Ident); ok && strings.HasSuffix(key.Name, "Timeout") && !known.enough(node.Value) {
				add(node, key.Name)
			}
		case *ast.BinaryExpr:
			if compares(node.Op) && (measures(node.X, measured) && !known.enough(node.Y) || measures(node.Y, measured) && !known.enough(node.X)) {
				add(node, "a comparison with the time that has passed")
			}
		}
		return true
	})
	return uses
}

func compares(op token.Token) bool {
	return op == token.LSS || op == token.GTR || op == token.LEQ || op == token.GEQ
}

// measures reports whether e is computed from time.Since, or from one of the variables.
func measures(e ast.Expr, variables map[string]bool) (found bool) {
	ast.Inspect(e, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.CallExpr:
			found = found || nameOf(node.Fun) == "time.Since"
		case *ast.Ident:
			found = found || variables[node.Name]
		case *ast.FuncLit:
			return false
		}
		return !found
	})
	return found
}

func isNow(e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	return ok && nameOf(call.Fun) == "time.Now"
}

// nameOf returns the name of a function as it is called, such as time.Sleep.
func nameOf(function ast.Expr) string {
	selector, ok := function.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	if from, ok := selector.X.(*ast.Ident); ok {
		return from.Name + "." + selector.Sel.Name
	}
	return "." + selector.Sel.Name
}
