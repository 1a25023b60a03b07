// Package usecase adds a use case to a service, `scaffold usecase NAME`, or a further command to one.
//
// A use case is small and complete: a type with a rule that decides about it, a command and its reply, a step of the application,
// its storage in memory and in SQL, and its entry points, each with tests. The package domain's courses are independent of it: it has
// ports of its own, which [ports.Service] and [ports.Store] include.
//
// Its code is that of a sample note, which the bare service of the template compiles and tests: new files, and lines of files that all use
// cases share. A line there that begins with "// keys:" or "# limits:" is for services with idempotency keys, or with a rate limit. The folder
// templates has the files without a counterpart in a bare service, and inserts: where lines go. The forms of the sample's name are replaced
// by those of the new name; fill has the few other rules. A file is left out if the service does not have its folder. An insert adds lines
// and removes none: insertionAt says where. The command plans everything in memory, and builds the result before it writes a byte: a run
// that fails leaves the service unchanged.
package usecase
