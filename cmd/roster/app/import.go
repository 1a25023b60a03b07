package app

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/mattn/go-isatty"
	"github.com/spf13/pflag"

	"example.com/roster/adapters/cli"
	"example.com/roster/adapters/importer"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

type importRows struct {
	Format  string
	DryRun  bool
	Rejects string
	Again   bool
}

func (c *importRows) Flags(f *pflag.FlagSet) {
	cli.OneOf(f, &c.Format, "format", "", "Read rows as `csv|ndjson`; default: by the file's extension.", "csv", "ndjson")
	f.BoolVar(&c.DryRun, "dry-run", false, "Read the whole file and check that its courses exist, but change nothing; other rules are not checked.")
	f.StringVar(&c.Rejects, "rejects", "", "Write the rejected rows and the reasons to `FILE`, as CSV that can be imported.")
	f.BoolVar(&c.Again, "again", false, "Submit all rows, even those that an earlier run of the same file has submitted, instead of resuming it.")
}

// Run imports the file and prints what came of it.
func (c importRows) Run(s *cli.Session, args []string) error {
	file := args[0]
	in, size, err := read(s.In, file)
	if err != nil {
		return err
	}
	defer in.Close()
	var commands ports.Commands = s.Service
	if c.DryRun {
		commands = importer.DryRun(s.Service)
	}
	summary, err := importer.Run(s.Context, commands, s.By, in, importer.Options{
		NDJSON: isNDJSON(c.Format, file), Again: c.Again, Rejects: c.Rejects, Progress: terminal(s.Err), Size: size,
	})
	return printImport(s, summary, c.Rejects, err)
}

func isNDJSON(format, file string) bool {
	return format == "ndjson" || format == "" && strings.HasSuffix(file, ".ndjson")
}

type importCourses struct{}

// Run puts the courses of the file and prints what came of it.
func (importCourses) Run(s *cli.Session, args []string) error {
	in, _, err := read(s.In, args[0])
	if err != nil {
		return err
	}
	defer in.Close()
	summary, err := importer.Courses(s.Context, s.Service, s.By, in)
	return printImport(s, summary, "", err)
}

// printImport prints the summary of a run that came to rows, however it ended, and where the rejects are: in a file, or else
// the first few right here.
func printImport(s *cli.Session, summary importer.Summary, rejects string, err error) error {
	if summary.Rows == 0 && err != nil {
		return err
	}
	if printed := s.Print(summary, summary.String()); printed != nil {
		return printed
	}
	switch {
	case summary.Rejected == 0:
	case rejects != "":
		fmt.Fprintf(s.Err, "%d rejects are in %s\n", summary.Rejected, rejects)
	default:
		for _, reject := range summary.First {
			fmt.Fprintln(s.Err, reject)
		}
		if more := summary.Rejected - len(summary.First); more > 0 {
			fmt.Fprintf(s.Err, "and %d more rejects; write all of them with --rejects FILE\n", more)
		}
	}
	if err != nil {
		return cli.AfterOutput{Err: err}
	}
	return nil
}

// read opens a file to be imported, and tells its size where that is known.
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

// terminal returns w where a progress bar can be drawn on it, else nil.
func terminal(w io.Writer) io.Writer {
	if f, ok := w.(*os.File); ok && isatty.IsTerminal(f.Fd()) {
		return f
	}
	return nil
}
