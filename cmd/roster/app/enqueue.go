package app

import (
	"io"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"example.com/roster/adapters/importer"
)

type enqueue struct {
	natsURL
	rowFlags
}

func (c *enqueue) Flags(f *pflag.FlagSet) {
	c.natsURL.Flags(f)
	c.register(f, "Write the invalid rows and the reasons to `FILE`, as CSV.",
		"Send all rows as new commands, even those that an earlier run of the same file has sent.")
}

// Run sends the rows of the file to the queue and prints how many.
func (c enqueue) Run(p *program, args []string) error {
	if err := c.validate(); err != nil {
		return err
	}
	s := p.session()
	return c.run(s, args[0], func(in io.Reader, o importer.Options) (importer.Summary, error) {
		bus, err := c.findBus(p)
		if err != nil {
			return importer.Summary{}, err
		}
		defer bus.Close()
		queue, err := p.tracedQueue(bus)
		if err != nil {
			return importer.Summary{}, err
		}
		return importer.Enqueue(p.ctx, queue, c.sentLog(p), s.By, in, o)
	})
}

// sentLog opens the log of what was sent to this broker for this tenant. Without one, no row is reported as sent before.
func (c enqueue) sentLog(p *program) *importer.SentLog {
	scope := string(p.Tenant)
	for address := range strings.SplitSeq(c.URL, ",") {
		if u, err := url.Parse(address); err == nil {
			scope += " " + u.Host // no password
		}
	}
	sent, err := importer.OpenSentLog(filepath.Join(p.DataDir, "enqueued.log"), scope, time.Now())
	if err != nil {
		newLog(p.options, p.configuration).Warn("rows that were sent before are not reported", "error", err)
		return nil
	}
	return sent
}
