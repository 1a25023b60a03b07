// Package worker is the entry point for queued commands. It submits a batch of commands to the core together. One table,
// dispositions, says which commands are done, which are retried and which become dead letters. It knows no broker: a
// [ports.Queue] delivers the commands.
//
// A batch is answered as a whole or returned to the queue as a whole, so the order on a course holds. That is safe because every
// queued command has a key: a command that was done before its batch was returned gets its first reply again.
package worker
