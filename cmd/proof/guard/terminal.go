package guard

import (
	"fmt"
	"go/ast"
	"go/types"
	"regexp"
	"slices"
	"strings"
)

// terminals are the types of values that lead to a terminal. A builder of text in memory has another type.
var terminals = []string{"io.Writer", "*bufio.Writer", "*os.File"}

// writers are the functions that may write text: the first escapes what acts on a terminal, the second writes files.
var writers = []string{"writeLines", "writeCSV"}

// receivers are the functions that such a value may be passed to, and why.
var receivers = map[string]string{
	"cli.writeLines":       "it escapes the lines",
	"cli.Session.printTo":  "it calls writeLines",
	"cli.writeCSV":         "import reads it again, so it is not escaped; ids have no control characters",
	"bufio.NewWriter":      "its result is a value of these types, too",
	"slog.NewJSONHandler":  "a log line is JSON",
	"slog.NewTextHandler":  "a log line quotes its values",
	"cobra.Command.SetOut": "help and completions are the program's own text, and ids, whose characters are restricted",
	"cobra.Command.SetErr": "as SetOut",
	"app.terminal":         "a progress bar has no text from outside",
	"bufio.Writer.Flush":   "what it holds is escaped",
}

var (
	writes  = regexp.MustCompile(`^(?:Write\w*|ReadFrom|Print\w*)$`)
	printed = regexp.MustCompile(`^(?:fmt\.Print\w*|log\.(?:Print|Fatal|Panic)\w*)$`)
)

// Unescaped returns the places in these folders that write text to what may be a terminal, other than through the function that escapes
// it.
func (c *Code) Unescaped(folders ...string) (found []string) {
	for _, f := range c.Files {
		if f.info == nil || !slices.ContainsFunc(folders, func(folder string) bool { return strings.HasPrefix(f.Path, folder+"/") }) {
			continue
		}
		ast.Inspect(f.Syntax, func(node ast.Node) bool {
			switch n := node.(type) {
			case *ast.FuncDecl:
				return n.Recv != nil || !slices.Contains(writers, n.Name.Name)
			case *ast.CallExpr:
				if what := f.unescaped(n); what != "" {
					found = append(found, fmt.Sprintf("%s:%d: %s", f.Path, c.line(n), what))
				}
			}
			return true
		})
	}
	return found
}

// unescaped returns what is wrong with a call, or "".
func (f *File) unescaped(call *ast.CallExpr) string {
	if f.info.Types[call.Fun].IsType() { // a conversion
		return ""
	}
	name, method := types.ExprString(call.Fun), false
	switch fun := call.Fun.(type) {
	case *ast.SelectorExpr:
		_, short, _ := f.selected(fun)
		name = short
		method = f.terminal(fun.X) && writes.MatchString(fun.Sel.Name)
	case *ast.Ident:
		if o := f.info.Uses[fun]; o != nil && o.Pkg() != nil {
			name = o.Pkg().Name() + "." + o.Name()
		} else if name == "print" || name == "println" {
			return name + " writes to the terminal"
		}
	}
	switch {
	case method || printed.MatchString(name):
		return name + " writes to the terminal"
	case receivers[name] == "" && slices.ContainsFunc(call.Args, f.terminal):
		return name + " gets what leads to the terminal"
	}
	return ""
}

// terminal reports whether the value of an expression may lead to a terminal.
func (f *File) terminal(n ast.Expr) bool {
	t := f.info.Types[n]
	return t.IsValue() && slices.Contains(terminals, t.Type.String())
}
