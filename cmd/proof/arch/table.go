package arch

import "strings"

// A Row says what the files of one place may know. A file that several rows match may know what they allow together, and
// the last of them gives the reason.
type Row struct {
	Where string // "domain"; "adapters/sqlstore/..." with all below; "domain/*_test.go" and "domain/id.go" are files
	Rooms string // folders of this module; "a/..." is a with all below
	Std   string // packages of the standard library, or "*"; what reads the clock is named apart: "time time.Now"
	Tech  string // packages of other modules; "m/..." is m with all below
	Why   string // why no more: it ends the sentence that a violation begins with
}

// Table is the architecture: rooms in the order of how little they know. A new folder needs a row.
var Table = []Row{
	{
		Where: "domain",
		Std:   "cmp errors fmt iter maps slices strings time unicode unicode/utf8",
		Why:   "the rules decide from what they are given: no context, I/O, clock, randomness, SQL, JSON or reflection",
	}, {
		Where: "domain/*_test.go",
		Std:   "*",
		Tech:  "pgregory.net/rapid",
		Why:   "the rules are tested alone, without any other room",
	}, {
		Where: "ports",
		Rooms: "domain",
		Std:   "context encoding/binary errors hash/fnv iter regexp strings time",
		Why:   "a contract says what is offered and needed, in the words of the domain; it does nothing itself",
	}, {
		Where: "ports/portstest",
		Rooms: "domain ports",
		Std:   pure + " context math/rand/v2 reflect runtime sync sync/atomic testing time.After time.Now time.Since time.Sleep",
		Why:   "the suite is for every store and bus, so it knows none of them, and no technology",
	}, {
		Where: "ports/portstest/*_test.go",
		Rooms: "adapters/membus adapters/memstore application ports/portstest",
		Std:   "*",
		Tech:  "go.uber.org/goleak pgregory.net/rapid",
		Why:   "the suite is tried on the store in memory, whole and broken, before any other",
	}, {
		Where: "ports/portsmock",
		Rooms: "domain ports",
		Std:   "context reflect time",
		Tech:  "github.com/golang/mock/gomock",
		Why:   "mocks are generated from the driving ports and hold nothing else",
	}, {
		Where: "application",
		Rooms: "domain ports",
		Std:   pure + " context sync sync/atomic",
		Why:   "a workflow knows the ports and no adapter: no I/O, no technology, no clock but the port's",
	}, {
		Where: "application/system.go",
		Std:   "crypto/rand time.NewTimer time.Now",
		Why:   "the default clock, pauses and ids touch the machine so that embedding takes no options, and nothing else does",
	}, {
		Where: "application/*_test.go",
		Rooms: "adapters/membus adapters/memstore application ports/portsmock ports/portstest",
		Std:   "*",
		Tech:  "github.com/anishathalye/porcupine github.com/golang/mock/gomock go.uber.org/goleak pgregory.net/rapid",
		Why:   "workflows are tested on the store in memory, and on mocks where a fault is wanted",
	}, {
		Where: "adapters/memstore",
		Rooms: "domain ports",
		Std:   pure + " context sync",
		Why:   "the store in memory takes nothing but the language, so that any test can embed it",
	}, {
		Where: "adapters/sqlstore",
		Rooms: "domain ports",
		Std:   "*",
		Tech:  "github.com/pressly/goose/v3 github.com/uptrace/bun/...",
		Why:   "SQL that every database shares knows bun and the migrations, and no driver",
	}, {
		Where: "adapters/sqlstore/sqlite",
		Rooms: "adapters/sqlstore domain ports",
		Std:   "*",
		Tech:  "github.com/pressly/goose/v3/... github.com/uptrace/bun/... modernc.org/sqlite/...",
		Why:   "what opens SQLite knows its driver, and of the adapters only the SQL that it is for",
	}, {
		Where: "adapters/sqlstore/postgres",
		Rooms: "adapters/sqlstore domain ports",
		Std:   "*",
		Tech:  "github.com/jackc/pgx/v5/... github.com/pressly/goose/v3/... github.com/uptrace/bun/...",
		Why:   "what opens PostgreSQL knows its driver, and of the adapters only the SQL that it is for",
	}, {
		Where: "adapters/sqlstore/pgtest",
		Std:   "*",
		Tech:  "github.com/jackc/pgx/v5",
		Why:   "a database for tests is there before any store is opened",
	}, {
		Where: "adapters/httpapi",
		Rooms: "adapters/httpapi/internal/api domain ports",
		Std:   "*",
		Tech: "github.com/dunglas/httpsfv github.com/google/uuid github.com/labstack/echo/v4/... go.yaml.in/yaml/v3" +
			" golang.org/x/net/netutil golang.org/x/time/rate",
		Why: "the HTTP door turns requests into commands; it knows the ports, not who implements them",
	}, {
		Where: "adapters/httpapi/internal/api",
		Std:   "*",
		Tech:  "github.com/labstack/echo/v4 github.com/oapi-codegen/runtime/...",
		Why:   "routes and bodies are generated from the specification and know nothing else",
	}, {
		Where: "adapters/cli",
		Rooms: "domain ports",
		Std:   "*",
		Tech:  "github.com/spf13/cobra github.com/spf13/pflag",
		Why:   "the command line turns words into commands; it knows the ports, not who implements them",
	}, {
		Where: "adapters/importer",
		Rooms: "domain ports",
		Std:   "*",
		Tech:  "github.com/schollz/progressbar/v3",
		Why:   "the import turns rows into commands; it knows the ports, not who implements them",
	}, {
		Where: "adapters/identity",
		Rooms: "domain ports",
		Std:   "*",
		Tech:  "github.com/coreos/go-oidc/v3/oidc github.com/go-jose/go-jose/v4/...",
		Why:   "who turns a token into an actor knows tokens and providers, and not the door that asks",
	}, {
		Where: "adapters/membus",
		Rooms: "domain ports",
		Std:   pure + " context sync",
		Why:   "the bus in memory takes nothing but the language, so that any test can embed it",
	}, {
		Where: "adapters/nats",
		Rooms: "domain ports",
		Std:   "*",
		Tech:  "github.com/failsafe-go/failsafe-go/... github.com/nats-io/nats.go/...",
		Why:   "events out and commands in: it knows the broker's protocol and the form of messages, and no use case",
	}, {
		Where: "adapters/nats/broker",
		Rooms: "ports",
		Std:   "*",
		Tech:  "github.com/gofrs/flock github.com/nats-io/nats-server/v2/server github.com/nats-io/nats.go",
		Why:   "the embedded broker is a server like any other; it does not know its clients",
	}, {
		Where: "adapters/worker",
		Rooms: "domain ports",
		Std:   "*",
		Tech:  "github.com/failsafe-go/failsafe-go/...",
		Why:   "the worker submits queued commands; it knows the ports, not which broker delivers them",
	}, {
		Where: "adapters/schedule",
		Rooms: "ports",
		Std:   "context log/slog time time.After",
		Why:   "the schedule is an entry point driven by time: it knows which jobs to run, and nothing else",
	}, {
		Where: "adapters/observe",
		Rooms: "domain ports",
		Std:   "*",
		Tech:  "github.com/prometheus/client_golang/... github.com/prometheus/otlptranslator go.opentelemetry.io/otel/...",
		Why:   "telemetry wraps the ports, so that no other room knows of it, and it knows no other adapter",
	}, {
		Where: "adapters/.../*_test.go",
		Rooms: "ports/portsmock ports/portstest",
		Std:   "*",
		Tech:  "github.com/golang/mock/gomock go.uber.org/goleak pgregory.net/rapid",
		Why:   "an adapter is tested against the contract, by the suite and by mocks, without application or another adapter",
	}, {
		Where: "adapters/sqlstore/.../*_test.go",
		Rooms: "adapters/sqlstore/...",
		Tech:  "github.com/jackc/pgx/v5 modernc.org/sqlite",
		Why:   "the SQL is tested on each of its databases, and with no other adapter",
	}, {
		Where: "adapters/nats/.../*_test.go",
		Rooms: "adapters/nats/... domain",
		Tech:  "github.com/nats-io/nats.go/... github.com/santhosh-tekuri/jsonschema/v6 go.yaml.in/yaml/v3",
		Why:   "the bus is tested on the broker in the process, and its messages against their schemas, with no other adapter",
	}, {
		Where: "adapters/identity/*_test.go",
		Tech:  "github.com/golang-jwt/jwt/v5 github.com/oauth2-proxy/mockoidc",
		Why:   "tokens are tested on a provider in the process, whose claims are typed by another library",
	}, {
		Where: "adapters/observe/*_test.go",
		Tech:  "github.com/prometheus/client_model/go github.com/prometheus/common/...",
		Why:   "what is told is read as Prometheus reads it",
	}, {
		Where: "adapters/httpapi/*_test.go",
		Tech:  "github.com/getkin/kin-openapi/...",
		Why:   "the HTTP door is tested against its specification, on mocks of the ports",
	}, {
		Where: "cmd/roster",
		Rooms: "cmd/roster/app",
		Std:   "*",
		Why:   "the program is package app; its main adds the process: arguments, signals, exit code",
	}, {
		Where: "cmd/roster/app",
		Rooms: "adapters/... application domain ports",
		Std:   "*",
		Tech:  "github.com/mattn/go-isatty github.com/spf13/cobra github.com/spf13/pflag",
		Why:   "the program knows every room, and of technologies only the grammar of its command line",
	}, {
		Where: "cmd/roster/app/wire.go",
		Tech:  "github.com/google/wire",
		Why:   "wire reads this one file before the build, and is no part of the program",
	}, {
		Where: "cmd/example/occupancy/...",
		Rooms: "cmd/example/occupancy/...",
		Std:   "*",
		Tech:  "github.com/nats-io/nats.go/... modernc.org/sqlite",
		Why:   "a consumer is another service: it knows the events as AsyncAPI has them, and nothing of this one's code",
	}, {
		Where: "cmd/example/payments/...",
		Rooms: "cmd/example/payments/...",
		Std:   "*",
		Tech:  "github.com/nats-io/nats.go/... modernc.org/sqlite",
		Why:   "a partner of a saga is another service: it knows events and commands as AsyncAPI has them, and no more",
	}, {
		Where: "cmd/example/.../*_test.go",
		Tech:  "github.com/nats-io/nats-server/v2/server go.uber.org/goleak",
		Why:   "an example is tested on a broker in the process, and alone",
	}, {
		Where: "cmd/demo",
		Rooms: "cmd/demo/sample cmd/roster/app",
		Std:   "*",
		Why:   "the demo is a user of the program, and does nothing but by its commands",
	}, {
		Where: "cmd/demo/sample",
		Std:   "*",
		Why:   "the sample is data",
	}, {
		Where: "cmd/scaffold",
		Rooms: "cmd/scaffold/...",
		Std:   "*",
		Tech:  "github.com/spf13/cobra",
		Why:   "the scaffold is a tool beside the service, and its packages hold what it can do",
	}, {
		Where: "cmd/scaffold/internal/naming",
		Std:   "*",
		Why:   "names that a service has, and their English, are read from its source as text",
	}, {
		Where: "cmd/scaffold/create",
		Rooms: "cmd/proof/hexagon/drawing cmd/proof/source cmd/scaffold/internal/naming",
		Std:   "*",
		Tech:  "golang.org/x/mod/...",
		Why:   "what makes a new service reads the source of this one as text, and uses none of it",
	}, {
		Where: "cmd/scaffold/create/*_test.go",
		Rooms: "cmd/proof/...",
		Tech:  "golang.org/x/mod/...",
		Why:   "what was made is held against the proofs of the template",
	}, {
		Where: "cmd/scaffold/usecase",
		Rooms: "cmd/proof/hexagon/drawing cmd/proof/source cmd/scaffold/internal/naming",
		Std:   "*",
		Tech:  "go.yaml.in/yaml/v3 golang.org/x/mod/modfile",
		Why:   "what adds a use case reads the service as text, and uses none of it",
	}, {
		Where: "cmd/bench",
		Rooms: "adapters/nats/... adapters/sqlstore/... application cmd/bench/submit domain ports",
		Std:   "*",
		Tech: "github.com/HdrHistogram/hdrhistogram-go github.com/jackc/pgx/v5/... github.com/valyala/fasthttp" +
			" modernc.org/sqlite",
		Why: "the bench loads the program from outside; the relay and one command at a time it measures on the core and its stores",
	}, {
		Where: "cmd/bench/submit",
		Rooms: "adapters/memstore application domain ports",
		Std:   "*",
		Why:   "the core alone is measured on a store in memory, and on one that keeps nothing",
	}, {
		Where: "cmd/bench/submit/*_test.go",
		Rooms: "cmd/bench/submit",
		Why:   "the same measures, where go test looks for them",
	}, {
		Where: "cmd/bench/naive",
		Std:   "*",
		Tech:  "github.com/google/uuid github.com/jackc/pgx/v5/... github.com/labstack/echo/v4 modernc.org/sqlite",
		Why:   "who is measured against must owe nothing to the house",
	}, {
		Where: "cmd/bench/naive/*_test.go",
		Rooms: "adapters/httpapi adapters/memstore application ports",
		Why:   "naive must answer as the API does, else the comparison is with something else",
	}, {
		Where: "cmd/bench/bare",
		Std:   "*",
		Tech:  "github.com/labstack/echo/v4",
		Why:   "the least that a server can be has nothing but its framework",
	}, {
		Where: "cmd/proof/...",
		Rooms: "cmd/...",
		Std:   "*",
		Tech:  "golang.org/x/mod/modfile",
		Why:   "proofs read the source, or drive the program from outside",
	}, {
		Where: "cmd/proof/contract",
		Tech:  "github.com/getkin/kin-openapi/... github.com/oasdiff/oasdiff/...",
		Why:   "a contract is read as its consumers have it: specs, pacts and packages, whoever fulfils them",
	}, {
		Where: "cmd/proof/contract/*_test.go",
		Rooms: "adapters/httpapi adapters/memstore application domain ports",
		Tech:  "go.uber.org/goleak",
		Why:   "contracts are tried on the HTTP door on the real core, with the store that needs nothing",
	}, {
		Where: "cmd/proof/container/*_test.go",
		Rooms: "adapters/sqlstore/pgtest",
		Tech:  "github.com/jackc/pgx/v5/... github.com/nats-io/nats-server/v2/server go.uber.org/goleak go.yaml.in/yaml/v3",
		Why:   "a composition is read, and its programs run on a database and brokers as it names them",
	}, {
		Where: "cmd/proof/hostile/*_test.go",
		Rooms: "adapters/... application domain ports",
		Tech:  "github.com/getkin/kin-openapi/... go.uber.org/goleak",
		Why:   "hostile requests go to the HTTP door on the real core and its stores, as many as the specification has inputs",
	}, {
		Where: "cmd/proof/*_test.go",
		Rooms: "adapters/... application domain ports ports/portstest",
		Tech: "github.com/golang-jwt/jwt/v5 github.com/nats-io/nats-server/v2/server github.com/nats-io/nats.go/..." +
			" github.com/oauth2-proxy/mockoidc go.uber.org/goleak pgregory.net/rapid",
		Why: "tests of the whole program hold the doors and the stores against each other",
	}, {
		Where: "cmd/proof/promises/*_test.go",
		Rooms: "adapters/... application domain ports",
		Tech: "github.com/jackc/pgx/v5/... github.com/nats-io/nats-server/v2/server github.com/nats-io/nats.go/..." +
			" github.com/prometheus/client_model/go github.com/prometheus/common/... go.opentelemetry.io/otel/..." +
			" go.uber.org/goleak modernc.org/sqlite",
		Why: "promises are read where others see them: in databases, brokers, files and metrics",
	}, {
		Where: "cmd/proof/identity/*_test.go",
		Rooms: "adapters/identity ports",
		Why:   "the verifier is tried on a provider that is a program of its own, without the rest of this one",
	},
}

// pure is the part of the standard library that computes and does nothing else.
const pure = "bytes cmp crypto/sha256 encoding/binary encoding/hex errors fmt hash iter maps math slices strconv strings time" +
	" unicode unicode/utf8"

// clock is what of package time asks for the time or waits: a room that allows "time" allows none of these.
const clock = "After AfterFunc NewTicker NewTimer Now Since Sleep Tick Until"

// tagged are the folders that may say what a field is called outside.
const tagged = "adapters/... cmd/..."

const whyUntagged = "only adapters and cmd know what a field is called outside"

// names reports whether a list such as those of a [Row] has name.
func names(list, name string) bool {
	for pattern := range strings.FieldsSeq(list) {
		if within(name, pattern) {
			return true
		}
	}
	return false
}

// within reports whether a folder or package is what pattern says: itself, or below what comes before "/...".
func within(name, pattern string) bool {
	root, tree := strings.CutSuffix(pattern, "/...")
	return name == root || tree && strings.HasPrefix(name, root+"/")
}
