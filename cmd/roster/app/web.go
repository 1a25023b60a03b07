package app

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/spf13/pflag"

	"example.com/roster/adapters/httpapi"
	"example.com/roster/domain"
)

// web has the flags about who may send how much to the API, and how it looks from there.
type web struct {
	RateLimit, WriteLimit string
	BasePath              string
	Origins               []string
}

func (w *web) Flags(f *pflag.FlagSet) {
	f.StringVar(&w.RateLimit, "rate-limit", "600/1m", "Limit each caller to N requests per TIME, `N/TIME`; off disables the limit.")
	f.StringVar(&w.WriteLimit, "write-limit", "", "Limit each learner to N changes per TIME, `N/TIME`, and staff and partners to 100 times as many; off disables the limit. (default 1000/24h, or off with --rate-limit=off)")
	f.StringVar(&w.BasePath, "base-path", "", "Begin all links with `PATH`, such as /roster, at which a proxy shows the API; requests may arrive with it or without it.")
	f.Var(newList(&w.Origins), "cors-origin", "Let browsers show pages of `URL`, such as https://school.example, that call the API; repeat it for several.")
}

func (w *web) options() ([]httpapi.Option, error) {
	requests, err := httpapi.ParseLimit(w.RateLimit)
	if err != nil {
		return nil, err
	}
	byDefault := "1000/24h"
	if w.RateLimit == "off" {
		byDefault = "off"
	}
	writes, err := httpapi.ParseLimit(cmp.Or(w.WriteLimit, byDefault))
	if v, ok := errors.AsType[*domain.Violation](err); ok {
		return nil, &domain.Violation{Field: "write-limit", Detail: v.Detail}
	}
	if w.BasePath != "" && !httpapi.ValidBasePath(w.BasePath) {
		return nil, &domain.Violation{Field: "base-path", Detail: fmt.Sprintf("must be a path such as /roster, not one of the API, without a slash at its end, got %q", w.BasePath)}
	}
	for _, o := range w.Origins {
		if !httpapi.ValidOrigin(o) {
			return nil, &domain.Violation{Field: "cors-origin", Detail: fmt.Sprintf("must be the origin of pages as browsers send it, such as https://school.example, without a path, got %q", o)}
		}
	}
	return []httpapi.Option{
		httpapi.WithRateLimit(requests), httpapi.WithWriteLimit(writes), httpapi.WithBasePath(w.BasePath), httpapi.WithCrossOrigin(w.Origins...),
	}, err
}
