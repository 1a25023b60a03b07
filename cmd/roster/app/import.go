package app

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/spf13/pflag"

	"example.com/roster/adapters/cli"
	"example.com/roster/adapters/importer"
	"example.com/roster/domain"
)

// What FILE is.
const (
	rows       = "FILE is CSV with course_id,learner_id[,action], NDJSON, or the export of another system; - is standard input."
	courseRows = "FILE is CSV with course_id,title,capacity[,waitlist][,open]; - is standard input."
)

// rowFlags are what import and enqueue do with a file.
type rowFlags struct {
	mappingFlags
	rejectFlags
	Again bool
}

func (c *rowFlags) register(f *pflag.FlagSet, rejects, again string) {
	c.mappingFlags.register(f)
	c.rejectFlags.register(f, rejects)
	f.BoolVar(&c.Again, "again", false, again)
}

// run opens the file, has do read its rows, and prints the summary.
func (c rowFlags) run(s *cli.Session, file string, do func(io.Reader, importer.Options) (importer.Summary, error)) error {
	options, err := c.options(file)
	if err != nil {
		return err
	}
	in, info, err := s.Open(file)
	if err != nil {
		return err
	}
	defer in.Close()
	options.Again, options.Rejects, options.Progress, options.File = c.Again, c.Rejects, terminal(s.Err), info
	summary, err := do(in, options)
	if m := options.Mapping; m.Format == "" && len(m.Map) > 0 && len(m.Only)+len(m.EnrollIf)+len(m.WithdrawIf) == 0 && len(summary.IgnoredColumns) > 0 {
		s.Note("columns not read: " + strings.Join(summary.IgnoredColumns, ", ") + "; if one of them decides, name it with --only, --enroll-if or --withdraw-if")
	}
	return c.print(s, summary, err)
}

// rejectFlags say what becomes of rejected rows.
type rejectFlags struct {
	Rejects string // path; empty: no file
	Allowed importer.Allowed
}

func (c *rejectFlags) register(f *pflag.FlagSet, rejects string) {
	f.StringVar(&c.Rejects, "rejects", "", rejects)
	f.Var(&c.Allowed, "allow-rejects", "Exit with 0, not 3, if at most `N` rows are rejected, or N%, or rows with codes only, such as course_full,not_enrolled.")
}

const writeRejects = "Write the rejected rows and the reasons to `FILE`, as CSV that can be imported."

// importRows is import. It needs the store, too, to simulate it.
type importRows struct {
	rowFlags
	DryRun         bool
	Sync           bool
	MaxWithdrawals importer.Limit
	Courses        []string
}

func (c *importRows) Flags(f *pflag.FlagSet) {
	c.register(f, writeRejects,
		"Submit all rows, even those that an earlier run of the same file has submitted, instead of resuming it.")
	f.BoolVar(&c.DryRun, "dry-run", false, "Print the result of the run, but change nothing: it runs on a copy of the file's courses in memory.")
	f.BoolVar(&c.Sync, "sync", false, "Take the file as complete: withdraw all other learners from its courses.")
	_ = c.MaxWithdrawals.Set(defaultMaxWithdrawals)
	f.Var(&c.MaxWithdrawals, "max-withdrawals", "With --sync: change nothing if more than `N` learners would be withdrawn, or N% of those who are live on the file's courses.")
	f.StringArrayVar(&c.Courses, "course", nil, "With --sync: count the course `ID` as one of the file's, even if no row names it; repeatable.")
}

const defaultMaxWithdrawals = "10%"

// An importSession is what import runs with.
type importSession struct {
	*cli.Session
	Storage
}

// openImport is for the command that needs the store, too.
func (p *program) openImport() (*importSession, error) { return keep(p, newImport) }

// Run imports the file and prints the result.
func (c importRows) Run(s *importSession, args []string) error {
	if err := c.validate(); err != nil {
		return err
	}
	simulate := simulate(s.Storage, s.By.Tenant)
	return c.run(s.Session, args[0], func(in io.Reader, o importer.Options) (summary importer.Summary, err error) {
		o.DryRun = c.DryRun
		switch {
		case c.Sync:
			sync := importer.SyncOptions{Options: o, MaxWithdrawals: c.MaxWithdrawals, AllowUnnamed: c.Allowed.Has(importer.InvalidRow)}
			for _, id := range c.Courses {
				sync.Courses = append(sync.Courses, domain.CourseID(id))
			}
			return importer.Sync(s.Context, s.Service, simulate, s.By, in, sync)
		case c.DryRun:
			err = simulate(s.Context, func(commands importer.Simulation) (err error) {
				summary, err = importer.Run(s.Context, commands, s.By, in, o)
				return err
			})
			return summary, err
		}
		return importer.Run(s.Context, s.Service, s.By, in, o)
	})
}

