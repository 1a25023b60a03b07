package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/roster/adapters/postgres"
	"example.com/roster/application"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// coursesOfImport have the rows of an import dealt out to them, one after another.
const coursesOfImport = 500

var staff = ports.Actor{Tenant: tenant, Subject: "bench", Role: ports.Staff}

// imports measures the import job on PostgreSQL: against one command at a time, against COPY, and its memory.
func imports(b *bench) error {
	for b.round = range min(b.rounds, 3) {
		rows := size(b.options, 100_000, 30_000)
		done, err := b.imported(rows)
		if err != nil {
			return err
		}
		copied, err := b.copied(done.admin, rows)
		if err != nil {
			return err
		}
		single, err := b.singly()
		if err != nil {
			return err
		}
		b.results.figure("import", "rows/s", done.rate)
		b.results.figure("COPY of the same rows into the same tables", "rows/s", copied)
		b.results.figure("one command at a time, by the core", "rows/s", single)
		b.results.metric("import_vs_single", done.rate/single)
		b.results.metric("import_vs_copy", done.rate/copied)
	}
	small, err := b.imported(b.rows / 10)
	if err != nil {
		return err
	}
	large, err := b.imported(b.rows)
	if err != nil {
		return err
	}
	if small.peak == 0 {
		return nil // not to be learned here
	}
	b.results.figure("import, peak memory before", "MB", small.peak)
	b.results.figure("import, peak memory at ten times the rows", "MB", large.peak)
	b.results.metric("import_memory_growth", large.peak/small.peak)
	return nil
}

// An importation is one run of the import job.
type importation struct {
	admin string  // URL of its database
	rate  float64 // rows per second
	peak  float64 // memory in MB; 0 where the system does not tell
}

// imported imports so many rows into a fresh database, in a process of its own.
func (b *bench) imported(rows int) (importation, error) {
	user, admin, err := b.migrated(fmt.Sprintf("roster_import%d", b.number()))
	if err != nil {
		return importation{}, err
	}
	courseFile, rowFile := filepath.Join(b.dir, "courses.csv"), filepath.Join(b.dir, "rows.csv")
	err = write(courseFile, "course_id,title,capacity,waitlist", coursesOfImport, func(w *bufio.Writer, i int) {
		fmt.Fprintf(w, "%s,Course %d,%d,true\n", courseOf(i), i, rows/coursesOfImport/2)
	})
	if err != nil {
		return importation{}, err
	}
	err = write(rowFile, "course_id,learner_id,action", rows, func(w *bufio.Writer, i int) {
		fmt.Fprintf(w, "%s,%s,%s\n", courseOf(i), learnerOf(i), actionOf(i))
	})
	if err != nil {
		return importation{}, err
	}
	flags := []string{"--json", "--database-url", user, "--data-dir", b.dir}
	if _, err := b.output(b.roster, append(flags, "course", "import", courseFile)...); err != nil {
		return importation{}, err
	}
	var stdout, stderr bytes.Buffer
	c := exec.CommandContext(b.ctx, b.roster, append(flags, "import", rowFile)...)
	c.Stdout, c.Stderr = &stdout, &stderr
	peak, err := runWatched(c)
	if err != nil {
		return importation{}, fmt.Errorf("import: %w: %s", err, end(stderr.Bytes()))
	}
	var summary struct {
		Rows, Failed int
		Seconds      float64
	}
	if err := json.Unmarshal(stdout.Bytes(), &summary); err != nil {
		return importation{}, err
	}
	if summary.Rows != rows || summary.Failed > 0 {
		return importation{}, fmt.Errorf("%d rows were imported and %d failed, of %d", summary.Rows, summary.Failed, rows)
	}
	return importation{admin, float64(rows) / summary.Seconds, peak}, nil
}

// copied takes what an import has left out of its tables, puts it in again by COPY, in one transaction, and returns how many of
// the import's rows that is per second.
func (b *bench) copied(admin string, rows int) (float64, error) {
	conn, err := pgx.Connect(b.ctx, admin)
	if err != nil {
		return 0, err
	}
	defer conn.Close(context.WithoutCancel(b.ctx))
	tables := []string{"courses", "standings", "journal", "replies"}
	content := make([]bytes.Buffer, len(tables))
	for i, table := range tables {
		if _, err := conn.PgConn().CopyTo(b.ctx, &content[i], "COPY "+table+" TO STDOUT"); err != nil {
			return 0, err
		}
		if _, err := conn.Exec(b.ctx, "TRUNCATE "+table); err != nil {
			return 0, err
		}
	}
	begun := time.Now()
	tx, err := conn.Begin(b.ctx)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback(b.ctx)
	for i, table := range tables {
		if _, err := conn.PgConn().CopyFrom(b.ctx, &content[i], "COPY "+table+" FROM STDIN"); err != nil {
			return 0, err
		}
	}
	err = tx.Commit(b.ctx)
	return float64(rows) / time.Since(begun).Seconds(), err
}

// singly does rows as the import's, each as a command of its own, and returns how many per second.
func (b *bench) singly() (float64, error) {
	user, _, err := b.migrated(fmt.Sprintf("roster_single%d", b.number()))
	if err != nil {
		return 0, err
	}
	store, err := postgres.Open(b.ctx, user)
	if err != nil {
		return 0, err
	}
	defer store.Close()
	service := application.New(store)
	for i := range coursesOfImport {
		settings := domain.Settings{Title: new("Course"), Capacity: new(100)}
		if _, err := service.PutCourse(b.ctx, staff, courseOf(i), settings); err != nil {
			return 0, err
		}
	}
	begun, done := time.Now(), 0
	for ; time.Since(begun) < 2*b.during; done++ {
		if actionOf(done) == "withdraw" {
			_, err = service.Withdraw(b.ctx, staff, courseOf(done), learnerOf(done))
		} else {
			_, err = service.Enroll(b.ctx, staff, courseOf(done), learnerOf(done))
		}
		if err != nil {
			return 0, err
		}
	}
	return float64(done) / time.Since(begun).Seconds(), nil
}

func courseOf(i int) domain.CourseID {
	return domain.CourseID(fmt.Sprintf("course-%03d", i*7%coursesOfImport))
}

// learnerOf has each fifth row withdraw who came one round of the courses before.
func learnerOf(i int) domain.LearnerID {
	if actionOf(i) == "withdraw" {
		i -= coursesOfImport
	}
	return domain.LearnerID(fmt.Sprintf("learner-%08d", i))
}

func actionOf(i int) string {
	if i/coursesOfImport%5 == 4 {
		return "withdraw"
	}
	return "enroll"
}

// write writes a file of n rows.
func write(file, header string, n int, row func(*bufio.Writer, int)) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, header)
	for i := range n {
		row(w, i)
	}
	return w.Flush() // which tells of what went wrong before, too
}
