package drawing

import (
	"fmt"
	"testing"
)

func TestPackages(t *testing.T) {
	t.Parallel()
	const want = "[{adapters/mail driven [ports] []} {adapters/sqlstore driven [ports] [Store]} {adapters/web driving [adapters/mail ports] [Commands]} {application core [ports] []} " +
		"{cmd/roster wiring [adapters/sqlstore adapters/web application] []} {domain core [] []} {ports core [domain] []}]"
	if got := fmt.Sprint(Packages(smallTree(t))); got != want {
		t.Errorf("the packages are\n%s\nwant\n%s", got, want)
	}
}
