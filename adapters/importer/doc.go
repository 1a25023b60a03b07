// Package importer is the import job as a driving adapter: it reads a file row by row, submits the rows to the core in chunks,
// and counts the results. Its memory does not grow with the file.
//
// # Files
//
// A file is UTF-8, with or without a byte order mark. One line is one row: no id may contain a newline, so a stray quote spoils
// one row and not the rest of the file. Blank lines are skipped.
//
// CSV begins with a header. It names the columns course_id, learner_id and optionally action, in any order; other columns are
// ignored. NDJSON has one object per line with courseId, learnerId and action; course_id and learner_id are accepted too. The
// action is enroll, which is the default, or withdraw.
//
// # Resumable runs
//
// A run submits a file in order. Running the same file again resumes it: no row takes effect twice, and the second run reports
// what one whole run would. This holds while the core keeps the saved replies, at least 24 hours.
//
// Terms:
//   - A chunk is up to 1,000 consecutive rows, submitted as one [ports.Command]: it takes effect entirely or not at all.
//   - The key of a chunk is its idempotency key: the run's prefix, and the SHA-256 of all bytes of the file up to the chunk's end.
//     The same bytes give the same keys; a change in the file gives other keys to its chunk and to all later ones.
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
package importer
