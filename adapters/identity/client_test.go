package identity_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"example.com/roster/adapters/identity"
)

// An answer is what the provider sends for a path: a body, or a redirect.
type answer struct{ body, redirect string }

// An unboundedProvider is an issuer in memory whose answers are those of the map, by URL. It counts what is read of the bodies.
type unboundedProvider struct {
	answers map[string]answer
	read    int
}

type countingBody struct {
	io.Reader
	p *unboundedProvider
}

func (b countingBody) Read(into []byte) (int, error) {
	n, err := b.Reader.Read(into)
	b.p.read += n
	return n, err
}

func (countingBody) Close() error { return nil }

// RoundTrip makes the provider an [http.RoundTripper].
func (p *unboundedProvider) RoundTrip(r *http.Request) (*http.Response, error) {
	a, ok := p.answers[r.URL.String()]
	response := &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Request: r}
	switch {
	case !ok:
		response.StatusCode = http.StatusNotFound
	case a.redirect != "":
		response.StatusCode = http.StatusFound
		response.Header.Set("Location", a.redirect)
	}
	response.Body = countingBody{strings.NewReader(a.body), p}
	return response, nil
}

// Every answer of the provider, to discovery and for the keys, is bounded in size and follows only redirects that are as secure as
// the issuer's address must be.
func TestAnswersOfTheProviderAreBounded(t *testing.T) {
	t.Parallel()
	const discovery, keys = issuer + "/.well-known/openid-configuration", issuer + "/keys"
	good := `{"issuer":"` + issuer + `","jwks_uri":"` + keys + `"`
	padding := strings.Repeat(" ", 2<<20)
	cases := map[string]struct {
		answers map[string]answer
		ok      bool
	}{
		"both in order":             {map[string]answer{discovery: {body: good + "}"}, keys: {body: `{"keys":[]}`}}, true},
		"a redirect to https":       {map[string]answer{discovery: {body: good + "}"}, keys: {redirect: "https://cdn.example/keys"}, "https://cdn.example/keys": {body: `{"keys":[]}`}}, true},
		"a huge description":        {map[string]answer{discovery: {body: good + padding + "}"}, keys: {body: `{"keys":[]}`}}, false},
		"a huge set of keys":        {map[string]answer{discovery: {body: good + "}"}, keys: {body: `{"keys":[` + padding + `]}`}}, false},
		"keys behind plain HTTP":    {map[string]answer{discovery: {body: good + "}"}, keys: {redirect: "http://id.example/keys"}, "http://id.example/keys": {body: `{"keys":[]}`}}, false},
		"discovery by plain HTTP":   {map[string]answer{discovery: {redirect: "http://id.example/d"}, "http://id.example/d": {body: good + "}"}, keys: {body: `{"keys":[]}`}}, false},
		"a redirect without an end": {map[string]answer{discovery: {body: good + "}"}, keys: {redirect: keys}}, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &unboundedProvider{answers: c.answers}
			_, err := openVerifier(context.Background(), identity.Config{Issuer: issuer, Audiences: []string{audience}, Client: &http.Client{Transport: p}})
			if c.ok && err != nil {
				t.Error(err)
			}
			if !c.ok {
				requireUnavailable(t, err)
			}
			if p.read > 1<<20+1<<16 {
				t.Errorf("%d bytes were read", p.read)
			}
		})
	}
}
