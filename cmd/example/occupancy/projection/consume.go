package projection

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	subject  = "roster.events.>"
	maxBatch = 500         // events in a transaction
	backoff  = time.Second // after a failure
)

// Follow applies events as the broker delivers them, until ctx ends. It logs errors of the broker or the database and retries. It
// returns [ErrForked] and [ErrUnreadable], which a retry can't fix. It skips no event.
func (p *Projector) Follow(ctx context.Context, js jetstream.JetStream, log *slog.Logger) error {
	for ctx.Err() == nil {
		err := p.follow(ctx, js)
		switch {
		case errors.Is(err, ErrForked), errors.Is(err, ErrUnreadable):
			return err
		case err != nil && ctx.Err() == nil:
			log.Warn("consuming failed, retrying", "error", err)
			select {
			case <-ctx.Done():
			case <-time.After(backoff):
			}
		}
	}
	return nil
}

// follow waits for an event, fetches the events behind it, and applies them together, in a loop.
func (p *Projector) follow(ctx context.Context, js jetstream.JetStream) error {
	consumer, err := subscribe(ctx, js)
	if err != nil {
		return err
	}
	for ctx.Err() == nil {
		first, err := consumer.Next(jetstream.FetchContext(ctx))
		if errors.Is(err, nats.ErrTimeout) {
			continue
		}
		if err != nil {
			return err
		}
		rest, err := fetch(consumer, maxBatch-1)
		if err := errors.Join(err, p.applyAndAck(ctx, append([]jetstream.Msg{first}, rest...))); err != nil {
			return err
		}
	}
	return nil
}

// CatchUp applies all events that the broker has, and returns when none is left.
func (p *Projector) CatchUp(ctx context.Context, js jetstream.JetStream) error {
	consumer, err := subscribe(ctx, js)
	if err != nil {
		return err
	}
	for {
		messages, err := fetch(consumer, maxBatch)
		if err != nil {
			return err
		}
		if err := p.applyAndAck(ctx, messages); err != nil {
			return err
		}
		if len(messages) > 0 {
			continue
		}
		if caughtUp, err := caughtUp(ctx, js, consumer); caughtUp || err != nil {
			return err
		}
		select { // messages that were delivered and not acknowledged are redelivered after a timeout
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(backoff / 10):
		}
	}
}

// caughtUp reports whether no event is left. A consumer sees a message a moment after the publisher's acknowledgement, so it also
// compares with the last message of the stream.
func caughtUp(ctx context.Context, js jetstream.JetStream, consumer jetstream.Consumer) (bool, error) {
	stream, err := js.Stream(ctx, consumer.CachedInfo().Stream)
	if err != nil {
		return false, err
	}
	var last uint64
	switch message, err := stream.GetLastMsgForSubject(ctx, subject); {
	case err == nil:
		last = message.Sequence
	case !errors.Is(err, jetstream.ErrMsgNotFound):
		return false, err
	}
	info, err := consumer.Info(ctx)
	if err != nil {
		return false, err
	}
	return info.NumPending == 0 && info.NumAckPending == 0 && info.Delivered.Stream >= last, nil
}

// subscribe returns this service's durable consumer. At most one batch is unacknowledged. Each message is acknowledged
// separately: a cumulative acknowledgement would include messages that failed before.
func subscribe(ctx context.Context, js jetstream.JetStream) (jetstream.Consumer, error) {
	stream, err := js.StreamNameBySubject(ctx, subject)
	if err != nil {
		return nil, fmt.Errorf("find the stream of %s (has roster run on this broker?): %w", subject, err)
	}
	return js.CreateOrUpdateConsumer(ctx, stream, jetstream.ConsumerConfig{
		Durable: "occupancy", FilterSubject: subject, AckPolicy: jetstream.AckExplicitPolicy, MaxAckPending: maxBatch,
	})
}

// fetch returns the available messages in order, at most n. It returns none if no server answers for the consumer: in a cluster, the
// server of the connection may not know yet where a new consumer is.
func fetch(consumer jetstream.Consumer, n int) (messages []jetstream.Msg, err error) {
	fetched, err := consumer.FetchNoWait(n)
	if err != nil {
		return nil, err
	}
	for m := range fetched.Messages() {
		messages = append(messages, m)
	}
	if err := fetched.Error(); !errors.Is(err, nats.ErrNoResponders) {
		return messages, err
	}
	return messages, nil
}

// applyAndAck applies messages and then acknowledges them. A lost acknowledgement does no harm: the inbox recognizes the
// redelivered message.
func (p *Projector) applyAndAck(ctx context.Context, messages []jetstream.Msg) error {
	err := p.applyAll(ctx, messages)
	for _, m := range messages {
		if err != nil {
			_ = m.Nak() // if this is lost, the broker redelivers after a timeout
		} else {
			_ = m.Ack()
		}
	}
	return err
}

func (p *Projector) applyAll(ctx context.Context, messages []jetstream.Msg) error {
	if len(messages) == 0 {
		return nil
	}
	events := make([]Event, len(messages))
	for i, m := range messages {
		e, err := ReadEvent(m.Data())
		if err != nil {
			return fmt.Errorf("%s: %w", m.Subject(), err)
		}
		events[i] = e
	}
	_, err := p.Apply(ctx, events...)
	return err
}
