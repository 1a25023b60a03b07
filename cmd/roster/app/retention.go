package app

import (
	"time"

	"github.com/spf13/pflag"
)

// retention is for how long the journals keep all events that are published.
type retention struct{ Retention time.Duration }

func (c *retention) Flags(f *pflag.FlagSet) {
	f.DurationVar(&c.Retention, "retention", 0, "Keep all events for `TIME`, such as 8760h; purge older ones that are published and superseded; 0 keeps all.")
}
