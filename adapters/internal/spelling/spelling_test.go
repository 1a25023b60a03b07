package spelling_test

import (
	"testing"

	"example.com/roster/adapters/internal/spelling"
)

func TestMeant(t *testing.T) {
	t.Parallel()
	known := []string{"status", "open", "pageSize"}
	for name, want := range map[string]string{
		"status": "status", "Status": "status", "STATUS": "status", "statuss": "status", "xstatus": "status", "stxatus": "status", "tatus": "status",
		"statu": "status", "sttus": "status", "statvs": "status", "ſtatus": "status", "tsatus": "status", "statsu": "status", "opne": "open",
		"pagesize": "pageSize", "page_size": "pageSize", "PageSizes": "pageSize", "pageSiez": "pageSize", "pen": "open", "o": "", "": "",
		"statusxx": "", "stat": "", "sattsu": "", "tastus": "", "state": "", "size": "", "page": "", "limit": "", "oepns": "", "nepo": "", "stutas": "",
	} {
		if got := spelling.Meant(name, known); got != want {
			t.Errorf("%q is meant to be %q, want %q", name, got, want)
		}
	}
	if got := spelling.Meant("x", []string{"a"}); got != "a" {
		t.Errorf("one letter for another: %q", got)
	}
	if got := spelling.Meant("status", nil); got != "" {
		t.Errorf("no name is known, but it is %q", got)
	}
}
