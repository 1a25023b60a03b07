package pgtest

import "testing"

func TestNewest(t *testing.T) {
	t.Parallel()
	const want = "/usr/lib/postgresql/17/bin"
	if got := newest([]string{"/usr/lib/postgresql/10/bin", want, "/usr/lib/postgresql/9.6/bin"}); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
