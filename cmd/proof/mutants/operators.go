package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// others are the operators that replace an operator: the opposite, and the neighbor at the boundary.
var others = map[token.Token][]token.Token{
	token.EQL: {token.NEQ}, token.NEQ: {token.EQL},
	token.LSS: {token.LEQ, token.GEQ}, token.LEQ: {token.LSS, token.GTR},
	token.GTR: {token.GEQ, token.LEQ}, token.GEQ: {token.GTR, token.LSS},
	token.LAND: {token.LOR}, token.LOR: {token.LAND},
	token.ADD: {token.SUB}, token.SUB: {token.ADD}, token.MUL: {token.QUO}, token.QUO: {token.MUL},
}

// waits are calls whose removal makes tests hang: each would take the whole limit.
var waits = []string{"Lock", "Unlock", "RLock", "RUnlock", "Wait", "Done"}

// clauses are methods of a query in a chain of calls.
var clauses = []string{"Where", "WhereOr", "Order", "OrderExpr", "Limit", "For", "Join", "Set", "Group", "Distinct", "On"}

var sqlWord = regexp.MustCompile(`\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|WHERE|FROM|JOIN|ORDER BY|AND|SET)\b`)

// A finder collects the changes of one Go file.
type finder struct {
	text  string
	file  *ast.File
	found []mutant
}

// changesOfGo returns the changes of a Go file that is not generated.
func changesOfGo(text string) ([]mutant, error) {
	file, err := parser.ParseFile(token.NewFileSet(), "", text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil || ast.IsGenerated(file) {
		return nil, err
	}
	f := &finder{text: text, file: file}
	for _, declaration := range file.Decls {
		if d, ok := declaration.(*ast.GenDecl); ok && d.Tok == token.IMPORT {
			continue
		}
		ast.Inspect(declaration, f.visit)
		ast.Inspect(declaration, func(n ast.Node) bool { // results belong to the innermost function
			switch n := n.(type) {
			case *ast.FuncDecl:
				f.returns(n.Body, n.Type)
			case *ast.FuncLit:
				f.returns(n.Body, n.Type)
			}
			return true
		})
	}
	return f.found, nil
}

func (f *finder) offset(pos token.Pos) int { return int(pos - f.file.FileStart) }

func (f *finder) code(n ast.Node) string { return f.text[f.offset(n.Pos()):f.offset(n.End())] }

func (f *finder) add(operator string, from, to token.Pos, new string) {
	f.found = append(f.found, mutant{operator: operator, from: f.offset(from), to: f.offset(to), new: new})
}

func (f *finder) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.Field:
		return n.Tag == nil // a tag is not SQL
	case *ast.IfStmt:
		f.add("negate condition", n.Cond.Pos(), n.Cond.End(), "!("+f.code(n.Cond)+")")
		f.add("empty the block", n.Body.Lbrace, n.Body.End(), "{}")
	case *ast.BinaryExpr:
		for _, other := range others[n.Op] {
			f.add("replace operator", n.OpPos, n.OpPos+token.Pos(len(n.Op.String())), other.String())
		}
	case *ast.BlockStmt:
		f.statements(n.List)
	case *ast.CaseClause:
		f.statements(n.Body)
	case *ast.CommClause:
		f.statements(n.Body)
	case *ast.CallExpr:
		if s, ok := n.Fun.(*ast.SelectorExpr); ok && slices.Contains(clauses, s.Sel.Name) {
			f.add("remove clause", s.X.End(), n.End(), "")
		}
	case *ast.BasicLit:
		f.literal(n)
	}
	return true
}

func (f *finder) statements(list []ast.Stmt) {
	for _, s := range list {
		switch s := s.(type) {
		case *ast.ExprStmt:
			if call, ok := s.X.(*ast.CallExpr); ok && isWait(call) {
				continue
			}
		case *ast.AssignStmt:
			if s.Tok == token.DEFINE {
				continue
			}
		case *ast.DeferStmt:
			if isWait(s.Call) {
				continue
			}
		case *ast.IncDecStmt, *ast.SendStmt, *ast.BranchStmt, *ast.GoStmt:
		default:
			continue
		}
		f.add("remove statement", s.Pos(), s.End(), "")
	}
}

func isWait(call *ast.CallExpr) bool {
	s, ok := call.Fun.(*ast.SelectorExpr)
	return ok && slices.Contains(waits, s.Sel.Name)
}

// literal changes an integer by one, and SQL as [changesOfSQL] does.
func (f *finder) literal(n *ast.BasicLit) {
	if n.Kind == token.INT {
		if value, err := strconv.ParseInt(n.Value, 0, 64); err == nil {
			f.add("constant + 1", n.Pos(), n.End(), strconv.FormatInt(value+1, 10))
			f.add("constant - 1", n.Pos(), n.End(), strconv.FormatInt(value-1, 10))
		}
	}
	if n.Kind == token.STRING && sqlWord.MatchString(n.Value) {
		quotes := n.Value[:1]
		f.found = append(f.found, changesOfSQL(strings.Trim(n.Value, quotes), f.offset(n.Pos())+1)...)
	}
}

// returns changes what the return statements of a function return: no error, the other boolean, or zero.
func (f *finder) returns(body *ast.BlockStmt, function *ast.FuncType) {
	if body == nil || function.Results == nil {
		return
	}
	var types []string
	for _, field := range function.Results.List {
		for range max(1, len(field.Names)) {
			types = append(types, f.code(field.Type))
		}
	}
	ast.Inspect(body, func(n ast.Node) bool {
		if _, ok := n.(*ast.FuncLit); ok {
			return false
		}
		r, ok := n.(*ast.ReturnStmt)
		if !ok || len(r.Results) != len(types) {
			return true
		}
		for i, result := range r.Results {
			was, now := f.code(result), ""
			switch types[i] {
			case "error":
				now = "nil"
			case "bool":
				now = "!(" + was + ")"
			case "string":
				now = `""`
			case "int", "int64", "uint64":
				now = "0"
			}
			if now != "" && was != now {
				f.add("return "+strings.TrimSuffix(now, "("+was+")"), result.Pos(), result.End(), now)
			}
		}
		return true
	})
}
