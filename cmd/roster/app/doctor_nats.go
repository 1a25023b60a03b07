package app

import (
	"context"
	"log/slog"
	"strings"

	"example.com/roster/adapters/nats"
)

// brokerChecks try the external broker, or nothing if serve runs its own.
func (c doctor) brokerChecks() []check {
	if c.URL == "" {
		return []check{{name: "broker", try: func(context.Context) (string, error) {
			return "no --nats-url: serve runs its own", nil
		}}}
	}
	try := func(do func(context.Context, *nats.Bus) (string, error)) func(context.Context) (string, error) {
		return func(ctx context.Context) (string, error) {
			bus, err := nats.Connect(c.URL, c.natsURL.options(slog.New(slog.DiscardHandler)))
			if err != nil {
				return "", broken("", err)
			}
			defer bus.Close()
			return do(ctx, bus)
		}
	}
	return []check{{name: "broker", flag: "--nats-url", try: try(func(ctx context.Context, bus *nats.Bus) (string, error) {
		version, err := bus.Reach(ctx)
		if err != nil {
			return "", broken("start the broker, or correct --nats-url and its user; until then events wait", err)
		}
		return "nats-server " + version + " answers", nil
	})}, {name: "streams", flag: "--nats-url", try: try(func(ctx context.Context, bus *nats.Bus) (string, error) {
		missing, err := bus.MissingStreams(ctx)
		var copies []string
		if err == nil {
			copies, err = bus.MissingCopies(ctx)
		}
		switch {
		case err != nil:
			return "", wrong("enable JetStream on the server, and let the user of --nats-url use it", "%w", err)
		case copies != nil:
			return "", wrong("start the servers that are down, or raise the number with nats stream edit", "too few copies: %s", strings.Join(copies, ", "))
		case missing != nil:
			return strings.Join(missing, ", ") + ": not there yet, serve creates them", nil
		}
		return "all are there", nil
	})}, {name: "rights", flag: "--nats-url", try: try(func(ctx context.Context, bus *nats.Bus) (string, error) {
		denied, err := bus.MissingRights(ctx)
		switch {
		case err != nil:
			return "", err
		case denied != nil:
			return "", wrong("allow that in the broker's configuration, as docs/security.md has it", "the user may not use %s", strings.Join(denied, ", "))
		}
		return "all that serve needs", nil
	})}}
}
