package dials

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// This version of Go has the functions that what is dialled passes.
func TestFunctionsOfPackageNetAreFound(t *testing.T) {
	t.Parallel()
	if _, err := changedNet(); err != nil {
		t.Error(err)
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "dials")
	if found, err := Read(file); err != nil || found != nil {
		t.Errorf("without a record: %q, %v", found, err)
	}
	if err := os.WriteFile(file, []byte("tcp b:1\nudp a:2\ntcp b:1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if found, err := Read(file); err != nil || !slices.Equal(found, []string{"tcp b:1", "udp a:2"}) {
		t.Errorf("%q, %v", found, err)
	}
}
