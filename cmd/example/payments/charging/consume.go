package charging

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Events that give a learner a seat. One subject token is a type, with _ for its dot.
var subjects = []string{"roster.events.*.*.learner_enrolled", "roster.events.*.*.learner_promoted"}

const pause = time.Second // after what failed

// Follow handles what the broker delivers, until ctx ends. What fails is logged, and comes again after a while; what can't be
// read is returned, for to skip it would be to give a seat away.
func (c *Cashier) Follow(ctx context.Context, js jetstream.JetStream, log *slog.Logger) error {
	for ctx.Err() == nil {
		err := c.follow(ctx, js, log)
		if errors.Is(err, ErrUnreadable) {
			return err
		}
		if err != nil && ctx.Err() == nil {
			log.Warn("payments", "error", err)
			select {
			case <-ctx.Done():
			case <-time.After(pause):
			}
		}
	}
	return nil
}

func (c *Cashier) follow(ctx context.Context, js jetstream.JetStream, log *slog.Logger) error {
	stream, err := js.StreamNameBySubject(ctx, "roster.events.>")
	if err != nil {
		return fmt.Errorf("find the stream of events (has roster run on this broker?): %w", err)
	}
	consumer, err := js.CreateOrUpdateConsumer(ctx, stream, jetstream.ConsumerConfig{
		Durable: "payments", FilterSubjects: subjects, AckPolicy: jetstream.AckExplicitPolicy,
	})
	if err != nil {
		return err
	}
	for ctx.Err() == nil {
		m, err := consumer.Next(jetstream.FetchContext(ctx))
		if errors.Is(err, nats.ErrTimeout) {
			continue
		}
		if err != nil {
			return err
		}
		if err := c.settle(ctx, m, log); err != nil {
			return err
		}
	}
	return nil
}

// settle handles a message and then acknowledges it. The order of events is not looked at: each charge is for itself.
func (c *Cashier) settle(ctx context.Context, m jetstream.Msg, log *slog.Logger) error {
	e, err := ReadEvent(m.Data())
	if err != nil {
		return fmt.Errorf("%s: %w", m.Subject(), err)
	}
	if err := c.Handle(ctx, e); err != nil {
		log.Warn("payments", "event", e.ID, "correlation", e.Correlation, "error", err)
		_ = m.NakWithDelay(pause) // or it comes again later, by itself
		return nil
	}
	_ = m.Ack() // where that is lost, the event comes again, and is known
	return nil
}
