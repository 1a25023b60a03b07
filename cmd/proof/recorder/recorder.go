// Package recorder records the functions that a request passes, in order. It builds the program with a call of entered.Function at the
// start of each function, by an overlay: the source stays as it is.
package recorder

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"example.com/roster/cmd/proof/overlay"
	"example.com/roster/cmd/proof/source"
)

// Build builds a package of the module at root, such as ./cmd/roster, into the folder dir, until ctx ends, and returns the path of the
// program. The program records if entered.Variable names a file.
func Build(ctx context.Context, root, dir, pkg string) (program string, err error) {
	if root, err = filepath.Abs(root); err != nil { // an overlay has absolute paths
		return "", err
	}
	tree, err := source.Read(os.DirFS(root))
	if err != nil {
		return "", err
	}
	client, replace, err := changedClient(ctx, root, dir, tree.Module)
	if err != nil {
		return "", err
	}
	for _, file := range tree.Files {
		if Recorded(file) {
			replace[filepath.Join(root, file.Path)] = instrument(tree.Module, file)
		}
	}
	return overlay.Build{Root: root, Dir: dir, Package: pkg, Replace: replace, Flags: []string{client}}.Program(ctx)
}

const client = "github.com/nats-io/nats.go"

// changedClient copies the client of the broker into dir. There, every message that is sent passes the first function below, and a package
// reads the data of a message by the second. It returns the flag that makes go build take the copy, since an overlay may not change a
// module that was downloaded, and the new texts of files.
func changedClient(ctx context.Context, root, dir, module string) (flag string, replace map[string][]byte, err error) {
	folder := filepath.Join(dir, "client")
	run := func(arguments ...string) (output []byte) {
		if err == nil {
			command := exec.CommandContext(ctx, "go", arguments...)
			command.Dir = root
			output, err = command.Output()
		}
		return bytes.TrimSpace(output)
	}
	original := run("list", "-m", "-f", "{{.Dir}}", client)
	for _, name := range []string{"go.mod", "go.sum"} {
		text, wrong := os.ReadFile(filepath.Join(root, name))
		err = cmp.Or(err, wrong, os.WriteFile(filepath.Join(dir, name), text, 0o600))
	}
	run("mod", "edit", "-replace="+client+"="+folder, filepath.Join(dir, "go.mod"))
	if err != nil {
		return "", nil, err
	}
	if err := os.CopyFS(folder, os.DirFS(string(original))); err != nil {
		return "", nil, err
	}
	replace, err = overlay.In(folder,
		overlay.Insertion{File: "nats.go", Function: "Conn.publish", Import: importOf(module), Code: fmt.Sprintf("entered_.Sent(%q, subj, data);", module)},
		overlay.Insertion{File: "jetstream/message.go", Function: "jetStreamMsg.Data", Import: importOf(module),
			Code: fmt.Sprintf("entered_.Received(%q, m.msg.Subject);", module)})
	return "-modfile=" + filepath.Join(dir, "go.mod"), replace, err
}

// importOf returns the import of package entered.
func importOf(module string) string {
	return fmt.Sprintf("entered_ %q", module+"/cmd/proof/recorder/entered")
}

// Recorded reports whether the functions of a file are recorded: hand-written code of the core, the adapters, the program, and a partner.
func Recorded(file *source.File) bool {
	top, _, _ := strings.Cut(file.Path, "/")
	return !file.Test() && !file.Generated() &&
		(slices.Contains([]string{"domain", "ports", "application", "adapters"}, top) ||
			strings.HasPrefix(file.Path, "cmd/roster/") || strings.HasPrefix(file.Path, "cmd/example/payments/charging/"))
}

// instrument returns the text of a file with a call at the start of each function. A function literal has the name of the declaration
// that it is in.
func instrument(module string, file *source.File) []byte {
	insertions := map[int]string{file.Offset(file.Syntax.Name.End()): "; import " + importOf(module)}
	for _, declaration := range file.Syntax.Decls {
		name := overlay.NameOf(declaration)
		ast.Inspect(declaration, func(node ast.Node) bool {
			var body *ast.BlockStmt
			switch node := node.(type) {
			case *ast.FuncDecl:
				body = node.Body
			case *ast.FuncLit:
				body = node.Body
			}
			if body != nil {
				insertions[file.Offset(body.Lbrace)+1] = fmt.Sprintf("entered_.Function(%q, %q, %q);", module, file.Path, name) + carriers[file.Path+" "+name]
			}
			return true
		})
	}
	if len(insertions) == 1 {
		return file.Text
	}
	return overlay.Insert(file.Text, insertions)
}

// carriers are functions of which the arguments are recorded, too: SQL on its way to the database.
var carriers = map[string]string{
	"adapters/sqlite/prepare.go preparingConn.ExecContext":  `entered_.Carried("SQL", text, values);`,
	"adapters/sqlite/prepare.go preparingConn.QueryContext": `entered_.Carried("SQL", text, values);`,
}

// A Call is a function that was entered, or a message between a package and the broker.
type Call struct {
	File     string   // of the function
	Function string   // or the subject of a message
	Callers  []string // packages on the stack, the nearest first; or the broker; none if the caller is outside of the program
	Root     string   // of the goroutine
	Carried  []Carried
}

// Carried is what a function sends: SQL as its text and values, or a message as its body.
type Carried struct {
	Kind  string
	Parts []any // of JSON
}

// entersRoot reports whether the function is the root itself.
func (c Call) entersRoot() bool {
	root := strings.NewReplacer("(*", "", ")", "").Replace(c.Root)
	return strings.HasSuffix(root, "/"+path.Dir(c.File)+"."+c.Function)
}

// ReadCalls returns what programs have recorded into a file, in order.
func ReadCalls(file string) (calls []Call, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	text = text[:bytes.LastIndexByte(text, '\n')+1] // a program may be writing the next line
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) != 4 {
			return nil, fmt.Errorf("%s has a line %q", file, line)
		}
		if f[0] == "+" {
			if err := attach(calls, f); err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			continue
		}
		c := Call{File: f[0], Function: f[1], Root: f[3]}
		if f[2] != "-" {
			c.Callers = strings.Split(f[2], ",")
		}
		calls = append(calls, c)
	}
	return calls, nil
}

// attach adds what is carried to the last call of its root.
func attach(calls []Call, fields []string) error {
	text, err := url.QueryUnescape(fields[2])
	if err != nil {
		return err
	}
	carried := Carried{Kind: fields[1]}
	if err := json.Unmarshal([]byte(text), &carried.Parts); err != nil {
		return err
	}
	for i := len(calls) - 1; i >= 0; i-- {
		if calls[i].Root == fields[3] {
			calls[i].Carried = append(calls[i].Carried, carried)
			return nil
		}
	}
	return nil // the recording has begun between the two
}

// An Entry is a file with the functions that were entered, in order.
type Entry struct {
	File      string
	Functions []string
}

// Entries returns the files in the order in which a function of them was entered first, with each function once.
func Entries(calls []Call) (entries []Entry) {
	for _, c := range calls {
		i := slices.IndexFunc(entries, func(e Entry) bool { return e.File == c.File })
		if i < 0 {
			i, entries = len(entries), append(entries, Entry{File: c.File})
		}
		if !slices.Contains(entries[i].Functions, c.Function) {
			entries[i].Functions = append(entries[i].Functions, c.Function)
		}
	}
	return entries
}
