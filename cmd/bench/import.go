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

// importCourses is the number of courses of an import; its rows go to them in turns.
const importCourses = 500

var staff = ports.Actor{Tenant: tenant, Subject: "bench", Role: ports.Staff}

// measureImport measures the import job on PostgreSQL: against one command at a time and COPY, of courses against that of learners,
// and its peak memory.
func measureImport(b *bench) error {
	for b.round = range b.rounds {
		rows := longOrShort(b.options, 100_000, 30_000)
		imported, err := b.runImport(rows)
		if err != nil {
			return err
		}
		copied, err := b.copyRows(imported.admin, rows)
		if err != nil {
			return err
		}
		courses, err := b.importManyCourses(rows)
		if err != nil {
			return err
		}
		single, err := b.submitOneByOne()
		if err != nil {
			return err
		}
		b.results.figure("import", "rows/s", imported.rate)
		b.results.figure("COPY of the same rows into the same tables", "rows/s", copied)
		b.results.figure("one command at a time, by the core", "rows/s", single)
		b.results.metric("import_vs_single", imported.rate/single)
		b.results.figure("import of courses", "rows/s", courses)
		b.results.metric("import_vs_copy", imported.rate/copied)
		b.results.metric("import_courses_vs_learners", courses/imported.rate)
	}
	small, err := b.runImport(b.rows / 10)
	if err != nil {
		return err
	}
	large, err := b.runImport(b.rows)
	if err != nil {
		return err
	}
	if small.peak == 0 {
		return nil // unknown on this system
	}
	b.results.figure("import, peak memory before", "MB", small.peak)
	b.results.figure("import, peak memory at ten times the rows", "MB", large.peak)
	b.results.metric("import_memory_growth", large.peak/small.peak)
	return nil
}

// An importRun is the result of one run of the import job.
type importRun struct {
	admin string  // URL of its database
	rate  float64 // rows per second
	peak  float64 // memory in MB; 0 if unknown
}

// runImport imports rows into a new database, in a process of its own.
func (b *bench) runImport(rows int) (importRun, error) {
	user, admin, err := b.newMigratedDatabase(fmt.Sprintf("roster_import%d", b.nextNumber()))
	if err != nil {
		return importRun{}, err
	}
	courseFile, rowFile := filepath.Join(b.dir, "courses.csv"), filepath.Join(b.dir, "rows.csv")
	err = writeFile(courseFile, "course_id,title,capacity,waitlist", importCourses, func(w *bufio.Writer, i int) {
		fmt.Fprintf(w, "%s,Course %d,%d,true\n", importCourse(i), i, rows/importCourses/2)
	})
	if err != nil {
		return importRun{}, err
	}
	err = writeFile(rowFile, "course_id,learner_id,action", rows, func(w *bufio.Writer, i int) {
		fmt.Fprintf(w, "%s,%s,%s\n", importCourse(i), importLearner(i), importAction(i))
	})
	if err != nil {
		return importRun{}, err
	}
	flags := []string{"--json", "--database-url", user, "--data-dir", b.dir}
	if _, err := b.output(b.roster, append(flags, "course", "import", courseFile)...); err != nil {
		return importRun{}, err
	}
	var stdout, stderr bytes.Buffer
	c := exec.CommandContext(b.ctx, b.roster, append(flags, "import", rowFile)...)
	c.Stdout, c.Stderr = &stdout, &stderr
	peak, err := runMeasuringPeak(c, peakMemory)
	if err != nil {
		return importRun{}, fmt.Errorf("import: %w: %s", err, tail(stderr.Bytes()))
	}
	rate, err := importRate(stdout.Bytes(), rows)
	return importRun{admin, rate, peak}, err
}

// importRate returns the rows per second of an import from its summary. All rows must have been imported.
func importRate(printed []byte, rows int) (float64, error) {
	var summary struct {
		Rows, Failed int
		Seconds      float64
	}
	if err := json.Unmarshal(printed, &summary); err != nil {
		return 0, err
	}
	if summary.Rows != rows || summary.Failed > 0 {
		return 0, fmt.Errorf("of %[3]d rows %[1]d were imported and %[2]d failed", summary.Rows, summary.Failed, rows)
	}
	return float64(rows) / summary.Seconds, nil
}

