//go:generate go tool wire gen .

package app

import (
	"context"
	"io"

	"example.com/roster/application"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A core is the service on the store that the configuration names: all that the doors need. wire.go puts it together.
type core struct {
	service *application.Service
	outbox  ports.Outbox
	turns   ports.Locker
	ready   func(context.Context) error
}

// A Storage is all that a kind of database offers the core.
type Storage interface {
	ports.Store
	ports.Outbox
	ports.Locker
}

// A database is where things are stored. Each kind has a file of its own.
type database interface {
	// open returns the core on it, and what closes it.
	open(ctx context.Context, w watch, options []application.Option) (*core, func(), error)
	// migrate brings its tables up to date; one that is not shared is by being opened.
	migrate(ctx context.Context) error
	schema(ctx context.Context) (schema, error)
	// lasts reports whether what it holds is there at the next start.
	lasts() bool
}

// database returns the database that the configuration names: of the kind whose URL it is.
func (c configuration) database() (database, error) {
	for _, kind := range []func(configuration) (database, error){
		configuration.postgres,
		configuration.sqlite,
		configuration.memory,
	} {
		if d, err := kind(c); d != nil || err != nil {
			return d, err
		}
	}
	return nil, &domain.Violation{Field: "database-url", Detail: "must be sqlite:PATH, postgres://… or memory:"}
}

// A watch is put around the store that the core works on; unwatched is none.
type watch func(ports.Store) ports.Store

func unwatched(s ports.Store) ports.Store { return s }

// The providers that wire.go has for every kind.

func storeReady(s readier) func(context.Context) error { return s.Ready }

// A readier is a store that may be unready.
type readier interface{ Ready(context.Context) error }

func newService(s ports.Store, w watch, options []application.Option) *application.Service {
	return application.New(w(s), options...)
}

func newCore(s *application.Service, outbox ports.Outbox, turns ports.Locker, ready func(context.Context) error) *core {
	return &core{s, outbox, turns, ready}
}

func closing[S io.Closer](s S, err error) (S, func(), error) {
	if err != nil {
		return s, nil, err
	}
	return s, func() { _ = s.Close() }, nil
}
