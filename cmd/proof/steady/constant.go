package steady

import (
	"go/ast"
	"go/constant"
	"go/token"
	"time"

	"example.com/roster/cmd/proof/source"
)

// constants are the constants of a package by name. A name with two of them is nil.
type constants map[string]ast.Expr

func constantsOf(files []*source.File) constants {
	known := make(constants)
	for _, file := range files {
		ast.Inspect(file.Syntax, func(node ast.Node) bool {
			declaration, ok := node.(*ast.GenDecl)
			if !ok || declaration.Tok != token.CONST {
				return true
			}
			for _, spec := range declaration.Specs {
				spec := spec.(*ast.ValueSpec)
				for i, name := range spec.Names {
					value := ast.Expr(nil)
					if _, twice := known[name.Name]; !twice && i < len(spec.Values) {
						value = spec.Values[i]
					}
					known[name.Name] = value
				}
			}
			return true
		})
	}
	return known
}

// enough reports whether e is at least [enough], as a duration or as a time from now, or no time at all.
func (known constants) enough(e ast.Expr) bool {
	if literal, ok := e.(*ast.CompositeLit); ok {
		return len(literal.Elts) == 0 // time.Time{}: no deadline
	}
	if call, ok := e.(*ast.CallExpr); ok && len(call.Args) == 1 {
		if selector, ok := call.Fun.(*ast.SelectorExpr); ok && selector.Sel.Name == "Add" { // time.Now().Add(d)
			e = call.Args[0]
		}
	}
	d, ok := known.duration(e)
	return ok && d >= enough
}

// past reports whether e is less than 0.
func (known constants) past(e ast.Expr) bool {
	d, ok := known.duration(e)
	return ok && d < 0
}

func (known constants) duration(e ast.Expr) (d time.Duration, ok bool) {
	value := known.value(e)
	if value.Kind() != constant.Int {
		return 0, false
	}
	nanoseconds, ok := constant.Int64Val(value)
	return time.Duration(nanoseconds), ok
}

var units = map[string]time.Duration{
	"Nanosecond": time.Nanosecond, "Microsecond": time.Microsecond, "Millisecond": time.Millisecond,
	"Second": time.Second, "Minute": time.Minute, "Hour": time.Hour,
}

// value returns the value of a constant expression, or an unknown value.
func (known constants) value(e ast.Expr) constant.Value {
	switch e := e.(type) {
	case *ast.BasicLit:
		return constant.MakeFromLiteral(e.Value, e.Kind, 0)
	case *ast.UnaryExpr:
		if x := known.value(e.X); x.Kind() == constant.Int && e.Op == token.SUB {
			return constant.UnaryOp(e.Op, x, 0)
		}
	case *ast.ParenExpr:
		return known.value(e.X)
	case *ast.Ident:
		if declared := known[e.Name]; declared != nil {
			return known.value(declared)
		}
	case *ast.SelectorExpr:
		if unit, ok := units[e.Sel.Name]; ok {
			return constant.MakeInt64(int64(unit))
		}
	case *ast.BinaryExpr:
		x, y := known.value(e.X), known.value(e.Y)
		if x.Kind() == constant.Int && y.Kind() == constant.Int && (e.Op == token.MUL || e.Op == token.ADD || e.Op == token.SUB) {
			return constant.BinaryOp(x, e.Op, y)
		}
	}
	return constant.MakeUnknown()
}
