// Package worker is the queue as a door: it turns letters into commands, hands them to the core in one go, and decides by one
// table which are done, which are tried again and which are dead letters. It knows no broker: a [ports.Queue] brings the
// letters.
//
// A batch is answered as a whole or goes back as a whole, so the order of a course holds. That is safe because every letter has
// a key: what was done before it went back gets its first reply when it comes again.
package worker
