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
	for _, want := range []string{"00004_c.sql becomes 00006_c.sql, after your own", "00001_a.sql stays, since", "00002_old.sql stays, since"} {
		if want = "services/booking/store/migrations/" + want; !strings.Contains(out, want) {
			t.Errorf("it prints %q, without %q", out, want)
		}
	}
	files := w.files(t)
	for name, want := range map[string]string{
		"00001_a.sql": "-- a\n", "00002_old.sql": "-- old\n", "00003_own.sql": "-- own\n", "00004_more.sql": "-- more\n",
		"00005_b.sql": "-- b\n", "00006_c.sql": "-- c\n", "00002_b.sql": "", "00003_old.sql": "", "00004_c.sql": "",
	} {
		if got := files["store/migrations/"+name]; got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

// A migration that an update has renumbered stays as it is, too, and so does the owner's that is similar to a deleted one.
func TestChangedMigrations(t *testing.T) {
	t.Parallel()
	w := newWork(t, "")
	git(t, w.dir, "rm", "-q", "store/migrations/00001_a.sql")
	write(t, w.dir, map[string]string{"store/migrations/00003_own.sql": "-- own\n", "store/migrations/00004_more.sql": "-- a\n"})
	commitAll(t, w.repo, "Add tables")
	if out, err := w.run(Change{}); err != nil {
		t.Fatal(out, err)
	}
	before := w.files(t)
	w.improve(t, map[string]string{"store/migrations/00004_c.sql": "-- c, changed later\n", "store/migrations/00005_d.sql": "-- d\n"})
	out, err := w.run(Change{})
	if want := "store/migrations/00006_c.sql stays, since"; err != nil || !strings.Contains(out, want) {
		t.Errorf("%v\n%s, want %s", err, out, want)
	}
	files := w.files(t)
	for name, want := range map[string]string{
		"00002_old.sql": "-- old\n", "00003_own.sql": "-- own\n", "00004_more.sql": "-- a\n", "00005_b.sql": "-- b\n",
		"00006_c.sql": "-- c\n", "00007_d.sql": "-- d\n",
	} {
		if name = "store/migrations/" + name; files[name] != want {
			t.Errorf("%s is %q, want %q; after the first update, it was %q", name, files[name], want, before[name])
		}
	}
}

// A migration that the owner has deleted stays deleted, and nothing is said of it.
func TestDeletedMigration(t *testing.T) {
	t.Parallel()
	w := newWork(t, "")
	git(t, w.dir, "rm", "-q", "store/migrations/00002_old.sql")
	commitAll(t, w.repo, "Have one migration")
	out, err := w.run(Change{})
	if _, there := w.files(t)["store/migrations/00002_old.sql"]; err != nil || there || strings.Contains(out, "00002_old.sql") {
		t.Errorf("%v\n%s", err, out)
	}
}

// PostgreSQL comes without the tables of the owner's use cases, and the change names their migrations.
func TestWithPostgres(t *testing.T) {
	t.Parallel()
	w := newWork(t, "services/booking")
	w.improve(t, map[string]string{"adapters/sqlite/migrations/00001_a.sql": "-- a\n", "adapters/postgres/migrations/00001_a.sql": "-- a\n"})
	record(t, w, strings.Replace(w.files(t)[RecordFile], `["oidc"]`, `["postgres"]`, 1))
	if out, err := w.run(Change{}); err != nil {
		t.Fatal(out, err)
	}
	write(t, w.dir, map[string]string{"adapters/sqlite/migrations/00002_note.sql": "-- note\n"})
	commitAll(t, w.repo, "Add a use case")
	out, err := w.run(Change{With: "postgres"})
	if files := w.files(t); err != nil || files["adapters/postgres/migrations/00001_a.sql"] == "" {
		t.Errorf("PostgreSQL is not there: %v\n%s", err, out)
	}
	if strings.Count(out, "write the same for PostgreSQL") != 1 || !strings.Contains(out, "  services/booking/adapters/sqlite/migrations/00002_note.sql is your own") {
		t.Errorf("it names other migrations than the owner's: %s", out)
	}
}

// A URL is recorded without its password or token.
func TestSecret(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"https://me:token@example.com/a.git": "https://example.com/a.git", "https://token@example.com/a@b.git": "https://example.com/a@b.git",
		"https://example.com/a@b.git": "https://example.com/a@b.git", "ssh://git@example.com/a.git": "ssh://git@example.com/a.git",
	} {
		if got := secret.ReplaceAllString(url, "$1"); got != want {
			t.Errorf("%s is recorded as %s, want %s", url, got, want)
		}
	}
}
