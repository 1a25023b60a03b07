package identity

import (
	"fmt"
	"testing"
	"time"
)

// However many tokens there are, only so many are remembered, and the last one is.
func TestTooManyRecents(t *testing.T) {
	t.Parallel()
	var r recents
	now := time.Now()
	for i := range maxRecents + 10 {
		token := digestOf(fmt.Sprint(i))
		r.keep(token, recent{end: now.Add(time.Hour)})
		if _, ok := r.find(token, now); !ok {
			t.Fatalf("token %d is not remembered", i)
		}
	}
	if len(r.seen) != maxRecents {
		t.Errorf("%d are remembered", len(r.seen))
	}
}
