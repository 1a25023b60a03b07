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

// Subjects of the events that give a learner a seat. The last token is the event's type, with _ for its dot.
var subjects = []string{"roster.events.*.*.learner_enrolled", "roster.events.*.*.learner_promoted"}

const backoff = time.Second // after a failure

// Follow handles events as the broker delivers them, until ctx ends. It logs a failure, and the event is redelivered after a
// while. It returns [ErrUnreadable]: skipping such an event would give a seat away.
func (c *Cashier) Follow(ctx context.Context, js jetstream.JetStream, log *slog.Logger) error {
	for ctx.Err() == nil {
		err := c.follow(ctx, js, log)
		if errors.Is(err, ErrUnreadable) {
			return err
		}
		if err != nil && ctx.Err() == nil {
			log.Warn("consuming failed, retrying", "error", err)
			select {
			case <-ctx.Done():
			case <-time.After(backoff):
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
		if err := c.handleAndAck(ctx, m, log); err != nil {
			return err
		}
	}
	return nil
}

// handleAndAck handles a message and then acknowledges it. The order of events does not matter: charges are independent.
func (c *Cashier) handleAndAck(ctx context.Context, m jetstream.Msg, log *slog.Logger) error {
	e, err := ReadEvent(m.Data())
	if err != nil {
		return fmt.Errorf("%s: %w", m.Subject(), err)
	}
	if err := c.Handle(ctx, e); err != nil {
		log.Warn("event failed, retrying", "event", e.ID, "correlation", e.Correlation, "error", err)
		_ = m.NakWithDelay(backoff) // if this is lost, the broker redelivers after a timeout
		return nil
	}
	_ = m.Ack() // if this is lost, the event is redelivered and its stored result is found
	return nil
}
