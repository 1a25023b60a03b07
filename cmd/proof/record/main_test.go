// Package record compares the service's record with the running program: each test changes a copy of the record, too, and requires that the
// comparison finds the lie.
package record_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"example.com/roster/adapters/postgres/pgtest"
	"example.com/roster/cmd/roster/app"
	"example.com/roster/cmd/roster/record"
)

// update makes the tests write the files that are made from what they observe.
var update = flag.Bool("update", false, "write what was observed into operations.json, and the record into docs/privacy.md")

const root = "../../.."

// brokerStopped ignores what nats-server 2.15.2 leaves for half a minute when it stops while a stream waits for its source.
var brokerStopped = goleak.IgnoreAnyFunction("github.com/nats-io/nats-server/v2/server.(*stream).trySetupSourceConsumer.func3")

func TestMain(m *testing.M) {
	code := pgtest.Main(m)
	if err := goleak.Find(brokerStopped); err != nil && code == 0 {
		println("goroutines still run:", err.Error())
		code = 1
	}
	os.Exit(code)
}

var describe = sync.OnceValues(func() ([]byte, string) {
	var stdout, stderr bytes.Buffer
	if code := app.Run(context.Background(), app.Options{Args: []string{"describe"}, Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr}); code != 0 {
		return nil, "roster describe failed: " + stderr.String()
	}
	return stdout.Bytes(), ""
})

// described returns what roster describe prints: a copy, which a test may change.
func described(t *testing.T) (r record.Record) {
	t.Helper()
	text, failed := describe()
	if failed != "" {
		t.Fatal(failed)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// requireTruth requires that compare finds no difference in the record, and one that contains the name of each lie in a copy that the lie
// has changed.
func requireTruth(t *testing.T, compare func(record.Record) []string, lies map[string]func(*record.Record)) {
	t.Helper()
	t.Run("the record is true", func(t *testing.T) {
		t.Parallel()
		for _, difference := range compare(described(t)) {
			t.Error(difference)
		}
	})
	for name, lie := range lies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := described(t)
			lie(&changed)
			if compare(changed) == nil {
				t.Error("the comparison finds no difference")
			}
		})
	}
}

// find returns the element of a list with a name, and panics if there is none.
func find[T any](list []T, is func(T) bool) *T {
	return &list[slices.IndexFunc(list, is)]
}

// differences returns what is in one list only, in words.
func differences(what string, recorded, observed []string) (all []string) {
	for _, each := range recorded {
		if !slices.Contains(observed, each) {
			all = append(all, what+": the record has "+each+", which was not observed")
		}
	}
	for _, each := range observed {
		if !slices.Contains(recorded, each) {
			all = append(all, what+": "+each+" was observed, and is not in the record")
		}
	}
	return all
}
