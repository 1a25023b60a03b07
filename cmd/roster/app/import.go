package app

import (
	"fmt"
	"io"
	"os"

	"github.com/mattn/go-isatty"
	"github.com/spf13/pflag"

	"example.com/roster/adapters/cli"
	"example.com/roster/adapters/importer"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// rowFlags are what import and enqueue do with a file.
type rowFlags struct {
	mappingFlags
	Rejects string
	Again   bool
}

func (c *rowFlags) register(f *pflag.FlagSet, rejects, again string) {
	c.mappingFlags.register(f)
	f.StringVar(&c.Rejects, "rejects", "", rejects)
	f.BoolVar(&c.Again, "again", false, again)
}

// run opens the file, has do read its rows, and prints the summary.
func (c rowFlags) run(s *cli.Session, file string, do func(io.Reader, importer.Options) (importer.Summary, error)) error {
	options, err := c.options(file)
	if err != nil {
		return err
	}
	in, size, err := read(s.In, file)
	if err != nil {
		return err
	}
	defer in.Close()
	options.Again, options.Rejects, options.Progress, options.Size = c.Again, c.Rejects, terminal(s.Err), size
	summary, err := do(in, options)
	return printSummary(s, summary, c.Rejects, err)
}

type importRows struct {
	rowFlags
	DryRun bool
}

func (c *importRows) Flags(f *pflag.FlagSet) {
	c.register(f, "Write the rejected rows and the reasons to `FILE`, as CSV that can be imported.",
		"Submit all rows, even those that an earlier run of the same file has submitted, instead of resuming it.")
	f.BoolVar(&c.DryRun, "dry-run", false, "Read the whole file and check that its courses exist, but change nothing; other rules are not checked.")
}

// Run imports the file and prints the result.
func (c importRows) Run(s *cli.Session, args []string) error {
	var commands ports.Commands = s.Service
	if c.DryRun {
		commands = importer.DryRun(s.Service)
	}
	return c.run(s, args[0], func(in io.Reader, o importer.Options) (importer.Summary, error) {
		return importer.Run(s.Context, commands, s.By, in, o)
	})
}

type importCourses struct{ columnFlags }

func (c *importCourses) Flags(f *pflag.FlagSet) { c.columnFlags.register(f, "title=name") }

// Run creates and changes the courses of the file, and prints the result.
func (c importCourses) Run(s *cli.Session, args []string) error {
	mapping, err := c.mapping()
	if err != nil {
		return err
	}
	in, _, err := read(s.In, args[0])
	if err != nil {
		return err
	}
	defer in.Close()
	summary, err := importer.Courses(s.Context, s.Service, s.By, in, importer.Options{Mapping: mapping})
	return printSummary(s, summary, "", err)
}

// printSummary prints the summary of a run that read rows, even if it failed, and where the rejects are: in a file, or else it
// prints the first few.
func printSummary(s *cli.Session, summary importer.Summary, rejects string, err error) error {
	if summary.Rows == 0 && err != nil {
		return err
	}
	if printed := s.Print(summary, summary.String()); printed != nil {
		return printed
	}
	switch {
	case summary.Rejected == 0:
	case rejects != "":
		s.Note(fmt.Sprintf("%d rejects are in %s", summary.Rejected, rejects))
	default:
		for _, reject := range summary.First {
			s.Note(reject)
		}
		if more := summary.Rejected - len(summary.First); more > 0 {
			s.Note(fmt.Sprintf("and %d more rejects; write all of them with --rejects FILE", more))
		}
	}
	if err != nil {
		return cli.AfterOutput{Err: err}
	}
	return nil
}

// read opens a file for an import, and returns its size, 0 if that is unknown.
func read(stdin io.Reader, file string) (io.ReadCloser, int64, error) {
	if file == "-" {
		return io.NopCloser(stdin), 0, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", domain.ErrInvalidArgument, err)
	}
	info, err := f.Stat()
	if err != nil || info.IsDir() {
		_ = f.Close()
		return nil, 0, cli.UsageError{Detail: fmt.Sprintf("%s is not a file; name a file, or - for standard input", file)}
	}
	return f, info.Size(), nil
}

// terminal returns w if it can show a progress bar, else nil.
func terminal(w io.Writer) io.Writer {
	if f, ok := w.(*os.File); ok && isatty.IsTerminal(f.Fd()) {
		return f
	}
	return nil
}
