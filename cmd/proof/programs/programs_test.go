package programs_test

import (
	"reflect"
	"testing"
	"testing/fstest"

	"example.com/roster/cmd/proof/programs"
	"example.com/roster/cmd/proof/source"
)

func TestProgram(t *testing.T) {
	t.Parallel()
	tree, err := source.Read(fstest.MapFS{
		"go.mod":         {Data: []byte("module m.example\n\nrequire (\n\tother.example v1.0.0\n\tother.example/deep/v2 v2.0.0\n)\n")},
		"main/main.go":   {Data: []byte("package main\n\nimport (\n\t\"fmt\"\n\t\"m.example/a\"\n\t\"other.example/deep/v2/x\"\n)\n")},
		"main/b_test.go": {Data: []byte("package main\n\nimport \"m.example/tested\"\n")},
		"main/gen.go":    {Data: []byte("//go:build ignore\n\npackage main\n\nimport \"m.example/tested\"\n")},
		"a/a_windows.go": {Data: []byte("package a\n\nimport \"other.example/y\"\n")},
		"a/a_plan9.go":   {Data: []byte("package a\n\nimport \"m.example/tested\"\n")},
		"tested/a.go":    {Data: []byte("package tested\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []programs.Package{{Folder: "a", Modules: []string{"other.example"}},
		{Folder: "main", Imports: []string{"a"}, Modules: []string{"other.example/deep/v2"}}}
	if got := programs.Of(tree, "main"); !reflect.DeepEqual(got, want) {
		t.Errorf("the program is %+v, want %+v", got, want)
	}
}
