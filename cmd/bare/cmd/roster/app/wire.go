//go:build wireinject

// This page shows which adapter serves which port in serve and on the command line. Each choice is one provider:
//
//	ports.Store              memory or SQLite      openStore, in store.go
//	*identity.LocalKey       who sends a request   newKey, in token.go
//
// Wire makes wire_gen.go from it (go generate ./cmd/roster/app), plain Go that the program is built from. It constructs in
// the order of dependencies and cleans up in the reverse order.

package app

import (
	"context"

	"github.com/google/wire"

	"example.com/roster/cmd/bare/adapters/cli"
	"example.com/roster/cmd/bare/adapters/httpapi"
	"example.com/roster/cmd/bare/application"
	"example.com/roster/cmd/bare/ports"
)

func newServe(ctx context.Context, p *program, c serve) (*server, func(), error) {
	panic(wire.Build(
		wire.Struct(new(server), "*"),
		wire.FieldsOf(new(*program), "options", "configuration"),
		openStore,
		newService, wire.Bind(new(httpapi.Service), new(*application.Service)),
		listen,
		newKey,
		newHTTP,
		newLog,
	))
}

func newCommandLine(ctx context.Context, p *program) (*cli.Session, func(), error) {
	panic(wire.Build(
		wire.FieldsOf(new(*program), "options", "configuration"),
		openStore,
		newService, wire.Bind(new(ports.Service), new(*application.Service)),
		newSession,
	))
}
