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
	subject = "roster.events.>"
	batch   = 500         // events in a transaction at most
	pause   = time.Second // after what failed
)

// Follow applies what the broker delivers, as it comes, until ctx ends. What the broker or the database fails in is logged
// and tried again; what would only fail again, [ErrForked] and [ErrUnreadable], is returned, and nothing is skipped.
func (p *Projector) Follow(ctx context.Context, js jetstream.JetStream, log *slog.Logger) error {
	for ctx.Err() == nil {
		err := p.follow(ctx, js)
		switch {
		case errors.Is(err, ErrForked), errors.Is(err, ErrUnreadable):
			return err
		case err != nil && ctx.Err() == nil:
			log.Warn("occupancy", "error", err)
			select {
			case <-ctx.Done():
			case <-time.After(pause):
			}
		}
	}
	return nil
}

// follow waits for one event, takes what stands behind it, and begins again.
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
		rest, err := fetch(consumer, batch-1)
		if err := errors.Join(err, p.settle(ctx, append([]jetstream.Msg{first}, rest...))); err != nil {
			return err
		}
	}
	return nil
}

// CatchUp applies what the broker has now, and returns when nothing is left of it.
func (p *Projector) CatchUp(ctx context.Context, js jetstream.JetStream) error {
	consumer, err := subscribe(ctx, js)
	if err != nil {
		return err
	}
	for {
		messages, err := fetch(consumer, batch)
		if err != nil {
			return err
		}
		if err := p.settle(ctx, messages); err != nil {
			return err
		}
		if len(messages) > 0 {
			continue
		}
		if caughtUp, err := caughtUp(ctx, js, consumer); caughtUp || err != nil {
			return err
		}
		select { // what was delivered before, and not acknowledged, comes again in its time
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause / 10):
		}
	}
}

// caughtUp reports whether nothing is left. A consumer hears of a message a moment after its publisher has been told that it is
// stored, so what the stream has last counts, too.
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

// subscribe returns the broker's memory of how far this service is, which outlives it. No more is under way than one
// transaction takes. Each message is acknowledged for itself: one for all would cover those that had failed before.
func subscribe(ctx context.Context, js jetstream.JetStream) (jetstream.Consumer, error) {
	stream, err := js.StreamNameBySubject(ctx, subject)
	if err != nil {
		return nil, fmt.Errorf("find the stream of %s (has roster run on this broker?): %w", subject, err)
	}
	return js.CreateOrUpdateConsumer(ctx, stream, jetstream.ConsumerConfig{
		Durable: "occupancy", FilterSubject: subject, AckPolicy: jetstream.AckExplicitPolicy, MaxAckPending: batch,
	})
}

// fetch returns what the broker has to deliver now, in order, at most n messages.
func fetch(consumer jetstream.Consumer, n int) (messages []jetstream.Msg, err error) {
	fetched, err := consumer.FetchNoWait(n)
	if err != nil {
		return nil, err
	}
	for m := range fetched.Messages() {
		messages = append(messages, m)
	}
	return messages, fetched.Error()
}

// settle applies messages and then acknowledges them. An acknowledgement that is lost does no harm: the inbox knows the
// message when it comes again.
func (p *Projector) settle(ctx context.Context, messages []jetstream.Msg) error {
	err := p.applyAll(ctx, messages)
	for _, m := range messages {
		if err != nil {
			_ = m.Nak() // or it comes again later, by itself
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
