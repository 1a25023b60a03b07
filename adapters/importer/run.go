package importer

import (
	"cmp"
	"context"
	"crypto/rand"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"

	"example.com/roster/ports"
)

// Options of a run. The zero value reads CSV.
type Options struct {
	NDJSON   bool        // one object per line, instead of CSV
	Mapping  Mapping     // which columns are read, and what their values mean
	Again    bool        // do not resume: submit all rows, even if an earlier run of the same file has
	DryRun   bool        // the commands run on a copy
	Rejects  string      // path of a CSV file for the rejects, complete when the run ends; empty: none
	Progress io.Writer   // a terminal to draw a progress bar on; nil: none
	File     os.FileInfo // of the file: its size, and what the rejects must not replace; nil: unknown
}

// Run reads rows from in and submits them in order as commands of by. The package comment says how it resumes.
//
// If the first line shows that the file has no valid rows, Run returns a [domain.Violation] and changes nothing. If a chunk
// still fails after retries, Run stops: the chunk's rows are Failed, and the error wraps [ports.ErrUnavailable], or the core's
// error if a retry could not help. The summary is valid in any case.
func Run(ctx context.Context, commands ports.Commands, by ports.Actor, in io.Reader, options Options) (Summary, error) {
	j := &job{schema: enrollments, send: submitTo(commands), by: by, useCase: "import"}
	j.summary.Before = "done"
	return j.run(ctx, in, options)
}

// Courses reads the terms of courses as CSV and puts the courses, several at a time; rows on the same course in order. The columns are
// course_id, title, capacity and optionally waitlist and open; an empty field keeps the current value. Its commands have no key: running
// it again sets the courses to the file's values again.
func Courses(ctx context.Context, commands ports.Commands, by ports.Actor, in io.Reader, options Options) (Summary, error) {
	j := &job{schema: courses, send: submitTo(commands), by: by}
	return j.run(ctx, in, options)
}

// A job is one run over one file.
type job struct {
	schema
	send    func(context.Context, ports.Command) ports.Reply // submits a chunk
	by      ports.Actor
	useCase string // first part of the keys of its chunks; empty: they have none
	again   string // random part of the keys, if the run resumes no other
	rows    *rowReader
	rejects *rejectsFile
	summary Summary
}

func (j *job) run(ctx context.Context, in io.Reader, options Options) (_ Summary, err error) {
	start := time.Now()
	j.summary.Outcomes, j.summary.DryRun = map[string]int{}, options.DryRun
	if options.Again {
		j.again = rand.Text() + "-"
	}
	var closed func()
	if j.rows, closed, err = openRows(in, j.schema, options); err != nil {
		return j.summary, err
	}
	defer closed()
	if j.rejects, err = j.createRejects(options); err != nil {
		return j.summary, err
	}
	size := int64(0)
	if options.File != nil {
		size = options.File.Size()
	}
	err = j.submitAll(ctx, newProgress(options.Progress, size))
	err = cmp.Or(err, j.rejects.close(err != nil), j.rows.noneUsed(j.summary.Rows))
	j.summary.Notes = j.rows.notes
	j.summary.Seconds = time.Since(start).Round(time.Millisecond).Seconds()
	return j.summary, err
}

func (j *job) submitAll(ctx context.Context, progress *progressbar.ProgressBar) error {
	defer func() { _ = progress.Finish() }()
	rows := make([]row, 0, j.chunkSize)
	for {
		rows, err := j.readChunk(rows[:0])
		if err != nil || len(rows) == 0 {
			return err
		}
		if err := j.submitChunk(ctx, rows); err != nil {
			return err
		}
		_ = progress.Set64(j.rows.records.bytes)
	}
}

// countRow counts the result of a row and writes it to the rejects if it is one. The outcomes are those of the rows that are not counted,
// or nil if their command has failed. It returns the rest of them.
func (j *job) countRow(r row, outcomes []ports.Outcome) []ports.Outcome {
	j.summary.Rows++
	switch {
	case r.action == nil:
		j.reject(r, InvalidRow, r.fault)
	case outcomes == nil:
		j.summary.Failed++
	default:
		o := outcomes[0]
		outcomes = outcomes[1:]
		j.summary.Promoted += len(o.Promoted)
		if o.Refused != "" {
			j.reject(r, o.Refused, j.refusals[o.Refused])
		} else if name := j.count(o); name != "" {
			j.summary.Outcomes[name]++
		}
	}
	return outcomes
}
