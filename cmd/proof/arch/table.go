package arch

import "slices"

// Table is the architecture, from the folders with the fewest imports to those with the most. A new folder needs a row.
var Table = slices.Concat(layers, commands)

// layers are the rows of the core and of the adapters.
var layers = []Row{
	{
		Path: "domain",
		Std:  "cmp errors fmt iter maps slices strings time unicode unicode/utf8",
		Why:  "rules depend only on their arguments: no context, I/O, clock, randomness, SQL, JSON or reflection",
	}, {
		Path:     "domain/domaintest",
		Packages: "domain",
		Std:      "fmt strconv strings",
		Why:      "the notation of the rules is for the tests of all layers, so it needs the domain alone",
	}, {
		Path:     "domain/.../*_test.go",
		Packages: "domain/domaintest",
		Std:      "*",
		Tech:     "pgregory.net/rapid",
		Why:      "rules are tested without any other layer",
	}, {
		Path:     "ports",
		Packages: "domain",
		Std:      "cmp context encoding/binary errors hash/fnv iter time",
		Why:      "ports declare what the core offers and needs, in terms of the domain, without behavior",
	}, {
		Path:     "ports/portstest",
		Packages: "domain ports",
		Std:      pure + " context math/rand/v2 reflect runtime sync sync/atomic testing time.After time.Now time.Since time.Sleep",
		Why:      "the suites are for every store and bus, so they import no store, no bus and no technology",
	}, {
		Path:     "ports/portstest/*_test.go",
		Packages: "adapters/membus adapters/memstore application ports/portstest",
		Std:      "*",
		Tech:     "go.uber.org/goleak pgregory.net/rapid",
		Why:      "the suites are tested on the store in memory, intact and broken on purpose",
	}, {
		Path:     "ports/portsmock",
		Packages: "domain ports",
		Std:      "context reflect time",
		Tech:     "github.com/golang/mock/gomock",
		Why:      "mocks are generated from the driving ports",
	}, {
		Path:     "application",
		Packages: "domain ports",
		Std:      pure + " context runtime/debug sync sync/atomic",
		Why:      "a workflow imports the ports and no adapter: no I/O, no technology, and no clock except the port",
	}, {
		Path: "application/system.go",
		Std:  "crypto/rand time.NewTimer time.Now",
		Why:  "only the defaults for clock, timers and ids use the machine, so that embedding needs no options",
	}, {
		Path:     "application/servicetest",
		Packages: "adapters/memstore application domain domain/domaintest ports",
		Std:      pure + " context sync sync/atomic",
		Why:      "the kit is for the tests of embedders: the service on the store in memory, and only the standard library",
	}, {
		Path:     "application/.../*_test.go",
		Packages: "adapters/membus adapters/memstore application application/servicetest domain ports ports/portsmock ports/portstest",
		Std:      "*",
		Tech:     "github.com/anishathalye/porcupine github.com/golang/mock/gomock go.uber.org/goleak pgregory.net/rapid",
		Why:      "workflows are tested on the store in memory, and on mocks for faults",
	}, {
		Path:     "adapters/internal/renames",
		Packages: "domain ports",
		Std:      "time",
		Why:      "what concerns a learner who was renamed is erased and shown by the same rule",
	}, {
		Path:     "adapters/memstore",
		Packages: "adapters/internal/renames domain ports",
		Std:      pure + " context sync",
		Why:      "the store in memory needs only the standard library, so that any test can embed it",
	}, {
		Path:     "adapters/cache",
		Packages: "domain ports",
		Std:      pure + " context sync time.Now",
		Why:      "the cache stands in front of any store, so it imports none, and only the standard library",
	}, {
		Path:     "adapters/internal/sqlstore",
		Packages: "adapters/internal/renames domain ports",
		Std:      "*",
		Tech:     "github.com/pressly/goose/v3 github.com/uptrace/bun/...",
		Why:      "SQL that both databases share imports bun and goose, and no driver",
	}, {
		Path:     "adapters/sqlite",
		Packages: "adapters/internal/sqlstore domain ports",
		Std:      "*",
		Tech:     "github.com/pressly/goose/v3/... github.com/uptrace/bun/... modernc.org/sqlite/...",
		Why:      "the store for SQLite imports its driver, and of the adapters only the shared SQL",
	}, {
		Path:     "adapters/postgres",
		Packages: "adapters/internal/sqlstore domain ports",
		Std:      "*",
		Tech:     "github.com/jackc/pgx/v5/... github.com/pressly/goose/v3/... github.com/uptrace/bun/...",
		Why:      "the store for PostgreSQL imports its driver, and of the adapters only the shared SQL",
	}, {
		Path: "adapters/postgres/pgtest",
		Std:  "*",
		Tech: "github.com/jackc/pgx/v5",
		Why:  "a test database exists before a store opens, so it imports no store",
	}, {
		Path:     "adapters/httpapi",
		Packages: "adapters/httpapi/docs adapters/httpapi/internal/api adapters/internal/jsonfields adapters/internal/spelling adapters/internal/tracecontext domain ports",
		Std:      "*",
		Tech: "github.com/dunglas/httpsfv github.com/google/uuid github.com/labstack/echo/v4/... go.yaml.in/yaml/v3" +
			" golang.org/x/net/netutil golang.org/x/time/rate",
		Why: "the HTTP API translates requests into commands; it imports the ports, not their implementations",
	}, {
		Path: "adapters/httpapi/docs",
		Std:  "bytes compress/gzip embed io net/http path regexp strings",
		Why:  "the page that shows the API is files of another project, and knows no request but its own",
	}, {
		Path: "adapters/httpapi/internal/api",
		Std:  "*",
		Tech: "github.com/labstack/echo/v4 github.com/oapi-codegen/runtime/...",
		Why:  "routes and bodies are generated from the specification alone",
	}, {
		Path: "adapters/internal/spelling",
		Std:  pure,
		Why:  "names that callers misspell are found alike by all entry points",
	}, {
		Path:     "adapters/internal/jsonfields",
		Packages: "adapters/internal/spelling domain ports",
		Std:      pure,
		Tech:     "github.com/go-jose/go-jose/v4/json",
		Why:      "the command line, the queue and the HTTP API read actions by the same rules",
	}, {
		Path: "adapters/internal/spreadsheet",
		Std:  pure,
		Why:  "the command line writes CSV that the import reads",
	}, {
		Path: "adapters/internal/tracecontext",
		Std:  pure + " regexp",
		Why:  "the HTTP API and the queue read the same header",
	}, {
		Path:     "adapters/cli",
		Packages: "adapters/internal/jsonfields adapters/internal/renames adapters/internal/spreadsheet domain ports",
		Std:      "*",
		Tech:     "github.com/spf13/cobra github.com/spf13/pflag",
		Why:      "the command line translates arguments into commands; it imports the ports, not their implementations",
	}, {
		Path:     "adapters/importer",
		Packages: "adapters/importer/formats adapters/internal/spelling adapters/internal/spreadsheet domain ports",
		Std:      "*",
		Tech:     "github.com/schollz/progressbar/v3 go.yaml.in/yaml/v3 golang.org/x/text/encoding/...",
		Why:      "the import translates rows into commands; it imports the ports, not their implementations",
	}, {
		Path: "adapters/importer/formats",
		Std:  "embed",
		Why:  "the mapping files of other systems are data: a copy keeps the folder byte for byte, so it imports nothing of the module",
	}, {
		Path:     "adapters/identity",
		Packages: "domain ports",
		Std:      "*",
		Tech:     "github.com/coreos/go-oidc/v3/oidc github.com/go-jose/go-jose/v4/...",
		Why:      "the verifier translates tokens into actors; it imports tokens and providers, and no entry point",
	}, {
		Path:     "adapters/membus",
		Packages: "domain ports",
		Std:      pure + " context sync",
		Why:      "the bus in memory needs only the standard library, so that any test can embed it",
	}, {
		Path:     "adapters/nats",
		Packages: "adapters/internal/jsonfields adapters/internal/tracecontext domain ports",
		Std:      "*",
		Tech:     "github.com/failsafe-go/failsafe-go/... github.com/go-jose/go-jose/v4/json github.com/nats-io/nats.go/... go.yaml.in/yaml/v3",
		Why:      "events go out and commands come in: the adapter has the broker's protocol and the format of messages, and no use case",
	}, {
		Path:     "adapters/nats/broker",
		Packages: "ports",
		Std:      "*",
		Tech:     "github.com/gofrs/flock github.com/nats-io/nats-server/v2/server github.com/nats-io/nats.go",
		Why:      "the embedded broker is a server like any other, without knowledge of its clients",
	}, {
		Path:     "adapters/worker",
		Packages: "domain ports",
		Std:      "*",
		Tech:     "github.com/failsafe-go/failsafe-go/...",
		Why:      "the worker submits queued commands; it imports the ports, not the broker",
	}, {
		Path:     "adapters/schedule",
		Packages: "ports",
		Std:      "context log/slog time time.After",
		Why:      "the schedule is an entry point that is driven by time: it calls the maintenance port, and nothing else",
	}, {
		Path:     "adapters/observe",
		Packages: "domain ports",
		Std:      "*",
		Tech:     "github.com/prometheus/client_golang/... go.opentelemetry.io/otel/...",
		Why:      "telemetry wraps the ports: no other adapter imports it, and it imports no other adapter",
	}, {
		Path:     "adapters/.../*_test.go",
		Packages: "application/servicetest ports/portsmock ports/portstest",
		Std:      "*",
		Tech:     "github.com/golang/mock/gomock go.uber.org/goleak pgregory.net/rapid",
		Why:      "an adapter is tested against its port, with suites, mocks and the kit, without another adapter",
	}, {
		Path:     "adapters/.../example_test.go",
		Packages: "adapters/memstore application",
		Why:      "an example shows an adapter as an embedder has it: on the service, with the store in memory",
	}, {
		Path:     "adapters/cache/*_test.go",
		Packages: "adapters/cache adapters/memstore application",
		Std:      "*",
		Why:      "the cache is tested as the service uses it, on the store in memory",
	}, {
		Path:     "adapters/internal/sqlstore/*_test.go",
		Packages: "adapters/internal/sqlstore adapters/postgres adapters/postgres/pgtest adapters/sqlite",
		Tech:     "github.com/jackc/pgx/v5 modernc.org/sqlite",
		Why:      "the SQL is tested on each database, with no other adapter",
	}, {
		Path:     "adapters/postgres/*_test.go",
		Packages: "adapters/internal/sqlstore adapters/postgres/pgtest",
		Tech:     "github.com/jackc/pgx/v5",
		Why:      "the statements are tested on a server, with no other adapter",
	}, {
		Path:     "adapters/nats/.../*_test.go",
		Packages: "adapters/nats/... domain",
		Tech:     "github.com/nats-io/jwt/v2 github.com/nats-io/nats.go/... github.com/nats-io/nkeys github.com/santhosh-tekuri/jsonschema/v6 go.yaml.in/yaml/v3",
		Why:      "the bus is tested on the embedded broker, and its messages against their schemas, with no other adapter",
	}, {
		Path: "adapters/identity/*_test.go",
		Tech: "github.com/golang-jwt/jwt/v5 github.com/oauth2-proxy/mockoidc",
		Why:  "tokens are tested with an embedded provider, whose claims are types of another library",
	}, {
		Path: "adapters/observe/*_test.go",
		Tech: "github.com/prometheus/client_model/go github.com/prometheus/common/...",
		Why:  "metrics are read as Prometheus reads them",
	}, {
		Path: "adapters/httpapi/*_test.go",
		Tech: "github.com/getkin/kin-openapi/...",
		Why:  "the HTTP API is tested against its specification, with mocks of the ports",
	},
}
