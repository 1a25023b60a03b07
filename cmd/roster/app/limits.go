package app

import (
	"cmp"
	"errors"

	"github.com/spf13/pflag"

	"example.com/roster/adapters/httpapi"
	"example.com/roster/domain"
)

// limits are the flags about how much a caller may send to the API.
type limits struct{ RateLimit, WriteLimit string }

func (l *limits) Flags(f *pflag.FlagSet) {
	f.StringVar(&l.RateLimit, "rate-limit", "600/1m", "Limit each caller to N requests per TIME, `N/TIME`; off disables the limit.")
	f.StringVar(&l.WriteLimit, "write-limit", "", "Limit each learner to N changes per TIME, `N/TIME`, and staff and partners to 100 times as many; off disables the limit. (default 1000/24h, or off with --rate-limit=off)")
}

func (l *limits) options() ([]httpapi.Option, error) {
	requests, err := httpapi.ParseLimit(l.RateLimit)
	if err != nil {
		return nil, err
	}
	byDefault := "1000/24h"
	if l.RateLimit == "off" {
		byDefault = "off"
	}
	writes, err := httpapi.ParseLimit(cmp.Or(l.WriteLimit, byDefault))
	if v, ok := errors.AsType[*domain.Violation](err); ok {
		return nil, &domain.Violation{Field: "write-limit", Detail: v.Detail}
	}
	return []httpapi.Option{httpapi.WithRateLimit(requests), httpapi.WithWriteLimit(writes)}, err
}
