package app

import (
	"cmp"
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"example.com/roster/adapters/identity"
)

// identityChecks try the provider of tokens, or nothing if there is none.
func (c doctor) identityChecks() []check {
	if !c.given() {
		return []check{{name: "identity", try: func(context.Context) (string, error) {
			return "no --oidc-issuer: serve accepts the tokens of roster token, on the loopback only", nil
		}}}
	}
	var seen dated
	return []check{{name: "identity", flag: "--oidc-issuer", try: func(ctx context.Context) (string, error) {
		config, err := c.config()
		if err != nil {
			return "", broken("", nameFlag(err))
		}
		client := *cmp.Or(config.Client, http.DefaultClient)
		seen.base = client.Transport
		client.Transport = &seen
		config.Client = &client
		v, err := identity.New(config)
		if err != nil {
			return "", broken("", nameFlag(err))
		}
		if err := v.Ready(ctx); err != nil {
			return "", broken("correct --oidc-issuer or --oidc-discovery-url, or start the provider", nameFlag(err))
		}
		return c.provider.Issuer + " publishes its keys", nil
	}}, {name: "identity clock", try: func(context.Context) (string, error) {
		return seen.try()
	}}}
}

// dated is a transport that keeps the date of the last answer.
type dated struct {
	base   http.RoundTripper
	answer atomic.Pointer[struct{ asked, date, answered time.Time }]
}

// RoundTrip makes dated an [http.RoundTripper].
func (d *dated) RoundTrip(r *http.Request) (*http.Response, error) {
	asked := time.Now()
	answer, err := cmp.Or(d.base, http.DefaultTransport).RoundTrip(r)
	if err == nil {
		if date, wrong := http.ParseTime(answer.Header.Get("Date")); wrong == nil {
			d.answer.Store(&struct{ asked, date, answered time.Time }{asked.Truncate(time.Second), date, time.Now()}) // a date has no fractions
		}
	}
	return answer, err
}

func (d *dated) try() (string, error) {
	seen := d.answer.Load()
	if seen == nil {
		return "the provider's answers have no date", nil
	}
	return tryClock("the provider's", "tokens begin and expire by it", seen.asked, seen.date, seen.answered)
}
