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
		Std:   "context errors iter time",
		Why:   "a contract says what is offered and needed, in the words of the domain; it does nothing itself",
	}, {
		Where: "ports/portstest",
		Rooms: "domain ports",
		Std:   pure + " context math/rand/v2 reflect runtime sync sync/atomic testing time.After time.Now time.Since time.Sleep",
		Why:   "the suite is for every store and bus, so it knows none of them, and no technology",
	}, {
		Where: "ports/portstest/*_test.go",
		Rooms: "adapters/memstore application ports/portstest",
		Std:   "*",
		Tech:  "go.uber.org/goleak pgregory.net/rapid",
		Why:   "the suite is tried on the store in memory, whole and broken, before any other",
	}, {
		Where: "ports/portsmock",
		Rooms: "domain ports",
		Std:   "context reflect",
		Tech:  "github.com/golang/mock/gomock",
		Why:   "mocks are generated from the driving ports and hold nothing else",
	}, {
		Where: "application",
		Rooms: "domain ports",
		Std:   pure + " context sync sync/atomic",
		Why:   "a workflow knows the ports and no adapter: no I/O, no technology, no clock but the port's",
	}, {
		Where: "application/system.go",
		Std:   "crypto/rand time.Now",
		Why:   "the default clock and ids touch the machine so that embedding takes no options, and nothing else does",
	}, {
		Where: "application/*_test.go",
		Rooms: "adapters/memstore application ports/portsmock ports/portstest",
		Std:   "*",
		Tech:  "github.com/golang/mock/gomock go.uber.org/goleak pgregory.net/rapid",
		Why:   "workflows are tested on the store in memory, and on mocks where a fault is wanted",
	}, {
		Where: "adapters/memstore",
		Rooms: "domain ports",
		Std:   pure + " context sync",
		Why:   "the store in memory takes nothing but the language, so that any test can embed it; it knows no other adapter",
	}, {
		Where: "adapters/httpapi/...",
		Rooms: "adapters/httpapi/... domain ports",
		Std:   "*",
		Tech:  "github.com/dunglas/httpsfv github.com/google/uuid github.com/labstack/echo/v4/... github.com/oapi-codegen/runtime/...",
		Why:   "the HTTP door turns requests into commands: it knows the ports and echo, not application or another adapter",
	}, {
		Where: "adapters/.../*_test.go",
		Rooms: "ports/portsmock ports/portstest",
		Std:   "*",
		Tech:  "github.com/golang/mock/gomock go.uber.org/goleak pgregory.net/rapid",
		Why:   "an adapter is tested against the contract, with the suite and mocks, never through application or another adapter",
	}, {
		Where: "cmd/proof/...",
		Rooms: "cmd/proof/...",
		Std:   "*",
		Tech:  "golang.org/x/mod/modfile",
		Why:   "proofs read the source or drive the program from outside; what they need besides is a row of its own",
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
