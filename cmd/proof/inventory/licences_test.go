package main

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

func TestLicenceOf(t *testing.T) {
	t.Parallel()
	mit := readFile(t, "../../../LICENSE")
	for _, test := range []struct {
		name, module string
		files        fstest.MapFS
		want, err    string
	}{
		{"one", "m", fstest.MapFS{"LICENSE": mit, "README.md": {Data: []byte("GPL")}}, "MIT", ""},
		{"several files", "m", fstest.MapFS{"LICENSE.txt": mit, "x/LICENSE": {Data: []byte("GPL")}, "vec-LICENCE": mit}, "MIT", ""},
		{"one that was read", "modernc.org/sqlite", fstest.MapFS{"LICENSE": mit, "LICENSE-SQLITE": {Data: []byte("free")}}, "MIT AND blessing", ""},
		{"none", "m", fstest.MapFS{"README.md": mit}, "", "m has no file with a licence"},
		{"unknown", "m", fstest.MapFS{"LICENSE": {Data: []byte("Ask us before you use it.")}}, "", "m: 0% of LICENSE is a known licence"},
		{"unknown beside a known one", "m", fstest.MapFS{"LICENSE": mit, "LICENSE-SQLITE": {Data: []byte("free")}}, "", "0% of LICENSE-SQLITE"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := licenceOf(test.module, test.files)
			if got != test.want || err == nil && test.err != "" || err != nil && (test.err == "" || !strings.Contains(err.Error(), test.err)) {
				t.Errorf("it is %q, %v, want %q and an error with %q", got, err, test.want, test.err)
			}
		})
	}
}

func readFile(t *testing.T, name string) *fstest.MapFile {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return &fstest.MapFile{Data: text}
}
