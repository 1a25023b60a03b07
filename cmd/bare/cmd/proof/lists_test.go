package proof_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"example.com/roster/cmd/bare/domain"
	"example.com/roster/cmd/bare/ports"
)

// constant matches a kind of error or a role, as the core declares it.
var constant = regexp.MustCompile(`(?m)^\s*(?:const )?\w+ +(?:domain\.)?(Kind|Role) += "([^"]+)"`)

// Every kind and every role that the core declares is in its list, and every role can get a token.
func TestLists(t *testing.T) {
	t.Parallel()
	s := system{url: "memory:", data: t.TempDir()}
	help := s.must(t, "", "token", "--help")
	kinds, roles := ports.Kinds(), 0
	for _, folder := range []string{"domain", "ports"} {
		files, err := filepath.Glob("../../" + folder + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range constant.FindAllStringSubmatch(string(text), -1) {
				if c[1] == "Role" {
					roles++
					if !ports.Role(c[2]).Valid() || !strings.Contains(help, c[2]) {
						t.Errorf("%s has the role %s: add it to Role.Valid, and to the help of token", file, c[2])
					}
					s.must(t, "", "token", "--subject", "me", "--role", c[2])
					continue
				}
				n := len(kinds)
				if kinds = slices.DeleteFunc(kinds, func(k domain.Kind) bool { return string(k) == c[2] }); len(kinds) != n-1 {
					t.Errorf("%s has the kind %s, which Kinds does not return once", file, c[2])
				}
			}
		}
	}
	if len(kinds) > 0 || roles < 3 {
		t.Errorf("the source lacks %q, and has %d roles", kinds, roles)
	}
}
