package main

import (
	"slices"
	"strings"
	"testing"
)

func TestSplit(t *testing.T) {
	t.Parallel()
	of := func(path string, deps ...string) listing {
		l := listing{ImportPath: path, Deps: deps, TestGoFiles: []string{"a_test.go"}}
		l.Module.Path = "example.com/m"
		return l
	}
	untested := of("example.com/m/ports", "fmt")
	untested.TestGoFiles = nil
	listed := []listing{
		of("example.com/m/domain", "fmt", "vendor/golang.org/x/text"), of("example.com/m/store", "sync", "example.com/m/domain"),
		of("example.com/m/sql", "sync", "example.org/sql"), of("example.com/m/near", "example.com/mirror"),
		of("example.com/m/cmd/tool", "fmt"), untested,
	}
	core, rest := split(listed, "core")
	if want := []string{"example.com/m/domain", "example.com/m/store"}; !slices.Equal(core, want) {
		t.Errorf("the core is %q, want %q", core, want)
	}
	if want := []string{"example.com/m/sql", "example.com/m/near", "example.com/m/cmd/tool", "example.com/m/ports"}; !slices.Equal(rest, want) {
		t.Errorf("the rest is %q, want %q", rest, want)
	}
	if _, rest := split(listed, "layers"); !slices.Equal(rest, []string{"example.com/m/cmd/tool", "example.com/m/ports"}) {
		t.Errorf("outside the layers are %q", rest)
	}
	texts := []string{"example.com/m/cmd/scaffold/create", "example.com/m/cmd/proof/docs"}
	listed = append(listed, of("example.com/m/cmd/proof", "fmt"), of("example.com/m/cmd/proof/hostile", "fmt"))
	instrumented, rest := split(append(listed, of(texts[0], "fmt"), of(texts[1], "fmt")), "all")
	if want := append([]string{"example.com/m/ports"}, texts...); !slices.Equal(rest, want) || len(instrumented) != len(listed)-1 {
		t.Errorf("of all, %q are not instrumented, want %q", rest, want)
	}
}

func TestLeave(t *testing.T) {
	t.Chdir("..")
	var have []string
	listed, err := list(t.Context(), []string{"./..."}, []string{"./hexagon/...", "./docs"})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range listed {
		_, folder, _ := strings.Cut(l.ImportPath, "/cmd/proof")
		have = append(have, folder)
	}
	if !slices.Contains(have, "/runtests") || !slices.Contains(have, "/size") {
		t.Errorf("%q were listed", have)
	}
	for _, left := range []string{"/docs", "/hexagon", "/hexagon/drawing"} {
		if slices.Contains(have, left) {
			t.Errorf("%q is not left", left)
		}
	}
	if _, err := list(t.Context(), []string{"./..."}, []string{"./nothing"}); err == nil {
		t.Error("a pattern of no package is no error")
	}
	if listed, err := list(t.Context(), []string{"./size", "./arch"}, nil); err != nil || len(listed) != 2 {
		t.Errorf("of two packages, %v were listed, %v", listed, err)
	}
}
