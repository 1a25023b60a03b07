#!/usr/bin/env bash
# A copy that gonew makes of echo v4 or goose v3 builds only if its new path ends in the same major version. wire is copied in part.
#
# Guess:    gonew copies any module that builds, and the copy builds: it renames the module in go.mod, in imports, and in the root's package
#           clause.
# Instead:  It takes the last element of the old path, "v4", for the name of the root package. An import in the copy becomes v4
#           "example.com/web", and its uses of echo are undefined. The retract lines of goose stay, so that the go command refuses go.mod:
#           "should be v0 or v1, not v3". An empty Go file in a testdata folder of wire, which the go command skips, ends the copy: 260 of
#           371 files are left in the folder. Only for wire does gonew fail; for the others it says that it has initialized the module.
# Versions: gonew of golang.org/x/tools v0.52.0, with echo v4.16.0, goose v3.29.0 and wire v0.7.0 as templates. uuid v1.6.0 is copied well.
# Source:   cmd/gonew/main.go: fixGo takes path.Base of both paths as the names of the packages, and parses every file whose name ends in
#           .go; fixGoMod changes only the module line. Its document says "highly experimental", and names none of these cases.
# Users:    Publish a template as v0 or v1, without retract lines, without Go files that do not parse, and with a root package that the
#           others do not import. In its CI, copy it by gonew to a path with another last element, and run go build ./... and go vet ./...
#           in the copy.
# Exit:     0 the finding holds; 1 the behavior changed; 2 not run.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >log 2>&1
go get golang.org/x/tools/cmd/gonew@v0.52.0 >>log 2>&1 && go build -o gonew golang.org/x/tools/cmd/gonew >>log 2>&1 ||
	{ cat log; echo "NOT RUN: gonew cannot be built"; exit 2; }
uuid=github.com/google/uuid@v1.6.0
web=github.com/labstack/echo/v4@v4.16.0
goose=github.com/pressly/goose/v3@v3.29.0
wire=github.com/google/wire@v0.7.0
packages="github.com/google/uuid github.com/labstack/echo/v4/... github.com/pressly/goose/v3 github.com/google/wire"
go get $uuid $web $goose $wire >log 2>&1 && go get $packages >>log 2>&1 && go build $packages >>log 2>&1 ||
	{ cat log; echo "NOT RUN: the templates cannot be downloaded and built"; exit 2; }

try() { # module, new path, command in the copy
	echo "$1 as $2"
	./gonew "$1" "$2" copy >log 2>&1 || echo "  gonew fails"
	tail -n 1 log | sed 's/^/  /'
	if (cd copy && $3) >log 2>&1; then
		echo "  $3: succeeds"
	else
		echo "  $3: $(grep -oE 'undefined: echo$|no Go files|version "v3[^"]*" invalid: .*' log | head -n 1)"
	fi
	original=$(go list -m -f '{{.Dir}}' "$1")
	echo "  files: $(find copy -type f | wc -l) of $(find "$original" -type f | wc -l)"
	rm -rf copy
}
{
	try $uuid example.com/ids "go build ./..."
	try $web example.com/web "go build ./..."
	try $web example.com/web/v4 "go build ./..."
	try $goose example.com/tables "go list -m"
	try $goose example.com/tables/v3 "go list -m"
	try $wire example.com/inject "go build ."
} | tee output
diff output - <<'EXPECTED' || { echo "CHANGED: the finding does not hold as written"; exit 1; }
github.com/google/uuid@v1.6.0 as example.com/ids
  gonew: initialized example.com/ids in copy
  go build ./...: succeeds
  files: 31 of 31
github.com/labstack/echo/v4@v4.16.0 as example.com/web
  gonew: initialized example.com/web in copy
  go build ./...: undefined: echo
  files: 114 of 114
github.com/labstack/echo/v4@v4.16.0 as example.com/web/v4
  gonew: initialized example.com/web/v4 in copy
  go build ./...: succeeds
  files: 114 of 114
github.com/pressly/goose/v3@v3.29.0 as example.com/tables
  gonew: initialized example.com/tables in copy
  go list -m: version "v3.21.0" invalid: should be v0 or v1, not v3
  files: 217 of 217
github.com/pressly/goose/v3@v3.29.0 as example.com/tables/v3
  gonew: initialized example.com/tables/v3 in copy
  go list -m: succeeds
  files: 217 of 217
github.com/google/wire@v0.7.0 as example.com/inject
  gonew fails
  internal/wire/testdata/NoopBuild/want/wire_gen.go:1:1: expected 'package', found 'EOF'
  go build .: no Go files
  files: 260 of 371
EXPECTED
