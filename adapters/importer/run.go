package importer

import (
	"context"
	"crypto/rand"
	"io"
	"time"

	"example.com/roster/ports"
)

// Options say how to read a file of enrollments, and what to leave behind. The zero value reads CSV.
type Options struct {
	NDJSON   bool      // an object per line
	Again    bool      // not a continuation: do even what a run of the same file has done
	Rejects  string    // path of a CSV file for the rejects, which is in place when the run ends; empty: none
	Progress io.Writer // a terminal to draw a progress bar on; nil: none
	Size     int64     // of the file in bytes, for the progress bar; 0: unknown
}

// Run reads rows from in and does them in order, in the name of by.
//
// A file that can't be read as rows at all, by its first line, is a [domain.Violation], and nothing is changed. Run stops at
// the first chunk that the core can't do even when tried again, for the rows behind it must not overtake: its rows are
// Failed, and the error wraps [ports.ErrUnavailable]. The summary tells what was done in any case.
func Run(ctx context.Context, commands ports.Commands, by ports.Actor, in io.Reader, options Options) (Summary, error) {
	j := &job{table: enrollments, commands: commands, by: by, key: keyOf("import", options)}
	return j.run(ctx, in, options)
}

// keyOf returns what the keys of a run begin with.
func keyOf(door string, options Options) string {
	key := door + "-1-csv-" // to be raised when the same bytes come to mean other commands, or other chunks
	if options.NDJSON {
		key = door + "-1-ndjson-"
	}
	if options.Again {
		key += rand.Text() + "-"
	}
	return key
}

// Courses reads the terms of courses as CSV with the columns course_id, title, capacity and, if there is one, waitlist, and
// puts them in order. An empty field keeps what was. It has no key: it may be done again at any time, and then sets the
// courses back to what the file says.
func Courses(ctx context.Context, commands ports.Commands, by ports.Actor, in io.Reader) (Summary, error) {
	j := &job{table: courses, commands: commands, by: by}
	return j.run(ctx, in, Options{})
}

// A job is one run over one file.
type job struct {
	table
	commands ports.Commands
	by       ports.Actor
	key      string // what the keys of its chunks begin with; empty: they have none
	lines    *lines
	split    func(line []byte) ([]string, error) // takes a line apart into the table's columns
	rejects  *rejects
	summary  Summary
}

func (j *job) run(ctx context.Context, in io.Reader, options Options) (_ Summary, err error) {
	start := time.Now()
	j.summary.Outcomes = map[string]int{}
	j.lines, j.split = newLines(in), splitJSON
	if !options.NDJSON {
		if j.split, err = csvSplitter(j.lines, j.table); err != nil {
			return j.summary, err
		}
	}
	if j.rejects, err = createRejects(options.Rejects, j.columns); err != nil {
		return j.summary, err
	}
	err = j.chunks(ctx, newBar(options.Progress, options.Size))
	if closed := j.rejects.close(); err == nil {
		err = closed
	}
	j.summary.Seconds = time.Since(start).Round(time.Millisecond).Seconds()
	return j.summary, err
}

func (j *job) chunks(ctx context.Context, progress bar) error {
	defer progress.finish()
	rows := make([]row, 0, j.chunk)
	for {
		rows, err := j.read(rows[:0])
		if err != nil || len(rows) == 0 {
			return err
		}
		outcomes, err := j.submit(ctx, rows)
		j.tell(rows, outcomes)
		if err != nil {
			return err
		}
		progress.at(j.lines.bytes)
	}
}

// tell counts what came of the rows, and writes the rejects down. Without outcomes the commands among them have failed.
func (j *job) tell(rows []row, outcomes []ports.Outcome) {
	for _, r := range rows {
		j.summary.Rows++
		switch {
		case r.action == nil:
			j.reject(r, invalidRow, r.fault)
		case outcomes == nil:
			j.summary.Failed++
		default:
			o := outcomes[0]
			outcomes = outcomes[1:]
			j.summary.Promoted += len(o.Promoted)
			if o.Refused != "" {
				j.reject(r, o.Refused, j.refusals[o.Refused])
			} else if name := j.done(o); name != "" {
				j.summary.Outcomes[name]++
			}
		}
	}
}