// importManyCourses imports courses into a new database, and returns the rows per second.
func (b *bench) importManyCourses(rows int) (float64, error) {
	user, _, err := b.newMigratedDatabase(fmt.Sprintf("roster_courses%d", b.nextNumber()))
	if err != nil {
		return 0, err
	}
	file := filepath.Join(b.dir, "many-courses.csv")
	err = writeFile(file, "course_id,title,capacity,waitlist", rows, func(w *bufio.Writer, i int) {
		fmt.Fprintf(w, "course-%07d,Course %d,100,true\n", i, i)
	})
	if err != nil {
		return 0, err
	}
	out, err := b.output(b.roster, "--json", "--database-url", user, "--data-dir", b.dir, "course", "import", file)
	if err != nil {
		return 0, err
	}
	return importRate(out, rows)
}

// copyRows empties the tables that an import has filled and writes the same rows by COPY, in one transaction. It returns the
// import's rows per second.
func (b *bench) copyRows(admin string, rows int) (float64, error) {
	conn, err := pgx.Connect(b.ctx, admin)
	if err != nil {
		return 0, err
	}
	defer conn.Close(context.WithoutCancel(b.ctx))
	tables := []string{"courses", "standings", "journal", "replies"}
	contents := make([]bytes.Buffer, len(tables))
	for i, table := range tables {
		if _, err := conn.PgConn().CopyTo(b.ctx, &contents[i], "COPY "+table+" TO STDOUT"); err != nil {
			return 0, err
		}
		if _, err := conn.Exec(b.ctx, "TRUNCATE "+table); err != nil {
			return 0, err
		}
	}
	start := time.Now()
	tx, err := conn.Begin(b.ctx)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback(b.ctx)
	for i, table := range tables {
		if _, err := conn.PgConn().CopyFrom(b.ctx, &contents[i], "COPY "+table+" FROM STDIN"); err != nil {
			return 0, err
		}
	}
	err = tx.Commit(b.ctx)
	return float64(rows) / time.Since(start).Seconds(), err
}

// submitOneByOne submits rows like the import's, each as a command of its own, and returns the rows per second.
func (b *bench) submitOneByOne() (float64, error) {
	user, _, err := b.newMigratedDatabase(fmt.Sprintf("roster_single%d", b.nextNumber()))
	if err != nil {
		return 0, err
	}
	store, err := postgres.Open(b.ctx, user)
	if err != nil {
		return 0, err
	}
	defer store.Close()
	service := application.New(store)
	for i := range importCourses {
		settings := domain.Settings{Title: new("Course"), Capacity: new(100)}
		if _, err := service.PutCourse(b.ctx, staff, importCourse(i), settings); err != nil {
			return 0, err
		}
	}
	start, done := time.Now(), 0
	for ; time.Since(start) < 2*b.during; done++ {
		if importAction(done) == "withdraw" {
			_, err = service.Withdraw(b.ctx, staff, importCourse(done), importLearner(done))
		} else {
			_, err = service.Enroll(b.ctx, staff, importCourse(done), importLearner(done))
		}
		if err != nil {
			return 0, err
		}
	}
	return float64(done) / time.Since(start).Seconds(), nil
}

func importCourse(i int) domain.CourseID {
	return domain.CourseID(fmt.Sprintf("course-%03d", i*7%importCourses))
}

// importLearner returns the learner of row i. A withdrawal is of the learner whom the previous round enrolled on the course.
func importLearner(i int) domain.LearnerID {
	if importAction(i) == "withdraw" {
		i -= importCourses
	}
	return domain.LearnerID(fmt.Sprintf("learner-%08d", i))
}

func importAction(i int) string {
	if i/importCourses%5 == 4 {
		return "withdraw"
	}
	return "enroll"
}

// writeFile writes a CSV file of n rows.
func writeFile(file, header string, n int, row func(*bufio.Writer, int)) error {
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
	return w.Flush() // returns the first error of the writer
}
