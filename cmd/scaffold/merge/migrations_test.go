package merge

import (
	"strings"
	"testing"
)

// Databases have run the migrations of the service. So the template's new ones come after them, and none of them changes.
func TestMigrations(t *testing.T) {
	t.Parallel()
	w := newWork(t, "services/booking")
	write(t, w.dir, map[string]string{"store/migrations/00003_own.sql": "-- own\n", "store/migrations/00004_more.sql": "-- more\n"})
	commitAll(t, w.repo, "Add tables")
	out, err := w.run(Change{})
	if err != nil {
		t.Fatal(out, err)
	}
	for _, want := range []string{"00004_c.sql becomes 00007_c.sql, after your own", "00001_a.sql stays, since", "00002_old.sql stays, since"} {
		if want = "services/booking/store/migrations/" + want; !strings.Contains(out, want) {
			t.Errorf("it prints %q, without %q", out, want)
		}
	}
	files := w.files(t)
	for name, want := range map[string]string{
		"00001_a.sql": "-- a\n", "00002_old.sql": "-- old\n", "00003_own.sql": "-- own\n", "00004_more.sql": "-- more\n",
		"00005_b.sql": "-- b\n", "00007_c.sql": "-- c\n", "00002_b.sql": "", "00003_old.sql": "", "00004_c.sql": "",
	} {
		if got := files["store/migrations/"+name]; got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}
