package main

import (
	"slices"
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
	core, rest := split(listed, false)
	if want := []string{"example.com/m/domain", "example.com/m/store"}; !slices.Equal(core, want) {
		t.Errorf("the core is %q, want %q", core, want)
	}
	if want := []string{"example.com/m/sql", "example.com/m/near", "example.com/m/cmd/tool", "example.com/m/ports"}; !slices.Equal(rest, want) {
		t.Errorf("the rest is %q, want %q", rest, want)
	}
	instrumented, rest := split(append(listed, of("example.com/m/cmd/scaffold/create", "fmt")), true)
	if want := []string{"example.com/m/cmd/scaffold/create"}; !slices.Equal(rest, want) || len(instrumented) != len(listed) {
		t.Errorf("of all, %q are not instrumented, want %q", rest, want)
	}
}
