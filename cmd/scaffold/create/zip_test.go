package create

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

// The template is the same whether it is read from a checkout or from the module that Go downloads.
func TestTemplateOfAModuleZip(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	checkout, packed, unpacked := filepath.Join(dir, "checkout"), filepath.Join(dir, "module.zip"), filepath.Join(dir, "unpacked")
	if output, err := exec.CommandContext(t.Context(), "git", "-c", "safe.directory=*", "clone", "--quiet", "../../..", checkout).CombinedOutput(); err != nil {
		t.Skipf("NOT RUN: this is no checkout that git can clone: %v\n%s", err, output)
	}
	version := module.Version{Path: templateModule, Version: "v1.2.3"}
	file, err := os.Create(packed)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := zip.CreateFromVCS(file, version, checkout, "HEAD", ""); err != nil {
		t.Fatal(err)
	}
	if err := zip.Unzip(unpacked, version, packed); err != nil {
		t.Fatal(err)
	}
	want, err := Read(checkout)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Read(unpacked)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range want {
		if other, ok := got[name]; !ok || other != text {
			t.Errorf("%s is not the same in the module", name)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s is in the module only", name)
		}
	}
}
