// Package importer is the import job as a door: it reads a file row by row, hands the rows to the core in chunks, and counts
// what came of them. What it holds does not grow with the file.
//
// A file is UTF-8, with or without a byte order mark, and one line is one row: no id may hold a line's end, so one stray quote
// spoils one row and not the rest of the file. Blank lines are skipped.
//
// CSV begins with a header that names the columns course_id, learner_id and, if there is one, action, in any order; other
// columns are ignored. NDJSON has an object per line with courseId, learnerId and action; course_id and learner_id will do.
// The action is enroll, which it is when left out, or withdraw.
//
// A row that makes no sense, or that a rule refuses, is a reject and never the end of the run. Rejects are told by the number
// of their line, as editors and spreadsheets count: the header of a CSV file is 1.
//
// A chunk is one command, done whole or not at all, under a key made of all the bytes of the file up to its end. So a run that
// was killed and is started again gets the replies of what it has done, goes on where it was, and reports what one run would.
package importer
