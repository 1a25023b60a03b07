package ports

import "time"

// A Store is all that the core stores. Each use case adds a port of its own to it.
type Store interface {
	SampleNoteStore
}

// A Clock returns the current time.
type Clock interface {
	Now() time.Time
}
