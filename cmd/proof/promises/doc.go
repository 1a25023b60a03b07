// Package promises holds tests of what this program must not change by accident: every text that another process, an older or newer
// build, a database, a broker, a file on disk, a dashboard or a script can see.
//
// The lists are in testdata/promises, one file per topic, one promise per line, sorted. The tests make the same lists from the running
// program, and compare. Names of Go identifiers, comments and sentences for people are not promised.
package promises
