package promises_test

import (
	"reflect"
	"testing"

	"example.com/roster/ports"
)

// A store of an embedder implements at most eight methods. A service adds those of its own use cases.
func TestStoreIsSmall(t *testing.T) {
	t.Parallel()
	if n := reflect.TypeFor[ports.Store]().NumMethod(); n > 8 {
		t.Errorf("ports.Store has %d methods, want at most 8", n)
	}
}
