package guard

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// openers are functions, types and variables that open something, by the name of their package's path. A type counts if a value of it
// is made. It does not if it is only named behind a *, as in a parameter.
var openers = regexp.MustCompile(`^(?:` + strings.Join([]string{
	// listeners
	`net\.(?:Listen(?:Config|IP|MulticastUDP|Packet|TCP|UDP|Unix|Unixgram)?|File(?:Listener|PacketConn|Conn))`,
	`crypto/tls\.Listen`,
	`net/http\.(?:Server|ListenAndServe(?:TLS)?|Serve(?:TLS)?|Handle(?:Func)?|DefaultServeMux)`,
	`net/http/httptest\.New\w*Server`,
	`github\.com/labstack/echo/v\d+\.\w+\.Start\w*`,
	`github\.com/nats-io/nats-server/v2/server\.(?:NewServer|New|Run)`,
	// files, and other processes, which may open anything
	`os\.(?:Create|CreateTemp|OpenFile|WriteFile|Mkdir|MkdirAll|MkdirTemp|Rename|Link|Symlink|CopyFS|OpenRoot|OpenInRoot|StartProcess)`,
	`io/ioutil\.\w+`,
	`os/exec\.\w+`,
	`syscall\.(?:Open\w*|Creat|Mkdir\w*|Rename\w*|Link\w*|Symlink\w*|Exec|ForkExec|StartProcess|Socket\w*|Bind|Listen|Connect)`,
	`github\.com/gofrs/flock\.New`,
	// outgoing connections
	`net\.(?:Dial\w*|Lookup\w*|Resolver|DefaultResolver)`,
	`crypto/tls\.(?:Dial\w*)`,
	`net/http\.(?:Client|Transport|DefaultClient|DefaultTransport|Get|Head|Post|PostForm)`,
	`net/smtp\.\w+`,
	`database/sql\.(?:Open|OpenDB)`,
	`github\.com/jackc/pgx/v5(?:/pgxpool|/pgconn)?\.(?:Connect\w*|New\w*Config|New)`,
	`github\.com/nats-io/nats\.go\.(?:Connect|Options\.Connect)`,
	`github\.com/coreos/go-oidc/v3/oidc\.(?:NewProvider|NewRemoteKeySet)`,
	`go\.opentelemetry\.io/otel/exporters/.*\.New\w*`,
}, "|") + `)$`)

// imports are packages that open something by other names than functions have, or register paths when they are imported.
var imports = regexp.MustCompile(`^(?:golang\.org/x/sys/.*|plugin|expvar|net/rpc.*|net/http/(?:cgi|fcgi|pprof))$`)

// An Opening is something that a file opens.
type Opening struct {
	File string
	Name string // as the table has it: package.Function, package.Type, a path, or import PATH
}

// Openings returns what the code opens, in order, and each once.
func (c *Code) Openings() []Opening {
	found := make(map[Opening]bool)
	for _, f := range c.Files {
		add := func(name string) { found[Opening{f.Path, name}] = true }
		for _, i := range f.Syntax.Imports {
			if path, _ := strconv.Unquote(i.Path.Value); imports.MatchString(path) {
				add("import " + path)
			} else if i.Name != nil && i.Name.Name == "." {
				add("import . " + path)
			}
		}
		pointed := make(map[ast.Expr]bool)
		ast.Inspect(f.Syntax, func(node ast.Node) bool {
			switch n := node.(type) {
			case *ast.StarExpr:
				pointed[n.X] = true
			case *ast.SelectorExpr:
				full, short, isType := f.selected(n)
				if openers.MatchString(full) && !(isType && pointed[n]) {
					add(short)
				}
			case *ast.CallExpr:
				if path, ok := f.handled(n); ok {
					add(path)
				}
			case *ast.ValueSpec:
				if len(n.Names) == 1 && n.Names[0].Name == "publicRoutes" && len(n.Values) == 1 {
					for _, path := range keys(n.Values[0]) {
						add(path)
					}
				}
			}
			return true
		})
	}
	return slices.SortedFunc(maps.Keys(found), func(a, b Opening) int {
		return strings.Compare(a.File+"\n"+a.Name, b.File+"\n"+b.Name)
	})
}

// selected returns the name of what a selector selects, with the path of its package and with the name of its package. A method's name
// begins with its type. Without types, only names after an import are known.
func (f *File) selected(n *ast.SelectorExpr) (full, short string, isType bool) {
	if f.info == nil {
		from, ok := n.X.(*ast.Ident)
		if !ok {
			return "", "", false
		}
		for _, i := range f.Syntax.Imports {
			path, _ := strconv.Unquote(i.Path.Value)
			if i.Name != nil && i.Name.Name == from.Name || i.Name == nil && strings.HasSuffix("/"+path, "/"+from.Name) {
				return path + "." + n.Sel.Name, from.Name + "." + n.Sel.Name, false
			}
		}
		return "", "", false
	}
	object := f.info.Uses[n.Sel]
	if object == nil || object.Pkg() == nil {
		return "", "", false
	}
	name := object.Name()
	switch o := object.(type) {
	case *types.TypeName:
		isType = true
	case *types.Func:
		if receiver := o.Signature().Recv(); receiver != nil {
			name = typeName(receiver.Type()) + "." + name
		}
	case *types.Var:
		if o.IsField() {
			return "", "", false
		}
	}
	return object.Pkg().Path() + "." + name, object.Pkg().Name() + "." + name, isType
}

// typeName returns the name of a type, or of the type that it points to.
func typeName(t types.Type) string {
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	if named, ok := t.(*types.Named); ok {
		return named.Obj().Name()
	}
	return ""
}

// handled returns the pattern that a call adds to a [net/http.ServeMux].
func (f *File) handled(call *ast.CallExpr) (string, bool) {
	n, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || len(call.Args) != 2 {
		return "", false
	}
	full, _, _ := f.selected(n)
	if full != "net/http.ServeMux.Handle" && full != "net/http.ServeMux.HandleFunc" {
		return "", false
	}
	if text, ok := literal(call.Args[0]); ok {
		return text, true
	}
	return "a pattern that is no literal", true
}

// keys returns the keys of a map. The empty one stands for every unknown path.
func keys(n ast.Expr) (all []string) {
	pairs, ok := n.(*ast.CompositeLit)
	if !ok {
		return []string{"a map that is no literal"}
	}
	for _, e := range pairs.Elts {
		if pair, ok := e.(*ast.KeyValueExpr); ok {
			text, ok := literal(pair.Key)
			switch {
			case !ok:
				text = "a path that is no literal"
			case text == "":
				text = "unknown paths"
			}
			all = append(all, text)
		}
	}
	return all
}

func literal(n ast.Expr) (string, bool) {
	if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
		text, err := strconv.Unquote(l.Value)
		return text, err == nil
	}
	return "", false
}
