package app

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/mattn/go-isatty"

	"example.com/roster/adapters/cli"
	"example.com/roster/adapters/importer"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

type importRows struct {
	File    string `arg:"" help:"CSV with course_id,learner_id[,action], or NDJSON; - is standard input."`
	Format  string `enum:"csv,ndjson," default:"" placeholder:"csv|ndjson" help:"How rows are written; if not given, the file's ending tells."`
	DryRun  bool   `help:"Read it all, look for its courses, and change nothing. What the rules would say is not known then."`
	Rejects string `placeholder:"FILE" help:"Write the rows that were refused, and why, as CSV that can be imported again."`
	Again   bool   `help:"Do once more what a run of the same file has done, instead of going on with it."`
}

// Run imports the file and prints what came of it.
func (c importRows) Run(p *program, s *cli.Session) error {
	in, size, err := p.read(c.File)
	if err != nil {
		return err
	}
	defer in.Close()
	var commands ports.Commands = s.Service
	if c.DryRun {
		commands = importer.Rehearsal(s.Service)
	}
	summary, err := importer.Run(p.ctx, commands, s.By, in, importer.Options{
		NDJSON: isNDJSON(c.Format, c.File), Again: c.Again, Rejects: c.Rejects, Progress: p.terminal(), Size: size,
	})
	return printImport(s, summary, c.Rejects, err)
}

func isNDJSON(format, file string) bool {
	return format == "ndjson" || format == "" && strings.HasSuffix(file, ".ndjson")
}

type importCourses struct {
	File string `arg:"" help:"CSV with course_id,title,capacity,waitlist; - is standard input."`
}

// Run puts the courses of the file and prints what came of it.
func (c importCourses) Run(p *program, s *cli.Session) error {
	in, _, err := p.read(c.File)
	if err != nil {
		return err
	}
	defer in.Close()
	summary, err := importer.Courses(p.ctx, s.Service, s.By, in)
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
			fmt.Fprintf(s.Err, "and %d rejects more: --rejects FILE writes them all\n", more)
		}
	}
	if err != nil {
		return cli.Told{Err: err}
	}
	return nil
}

// read opens a file to be imported, and tells its size where that is known.
func (p *program) read(file string) (io.ReadCloser, int64, error) {
	if file == "-" {
		return io.NopCloser(p.options.Stdin), 0, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", domain.ErrInvalidArgument, err)
	}
	info, err := f.Stat()
	if err != nil || info.IsDir() {
		_ = f.Close()
		return nil, 0, cli.UsageError{Detail: fmt.Sprintf("%s is not a file that can be read", file)}
	}
	return f, info.Size(), nil
}

// terminal is where a progress bar can be drawn, nil where it can't.
func (p *program) terminal() io.Writer {
	if f, ok := p.options.Stderr.(*os.File); ok && isatty.IsTerminal(f.Fd()) {
		return f
	}
	return nil
}
