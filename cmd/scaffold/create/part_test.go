package create

import "testing"

// The owner's file of a service names only the tests and targets of make that the service has.
func TestOwnersFileIsPruned(t *testing.T) {
	t.Parallel()
	tree := Tree{"Makefile": "# make\nrun:\n\ntest:\n", "a_test.go": "package a\n\nfunc TestOne(t *testing.T) {}\n"}
	const text = "name: a\ntasks:\n  - title: x\n\nprocesses:\n  - name: p\n    shownBy:\n      - b_test.go:TestOne\n\nrequirements:\n" +
		"  - id: FR-1\n    shownBy:\n      - a_test.go:TestOne\n      - a_test.go:TestTwo\n      - make test\n" +
		"  - id: FR-2\n    shownBy:\n      - make bench\n  - id: FR-3\n    shownBy:\n      - make bench\n      - make run\n"
	const want = "name: a\ntasks:\n  - title: x\n\nprocesses:\n\nrequirements:\n" +
		"  - id: FR-1\n    shownBy:\n      - a_test.go:TestOne\n      - make test\n" +
		"  - id: FR-3\n    shownBy:\n      - make run\n"
	if got := pruneOwner(tree, text); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
