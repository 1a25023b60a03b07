// Package usecase adds a use case to the service that it is run in: `scaffold usecase NAME`.
//
// A use case is small and whole: a state of its own with a rule that decides on it, a command and its reply, a step of the
// application, what keeps it in memory and in SQL, and the doors that lead to it, each with its tests. Package domain's courses
// know nothing of it: it has ports of its own, which [ports.Service] and [ports.Store] take in.
//
// The files below templates are what is added, where they stand; one whose folder the service has not is left out. Files
// that are shared by all use cases gain lines, and lose none: edits.go has them all. Everything is planned in memory, and built
// before a byte is written, so that a run that fails leaves the service as it was.
package usecase
