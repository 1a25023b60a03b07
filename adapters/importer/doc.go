// Package importer is the import job as a driving adapter: it reads a file row by row, submits the rows to the core in chunks,
// and counts the results. Its memory does not grow with the file, except that of [Sync], and of rows that withdraw with
// [Mapping.KeepIfActive].
//
// # Files
//
// A file passes through four readers, each of which knows one thing:
//
//	bytes   decode        UTF-8, UTF-16 or windows-1252; or no text at all
//	text    recordReader  the lines of a record, and the hash of the text so far
//	record  csvReader     delimiters, quotes and the header; for NDJSON, jsonReader
//	cells   layout        a [Mapping] for this file: which cells are ours, which rows count, and what they do
//
// The files of the package, in the order in which a row meets them:
//
//	run.go, sync.go                    what is done with a file
//	spool.go                           a copy of a file that is read more than once
//	decode.go                          encodings
//	records.go                         records
//	header.go, parse_csv.go            CSV
//	parse_ndjson.go                    NDJSON
//	mapping.go, mapping_file.go        mappings, and the formats of other systems
//	layout.go, names.go                the columns that are read, and the names of those that are not
//	rows.go, schema.go, active.go      rows, what they do, and those that depend on other rows
//	chunk.go, submit.go, syncplan.go   what is submitted
//	rejects.go, summary.go, limit.go   what is reported, and what is expected of it
//	progress.go                        the progress bar
//	enqueue.go, sent.go                rows that are sent to a queue
//
// A record is a line, or several lines of CSV if a quoted cell has line ends. A record with wrong quotes may be read in two ways: it ends
// at the first line end that is in no cell by either. So the text of a cell never becomes a row. A record that is too long is one reject.
//
// Blank rows are skipped, and white space around ids is removed, but not in what list prints or in rejects: there it is part of an id that
// an older version stored. What list prints takes no mapping. A column that is not read is noted, or refused if it looks like one that
// decides what a row means.
//
// # Resumable runs
//
// A run submits a file in order. Running the same file again resumes it: no row takes effect twice, and the second run reports
// what one whole run would. This holds while the core keeps the saved replies, at least 24 hours.
//
// Terms:
//   - A chunk is up to 1,000 consecutive rows, submitted as one [ports.Command]: it takes effect entirely or not at all.
//     One of [Courses] is up to 400 rows, submitted in up to four parts at the same time. The rows on a course are in one part. So
//     an import of courses does not wait for each commit, and holds at most 400 of their waitlists.
//   - The key of a chunk is its idempotency key: the run's prefix, and the SHA-256 of the mapping and of all text of the file up to
//     the chunk's end. The same file gives the same keys; a change in it gives other keys to its chunk and to all later ones. If what a
//     row means depends on later rows, as with [Mapping.KeepIfActive], each key has the hash of the whole file, too.
//   - The prefix names the use case, a version and the format, such as import-1-csv-. [Options.Again] adds random text to it:
//     then every chunk has a new key and the rows take effect once more.
//
// A row is in one of these states when the run ends:
//   - done: the core accepted it, in this run or an earlier one. [Summary.Outcomes] counts it by its standing. A chunk of an
//     earlier run is answered by its saved reply, and [Summary.Replayed] counts its rows.
//   - rejected: a rule refused it, or it is not a valid row. A reject never ends the run. Its line number counts the lines of the
//     file as an editor does: the header of a CSV file is line 1.
//   - failed: the core could not process its chunk.
//
// On failure, submitting a chunk is retried while the core is unavailable, or while the first command under its key is still
// running. If that does not help, the run stops at that chunk, because later rows must not overtake it. If the process dies, the
// chunk that it had submitted is either saved with its reply or not at all. In both cases the next run of the same file resumes
// there. If reading the file fails, the rows of the unfinished chunk are not submitted: a shorter chunk would have a key that no
// whole run has.
//
// # Complete files
//
// [Sync] holds a file and its courses in memory. It passes through three states:
//   - planning: rows are compared with a copy of the courses, and what is to be changed is tried there. Nothing has changed if this fails.
//   - running: the changes are submitted in steps. A step is one command on one course: all or nothing, and only if the course has the
//     sequence that the plan expects. So it has the result that the plan had, and a run that stops leaves whole steps.
//   - reporting: the file is read again, and each row is counted by what became of it.
//
// A run that was stopped is not resumed: the next one makes a new plan, in which what is done is unchanged.
package importer