// validate refuses flags that would have no effect.
func (c importRows) validate() error {
	switch {
	case c.Sync && c.Again:
		return cli.UsageError{Detail: "--again has no meaning with --sync, which compares the file with what is stored at each run"}
	case !c.Sync && (len(c.Courses) > 0 || c.MaxWithdrawals.String() != defaultMaxWithdrawals):
		return cli.UsageError{Detail: "--course and --max-withdrawals need --sync"}
	}
	return nil
}

type importCourses struct {
	columnFlags
	rejectFlags
}

func (c *importCourses) Flags(f *pflag.FlagSet) {
	c.columnFlags.register(f, "title=name")
	c.rejectFlags.register(f, writeRejects)
}

// Run creates and changes the courses of the file, and prints the result.
func (c importCourses) Run(s *cli.Session, args []string) error {
	mapping, err := c.mapping()
	if err != nil {
		return err
	}
	in, info, err := s.Open(args[0])
	if err != nil {
		return err
	}
	defer in.Close()
	summary, err := importer.Courses(s.Context, s.Service, s.By, in, importer.Options{Mapping: mapping, Rejects: c.Rejects, File: info})
	return c.print(s, summary, err)
}

// print prints the summary of a run that read rows, even if it failed, and where the rejects are: in a file, or else the first few.
// It returns an error if rows were rejected that are not allowed.
func (c rejectFlags) print(s *cli.Session, summary importer.Summary, err error) error {
	if summary.Rows == 0 && err != nil {
		return err
	}
	lines := []string{summary.String()}
	if summary.Replayed > 0 {
		lines = append(lines, fmt.Sprintf("%d of %d rows were %s before, first at %s; --again repeats them",
			summary.Replayed, summary.Rows, summary.Before, summary.ReplayedFirst.Format(time.RFC3339)))
	}
	if printed := s.Print(summary, lines...); printed != nil {
		return printed
	}
	if summary.DryRun && summary.Unchanged == nil {
		s.Note("rows that an earlier run of this file has done are not known to a dry run; they are not repeated without --again")
	}
	noteFirst(s, summary.Withdrawn, summary.Outcomes[string(domain.Withdrawn)], "withdrawn: %s", "and %d more learners are withdrawn")
	if summary.Refused > 0 {
		s.Note(fmt.Sprintf("%d refusals are saved answers of the earlier run, whatever was corrected since; --again repeats these rows, too", summary.Refused))
	}
	if c.Rejects == "" {
		noteFirst(s, summary.First, summary.Rejected, "%s", "and %d more rejects; write all of them with --rejects FILE")
	} else if summary.Rejected > 0 {
		s.Note(fmt.Sprintf("%d rejects are in %s", summary.Rejected, c.Rejects))
	}
	if n := c.Allowed.Unexpected(summary); err == nil && n > 0 {
		err = fmt.Errorf("%w: %d of %d rows were rejected; %s", errRowsRejected, n, summary.Rows, c.advice(summary))
	}
	if err != nil {
		return cli.AfterOutput{Err: err}
	}
	return nil
}

// noteFirst prints the first few of n texts, and how many more there are.
func noteFirst(s *cli.Session, first []string, n int, one, more string) {
	for _, text := range first {
		s.Note(fmt.Sprintf(one, text))
	}
	if n > len(first) && len(first) > 0 {
		s.Note(fmt.Sprintf(more, n-len(first)))
	}
}

// errRowsRejected is the code of a run that did what it could with a file. Each reject has a code of its own.
const errRowsRejected domain.Kind = "rows_rejected"

// advice says what to do about rejects. To run a file again repeats no row that is done, and no refusal.
func (c rejectFlags) advice(s importer.Summary) string {
	advice := "correct the cause, then import only the rejects (--rejects FILE)"
	switch {
	case s.DryRun || s.Unchanged != nil:
		advice = "correct the cause and run it again"
	case c.Rejects != "":
		advice = "correct the cause, then import only the rejects, " + c.Rejects
	}
	return advice + ", or expect them with --allow-rejects"
}

// terminal returns w if it can show a progress bar, else nil.
func terminal(w io.Writer) io.Writer {
	if f, ok := w.(*os.File); ok && isatty.IsTerminal(f.Fd()) {
		return f
	}
	return nil
}
