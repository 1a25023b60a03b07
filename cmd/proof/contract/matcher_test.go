package contract_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/roster/cmd/proof/contract"
)

func TestMatchers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ want, rules, have, differs string }{
		{`{"a":1}`, `{}`, `{"a":1,"b":2}`, ""},
		{`{"a":1}`, `{}`, `{"a":2}`, "$.a: 2 does not match 1"},
		{`{"a":null}`, `{}`, `{}`, "$: lacks a"},
		{`{"a":{"b":1}}`, `{}`, `{"a":[1]}`, "$.a: is [1], not an object"},
		{`[1]`, `{}`, `{}`, "$: is {}, not a list"},
		{`[1,2]`, `{}`, `[1]`, "$: has 1 items, not 2"},
		{`[]`, `{}`, `[1]`, "$: has 1 items, not 0"},
		{`{"a":{"b":[{"c":1}]}}`, `{"$.a":{"matchers":[{"match":"type"}]}}`, `{"a":{"b":[{"c":2},{"c":3,"d":4}]}}`, ""},
		{`{"a":{"b":[{"c":1}]}}`, `{"$.a":{"matchers":[{"match":"type"}]}}`, `{"a":{"b":[{"c":2},{"c":""}]}}`, `$.a.b[1].c: ""`},
		{`{"a":{"b":1}}`, `{"$.a":{"matchers":[{"match":"type"}]},"$.a.b":{"matchers":[{"match":"equality"}]}}`,
			`{"a":{"b":2}}`, "$.a.b"},
		{`[1]`, `{"$":{"matchers":[{"match":"type","min":2}]}}`, `[1]`, "$: [1] does not match"},
		{`[1]`, `{"$":{"matchers":[{"match":"type","max":1}]}}`, `[1,2]`, "$: [1,2] does not match"},
		{`[{"a":1}]`, `{"$":{"matchers":[{"match":"type"}]},"$[*].a":{"matchers":[{"match":"integer"}]}}`,
			`[{"a":1},{"a":1.5}]`, "$[1].a"},
		{`{"a":1}`, `{"$['a']":{"matchers":[{"match":"decimal"}]}}`, `{"a":1.5}`, ""},
		{`{"a":"x"}`, `{"$.a":{"matchers":[{"match":"regex","regex":"b|c"}]}}`, `{"a":"cc"}`, `"cc" does not match "x" by regex b|c`},
		{`{"a":"x"}`, `{"$.a":{"matchers":[{"match":"include","value":"b"}]}}`, `{"a":"abc"}`, ""},
		{`{"a":"x"}`, `{"$.a":{"combine":"OR","matchers":[{"match":"null"},{"match":"type"}]}}`, `{"a":null}`, ""},
		{`{"a":"x"}`, `{"$.a":{"combine":"AND","matchers":[{"match":"null"},{"match":"type"}]}}`, `{"a":"y"}`, "by null"},
		{`{"a":"x"}`, `{"$.a":{"matchers":[{"match":"date"}]}}`, `{"a":"y"}`, `matcher "date" is unknown`},
		{`{"a":"x"}`, `{}`, `a: x`, "body is not JSON"},
	} {
		pact, err := contract.ReadPact(fmt.Appendf(nil, `{"interactions":[{"request":{"method":"GET","path":"/"},
			"response":{"status":200,"body":%s,"matchingRules":{"body":%s}}}],
			"metadata":{"pactSpecification":{"version":"3.0.0"}}}`, c.want, c.rules))
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, c.have) }))
		err = pact.Interactions[0].Verify(server.Client(), server.URL)
		server.Close()
		if (err == nil) != (c.differs == "") || !strings.Contains(fmt.Sprint(err), c.differs) && err != nil {
			t.Errorf("%s for %s by %s: %v, want %q", c.have, c.want, c.rules, err, c.differs)
		}
	}
}

func TestPactsThatCantBeVerifiedAreRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		``, `{}`, `{"interactions":[{}],"metadata":{"pactSpecification":{"version":"2.0.0"}}}`,
		`{"interactions":[],"metadata":{"pactSpecification":{"version":"3.0.0"}}}`,
		`{"interactions":[{"response":{"generators":{}}}],"metadata":{"pactSpecification":{"version":"3.0.0"}}}`,
	} {
		if _, err := contract.ReadPact([]byte(text)); err == nil {
			t.Errorf("%s is accepted as a pact", text)
		}
	}
}
