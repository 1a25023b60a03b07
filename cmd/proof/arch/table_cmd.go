package arch

// commands are the rows of cmd.
var commands = []Row{
	{
		Path:     "cmd/roster",
		Packages: "cmd/roster/app",
		Std:      "*",
		Why:      "the program is package app; main adds arguments, signals and the exit code",
	}, {
		Path: "cmd/roster/record",
		Std:  "*",
		Tech: "github.com/CycloneDX/cyclonedx-go go.yaml.in/yaml/v3",
		Why:  "the record's forms know no package of the service, and package app fills them",
	}, {
		Path: "cmd/roster/record/*_test.go",
		Tech: "github.com/santhosh-tekuri/jsonschema/v6",
		Why:  "the owner's file and the record are validated by their schemas",
	}, {
		Path:     "cmd/roster/app",
		Packages: "adapters/... application cmd/roster/record domain ports",
		Std:      "*",
		Tech:     "github.com/mattn/go-isatty github.com/spf13/cobra github.com/spf13/pflag",
		Why:      "the program connects all packages; the only technology of its own is that of its command line",
	}, {
		Path: "cmd/roster/app/sync_test.go",
		Tech: "pgregory.net/rapid",
		Why:  "complete files are tested with the whole program, on any file",
	}, {
		Path: "cmd/roster/app/wire.go",
		Tech: "github.com/google/wire",
		Why:  "wire reads this file before the build, and is not part of the program",
	}, {
		Path:     "cmd/example/occupancy/...",
		Packages: "cmd/example/occupancy/...",
		Std:      "*",
		Tech:     "github.com/nats-io/nats.go/... modernc.org/sqlite",
		Why:      "a consumer is another service: it depends on the events in AsyncAPI, and on no code of this one",
	}, {
		Path:     "cmd/example/payments/...",
		Packages: "cmd/example/payments/...",
		Std:      "*",
		Tech:     "github.com/nats-io/nats.go/... modernc.org/sqlite",
		Why:      "a partner of a saga is another service: it depends on the events and commands in AsyncAPI, and on no code of this one",
	}, {
		Path: "cmd/example/record",
		Std:  "*",
		Why:  "a simple record is shown alone, on any SQL database that database/sql opens",
	}, {
		Path:     "cmd/example/record/*_test.go",
		Packages: "cmd/example/record",
		Std:      "*",
		Tech:     "modernc.org/sqlite",
		Why:      "the example is tested on SQLite, as services without roster's stores would use it",
	}, {
		Path: "cmd/example/browser",
		Std:  "*",
		Why:  "the command makes and serves files: it builds the core for the page, and knows it only by the name of its program",
	}, {
		Path:     "cmd/example/browser/entry",
		Packages: "adapters/memstore application domain ports",
		Std:      pure + " context encoding/json io",
		Why:      "the page's entry point translates JSON into commands, and runs in a browser: it is the core on the store in memory",
	}, {
		Path:     "cmd/example/browser/wasm",
		Packages: "cmd/example/browser/entry",
		Std:      "syscall/js",
		Why:      "the program for the page gives it the entry point, and decides nothing",
	}, {
		Path:     "cmd/example/browser/tab",
		Packages: "ports/portstest",
		Std:      "*",
		Why:      "a page in a browser is driven for tests, whatever the page is about",
	}, {
		Path:     "cmd/example/browser/.../*_test.go",
		Packages: "cmd/example/browser/entry cmd/example/browser/tab domain ports/portstest",
		Std:      "*",
		Why:      "the entry point is tested by its calls, and the page in a browser",
	}, {
		Path:     "cmd/example/bboltstore",
		Packages: "domain ports",
		Std:      "*",
		Tech:     "go.etcd.io/bbolt",
		Why:      "a store in a module of its own imports its library and the ports, as a store of this module does",
	}, {
		Path:     "cmd/example/bboltstore/*_test.go",
		Packages: "application application/servicetest ports/portstest",
		Std:      "*",
		Why:      "a store in a module of its own is tested by the suite and the kit, which are for every module",
	}, {
		Path: "cmd/example/.../*_test.go",
		Tech: "github.com/nats-io/nats-server/v2/server go.uber.org/goleak",
		Why:  "an example is tested alone, on an embedded broker",
	}, {
		Path:     "cmd/demo",
		Packages: "cmd/demo/sample cmd/roster/app",
		Std:      "*",
		Why:      "the demo uses the program only through its commands",
	}, {
		Path: "cmd/demo/sample",
		Std:  "*",
		Why:  "the sample is data",
	}, {
		Path:     "cmd/learn/page",
		Packages: "cmd/proof/hexagon/drawing cmd/proof/recorder cmd/proof/recorder/entered cmd/proof/source",
		Std:      "*",
		Tech:     "github.com/nats-io/nats.go",
		Why:      "the page builds the programs that it shows and starts them, so that it imports none of them",
	}, {
		Path:     "cmd/learn/page/*_test.go",
		Packages: "cmd/example/browser/tab ports/portstest",
		Tech:     "go.uber.org/goleak",
		Why:      "the page is tested by its requests, and in a browser",
	}, {
		Path:     "cmd/scaffold",
		Packages: "cmd/scaffold/...",
		Std:      "*",
		Tech:     "github.com/spf13/cobra",
		Why:      "the scaffold is a tool beside the service, with a package for each of its commands",
	}, {
		Path:     "cmd/learn",
		Packages: "cmd/learn/...",
		Std:      "*",
		Tech:     "github.com/spf13/cobra",
		Why:      "the exercises are a tool beside the service",
	}, {
		Path: "cmd/learn/patch",
		Std:  "*",
		Why:  "patches are text",
	}, {
		Path:     "cmd/learn/impact",
		Packages: "cmd/learn/patch",
		Std:      "*",
		Why:      "a change is patches: it is measured from outside, by the go command",
	}, {
		Path:     "cmd/learn/exercise",
		Packages: "cmd/learn/patch cmd/proof/overlay",
		Std:      "*",
		Tech:     "go.yaml.in/yaml/v3",
		Why:      "an exercise reads the code that it is about as files, and imports none of it",
	}, {
		Path: "cmd/scaffold/internal/naming",
		Std:  "*",
		Tech: "github.com/gertd/go-pluralize",
		Why:  "names that a service uses are found in its source as text, without importing it",
	}, {
		Path: "cmd/scaffold/internal/filetree",
		Std:  "*",
		Why:  "files in memory know nothing about what they contain",
	}, {
		Path: "cmd/scaffold/internal/program",
		Std:  "*",
		Why:  "go and git are run in one way",
	}, {
		Path:     "cmd/scaffold/create",
		Packages: "cmd/proof/hexagon/... cmd/proof/programs cmd/proof/source cmd/scaffold/internal/... cmd/scaffold/merge cmd/scaffold/usecase",
		Std:      "*",
		Tech:     "golang.org/x/mod/...",
		Why:      "the generator of a service reads the source of this one as text, and imports none of it",
	}, {
		Path:     "cmd/scaffold/create/*_test.go",
		Packages: "cmd/learn/exercise cmd/proof/...",
		Tech:     "golang.org/x/mod/...",
		Why:      "generated services are checked with the proofs of the template",
	}, {
		Path:     "cmd/scaffold/merge",
		Packages: "cmd/scaffold/internal/...",
		Std:      "*",
		Tech:     "golang.org/x/mod/module",
		Why:      "a merge runs the scaffolds of two versions and git, and knows no package of a service",
	}, {
		Path:     "cmd/scaffold/usecase",
		Packages: "cmd/scaffold/internal/...",
		Std:      "*",
		Tech:     "go.yaml.in/yaml/v3",
		Why:      "the generator of a use case reads the service as text, and imports none of it",
	}, {
		Path:     "cmd/bare/...",
		Packages: "adapters/httpapi/docs cmd/bare/... cmd/proof/hexagon/drawing cmd/proof/source",
		Std:      "*",
		Tech: "github.com/getkin/kin-openapi/... github.com/go-jose/go-jose/v4/... github.com/golang/mock/gomock github.com/google/wire" +
			" github.com/labstack/echo/v4 github.com/oapi-codegen/runtime/... github.com/pressly/goose/v3 github.com/spf13/cobra" +
			" github.com/spf13/pflag github.com/uptrace/bun/... go.uber.org/goleak go.yaml.in/yaml/v3 modernc.org/sqlite/...",
		Why: "a service begins with these packages, and imports no course; TestBareService in cmd/scaffold/create checks them as they are in it",
	}, {
		Path:     "cmd/bench",
		Packages: "adapters/nats/... adapters/postgres/... adapters/sqlite application cmd/bench/submit domain ports",
		Std:      "*",
		Tech:     "github.com/HdrHistogram/hdrhistogram-go github.com/jackc/pgx/v5/... github.com/valyala/fasthttp modernc.org/sqlite",
		Why:      "the benchmark loads the program from outside, and measures the relay and single commands on the core and its stores",
	}, {
		Path:     "cmd/bench/*_test.go",
		Packages: "ports/portstest",
		Why:      "the tests wait as the suites do",
	}, {
		Path:     "cmd/bench/submit",
		Packages: "adapters/memstore application domain ports",
		Std:      "*",
		Why:      "the core is measured on a store in memory, and on one that stores nothing",
	}, {
		Path:     "cmd/bench/submit/*_test.go",
		Packages: "cmd/bench/submit",
		Why:      "the same measurements as benchmarks of go test",
	}, {
		Path: "cmd/bench/naive",
		Std:  "*",
		Tech: "github.com/google/uuid github.com/jackc/pgx/v5/... github.com/labstack/echo/v4 modernc.org/sqlite",
		Why:  "the program to compare with must share no code with this repository",
	}, {
		Path:     "cmd/bench/naive/*_test.go",
		Packages: "adapters/httpapi adapters/memstore application ports ports/portstest",
		Why:      "naive must respond as the API does, so that the comparison is fair",
	}, {
		Path: "cmd/bench/bare",
		Std:  "*",
		Tech: "github.com/labstack/echo/v4",
		Why:  "the smallest server imports only its framework",
	}, {
		Path:     "cmd/proof/...",
		Packages: "cmd/...",
		Std:      "*",
		Tech:     "golang.org/x/mod/modfile",
		Why:      "proofs read the source, or run the program from outside",
	}, {
		Path: "cmd/proof/hexagon/views",
		Tech: "go.yaml.in/yaml/v3",
		Why:  "the drawings are made from the source and the manifests, as text",
	}, {
		Path:     "cmd/proof/mutants",
		Packages: "adapters/postgres/pgtest",
		Why:      "mutants are made from the source as text; their tests share one server of PostgreSQL",
	}, {
		Path:     "cmd/proof/runtests",
		Packages: "adapters/postgres/pgtest",
		Why:      "the runner of the tests starts the database that they share",
	}, {
		Path:     "cmd/proof/recorder/*_test.go",
		Packages: "ports/portstest",
		Why:      "the tests wait as the suites do",
	}, {
		Path: "cmd/proof/inventory",
		Tech: "github.com/google/licensecheck",
		Why:  "licences are found by their text when the list is written; the program has only the list",
	}, {
		Path: "cmd/proof/guard",
		Tech: "github.com/securego/gosec/v2/...",
		Why:  "gosec.go runs the rules of another project; it is not part of a build of this module",
	}, {
		Path: "cmd/proof/deploy",
		Tech: "github.com/zegl/kube-score/... k8s.io/... sigs.k8s.io/...",
		Why:  "check.go runs the rules of other projects; it is not part of a build of this module",
	}, {
		Path:     "cmd/proof/deploy/*_test.go",
		Packages: "cmd/roster/app",
		Tech:     "go.yaml.in/yaml/v3",
		Why:      "the manifests for Kubernetes are read, and compared with the program",
	}, {
		Path: "cmd/proof/contract",
		Tech: "github.com/getkin/kin-openapi/... github.com/oasdiff/oasdiff/...",
		Why:  "contracts are read as consumers have them: specs, pacts and packages",
	}, {
		Path:     "cmd/proof/contract/*_test.go",
		Packages: "adapters/httpapi adapters/memstore application domain ports",
		Tech:     "go.uber.org/goleak",
		Why:      "contracts are tested with the HTTP API on the real core, with the store in memory",
	}, {
		Path:     "cmd/proof/container/*_test.go",
		Packages: "adapters/postgres adapters/postgres/pgtest",
		Tech:     "github.com/jackc/pgx/v5/... github.com/nats-io/nats-server/v2/server go.uber.org/goleak go.yaml.in/yaml/v3",
		Why:      "the Dockerfile and compose.yaml are read, and their programs run on a test database and brokers",
	}, {
		Path:     "cmd/proof/hostile/*_test.go",
		Packages: "adapters/... application domain ports",
		Tech:     "github.com/getkin/kin-openapi/... go.uber.org/goleak",
		Why:      "hostile requests go to the HTTP API on the real core and its stores, for each input of the specification",
	}, {
		Path:     "cmd/proof/*_test.go",
		Packages: "adapters/... application domain ports ports/portstest",
		Tech: "github.com/golang-jwt/jwt/v5 github.com/nats-io/nats-server/v2/server github.com/nats-io/nats.go/..." +
			" github.com/oauth2-proxy/mockoidc go.opentelemetry.io/otel/... go.opentelemetry.io/proto/otlp/... go.uber.org/goleak" +
			" google.golang.org/protobuf/proto pgregory.net/rapid",
		Why: "tests of the whole program compare the entry points and the stores with each other",
	}, {
		Path:     "cmd/proof/promises/*_test.go",
		Packages: "adapters/... application domain ports ports/portstest",
		Tech: "github.com/jackc/pgx/v5/... github.com/nats-io/nats-server/v2/server github.com/nats-io/nats.go/..." +
			" github.com/prometheus/client_model/go github.com/prometheus/common/... go.opentelemetry.io/otel/..." +
			" go.uber.org/goleak modernc.org/sqlite",
		Why: "promises are read from outside: in databases, brokers, files and metrics",
	}, {
		Path:     "cmd/proof/record/*_test.go",
		Packages: "adapters/... application domain ports ports/portstest",
		Tech: "github.com/jackc/pgx/v5/... github.com/nats-io/nats-server/v2/server github.com/nats-io/nats.go/... github.com/oauth2-proxy/mockoidc" +
			" github.com/prometheus/common/... github.com/santhosh-tekuri/jsonschema/v6 go.uber.org/goleak go.yaml.in/yaml/v3 modernc.org/sqlite",
		Why: "the record is compared with a running system",
	}, {
		Path:     "cmd/proof/identity/*_test.go",
		Packages: "adapters/identity ports",
		Why:      "the verifier is tested with a provider in a separate process, without the rest of the program",
	},
}
