package record_test

import "example.com/roster/cmd/roster/record"

// sample is a record with something in each of its lists.
func sample() record.Record {
	const source = "a test"
	return record.Record{
		Service: record.Service{
			Reference: "SVC-7", Name: "booking", Description: "Books rooms: it's \"simple\".\nMostly.", Version: "v1.2.3", Licence: "MIT", Capabilities: []string{"Room booking"},
			Categories: record.Categories{Domain: "facilities", Team: "room-team", Layer: "business service"},
			Status:     "live", Transitions: []record.Transition{{To: "live", On: "2026-11-29"}},
			Estimation: record.Estimation{Size: "M", Basis: "counted"}, Tasks: []record.Task{{Title: "Rest", Due: "2026-12-31"}}, Source: record.Owner,
		},
		APIs: []record.API{
			{Name: "http-v1", Kind: "http", Title: "The HTTP API", Version: "v1", Definition: "adapters/httpapi/openapi.yaml",
				Package: "adapters/httpapi", Source: source, Endpoints: []record.Endpoint{
					{ID: "book", Address: "POST /v1/rooms/{roomId}/bookings", Summary: "Book", Roles: []string{"guest", "staff"}, Calls: []string{"Commands.Submit"}},
					{ID: "list", Address: "GET /v1/rooms", Summary: "List", Calls: []string{"Queries.List"}},
				}},
			{Name: "http-old", Kind: "http", Title: "The old HTTP API", Deprecated: "2026-01-01", Definition: "adapters/httpapi/openapi.yaml",
				Package: "adapters/httpapi", Source: source, Endpoints: []record.Endpoint{
					{ID: "bookOld", Address: "POST /rooms/{roomId}/bookings", Summary: "Book", Roles: []string{"guest"}, Calls: []string{"Commands.Submit"}},
				}},
			{Name: "queue", Kind: "queue", Title: "The queue", Package: "adapters/nats", Source: source, Endpoints: []record.Endpoint{
				{ID: "command", Address: "booking.commands.book", Summary: "Book later", Roles: []string{"staff"}, Calls: []string{"Commands.Submit"}},
				{ID: "reply", Address: "booking.replies.book", Summary: "What became of it", Roles: []string{"staff"}},
			}},
			{Name: "events", Kind: "events", Title: "The events", Package: "adapters/nats", Source: source, Endpoints: []record.Endpoint{
				{ID: "room.booked", Address: "booking.events.room.booked", Summary: "A room is booked"},
			}},
			{Name: "command-line", Kind: "command-line", Title: "The command line", Package: "adapters/cli", Source: source, Endpoints: []record.Endpoint{
				{ID: "list", Address: "booking list", Summary: "List", Roles: []string{"staff"}, Calls: []string{"Queries.List"}},
				{ID: "serve", Address: "booking serve", Summary: "Serve", Roles: []string{"staff"}},
				{ID: "worker", Address: "booking worker", Summary: "Work", Roles: []string{"staff"}},
			}},
		},
		Operations: []record.Operation{
			{Name: "Commands.Submit", Kind: "command", Reads: []string{"rooms"}, Writes: []string{"bookings"}, Source: source},
			{Name: "Queries.List", Kind: "query", Reads: []string{"rooms"}, Source: source},
		},
		Uses: []record.Use{
			{Name: "postgresql", Kind: "database", Title: "PostgreSQL", Protocol: "PostgreSQL 3.0 over TCP", External: true, Flag: "--database-url", By: []string{"serve", "command-line"}, RequiredFor: "many machines", IfDown: "503", Source: source},
			{Name: "nats", Kind: "broker", Title: "NATS", Protocol: "NATS over TCP", External: true, Flag: "--nats-url", By: []string{"serve", "worker"}, Source: source},
			{Name: "oidc", Kind: "identity-provider", Title: "The identity provider", Protocol: "OpenID Connect", External: true, Flag: "--oidc-issuer", By: []string{"serve"}, Source: source},
		},
		Stores: []record.Store{
			{Name: "postgresql", Title: "PostgreSQL", Package: "adapters/postgres", Source: source, Tables: []record.Table{
				{Name: "rooms", Columns: []string{"room_id", "seats"}, Access: []record.Access{{Role: "booking_serve", Read: []string{"*"}, Tenant: "one"}}},
				{Name: "bookings", Columns: []string{"room_id", "guest_id"}},
			}},
			{Name: "memory", Title: "Memory", Source: source},
		},
		Streams: []record.Stream{
			{Name: "BOOKING", Title: "Events", Subjects: []string{"booking.events.>"}, Messages: []string{"events/room.booked"}, Retention: "30 days", Publishes: true, Source: source},
			{Name: "BOOKING_QUEUE", Title: "Commands", Messages: []string{"queue/command", "queue/both"}, Publishes: true, Consumes: true, Source: source},
			{Name: "KEYS", Title: "Keys of rooms", Messages: []string{"queue/key"}, Consumes: true, Source: source},
			{Name: "BOOKING_REPLIES", Title: "Replies", Messages: []string{"queue/reply", "queue/both"}, Publishes: true, Source: source},
		},
		PersonalData: []record.Personal{
			{Where: "column", Name: "bookings.guest_id", What: "the guest's id", Until: "they are forgotten", Source: source},
			{Where: "message", Name: "room.booked data.guestId", What: "the guest's id", Until: "30 days", Source: source},
			{Where: "message", Name: "command guestId", What: "the guest's id", Until: "acknowledged", Source: source},
			{Where: "message", Name: "key guestId", What: "the guest's id", Until: "acknowledged", Source: source},
			{Where: "message", Name: "reply guestId", What: "the guest's id", Until: "2 days", Source: source},
			{Where: "message", Name: "both guestId", What: "the guest's id", Until: "2 days", Source: source},
			{Where: "message", Name: "lost guestId", What: "the guest's id", Until: "2 days", Source: source},
			{Where: "log", Name: "guestId", What: "the guest's id", Until: "the log is", Source: source},
		},
		Processes: []record.Process{{Name: "paid-booking", Title: "A guest pays.", ShownBy: []string{"a_test.go:TestA"}, Source: record.Owner, Steps: []record.Step{
			{From: "guest", To: "booking", Title: "book", Endpoint: "http-v1/book"},
			{From: "booking", To: "payments", Title: "booked", Endpoint: "events/room.booked"},
			{From: "payments", To: "payments", Title: "charge"},
			{From: "payments", To: "booking", Title: "cancel", Endpoint: "queue/command"},
		}}},
		Requirements: []record.Requirement{{ID: "FR-1", Kind: "functional", Text: "One booking a room.", ShownBy: []string{"a_test.go:TestA"}, Source: record.Owner}},
		Mechanisms:   []record.Mechanism{{Quality: "security", Name: "Roles", How: "each request", ShownBy: []string{"a_test.go:TestA"}, Source: record.Owner}},
		Metrics:      []record.Metric{{Name: "booking_requests_total", Type: "counter", Help: "Requests.", Labels: []string{"code"}, Source: source}},
		Packages: []record.Package{
			{Name: "adapters/cli", Imports: []string{"ports"}, Source: source},
			{Name: "adapters/httpapi", Imports: []string{"ports"}, Modules: []string{"github.com/labstack/echo/v4"}, Source: source},
			{Name: "adapters/nats", Imports: []string{"ports"}, Modules: []string{"github.com/nats-io/nats.go"}, Source: source},
			{Name: "adapters/postgres", Imports: []string{"ports"}, Modules: []string{"github.com/jackc/pgx/v5"}, Source: source},
			{Name: "ports", Source: source},
		},
		Modules: []record.Module{
			{Type: "golang", Path: "github.com/labstack/echo/v4", Version: "v4.16.0", Licence: "MIT", Source: source},
			{Type: "golang", Path: "github.com/Mixed/Case", Version: "v2.0.0+incompatible", Licence: "Apache-2.0 AND MIT", Source: source},
			{Type: "golang", Path: "github.com/nats-io/nats.go", Version: "v1.55.0", Licence: record.NoAssertion, Replace: "github.com/fork/nats.go@v1.55.1", Source: source},
			{Type: "npm", Path: "chairs-dist", Version: "1.2.3", Licence: "MIT", Package: "adapters/httpapi", Source: source},
		},
	}
}
