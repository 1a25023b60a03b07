package nats

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/ports"
)

const (
	poll    = 30 * time.Second // for which one who has nothing to do asks the broker at a time,
	pulse   = 2 * time.Second  // and hears of it that it is still there
	ackWait = day              // until the broker would deliver a message again by itself; a new consumer is what does
)

// A consumer is a partition's as made by who has the lease: its name is of that lease, so that one who had the partition before
// can take nothing from it.
type consumer struct {
	jetstream.Consumer
	delivered uint64  // messages so far
	before    history // what the consumers before it delivered
}

// A history is what was delivered before and is not done: messages up to a sequence of the stream, so many times.
type history struct {
	upTo  uint64
	tries int
}

// Names of a history in the metadata of a consumer.
const (
	metaUpTo  = "roster.delivered"
	metaTries = "roster.tries"
)

// consume makes the partition's consumer anew, in the place of that of the worker before. A queue has one of a partition at most.
func (h *holding) consume() (*consumer, error) {
	ctx, cancel := context.WithTimeout(h.fetching, askTimeout)
	defer cancel()
	if _, err := h.bus.stream(ctx, replyStream); err != nil { // before there is anything to answer
		return nil, err
	}
	queue, err := h.bus.stream(ctx, commandStream)
	if err != nil {
		return nil, err
	}
	prefix, c := fmt.Sprintf("partition-%d-", h.partition), new(consumer)
	names := queue.ConsumerNames(ctx)
	for name := range names.Name() {
		if !strings.HasPrefix(name, prefix) {
			continue
		}
		old, err := queue.Consumer(ctx, name)
		if err == nil {
			c.before = historyOf(old.CachedInfo())
			err = queue.DeleteConsumer(ctx, name)
		}
		if err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
			return nil, err
		}
	}
	if err := names.Err(); err != nil {
		return nil, err
	}
	c.Consumer, err = queue.CreateConsumer(ctx, jetstream.ConsumerConfig{
		Durable:       prefix + strconv.FormatUint(h.epoch, 10),
		FilterSubject: partitionSubject("*", h.partition),
		AckPolicy:     jetstream.AckExplicitPolicy, AckWait: ackWait, MaxAckPending: 2 * ports.MaxActions,
		Metadata: map[string]string{metaUpTo: strconv.FormatUint(c.before.upTo, 10), metaTries: strconv.Itoa(c.before.tries)},
	})
	return c, err
}

// historyOf returns what comes of a consumer's history with its own deliveries.
func historyOf(info *jetstream.ConsumerInfo) history {
	var before history
	before.upTo, _ = strconv.ParseUint(info.Config.Metadata[metaUpTo], 10, 64) // 0 where there is none
	before.tries, _ = strconv.Atoi(info.Config.Metadata[metaTries])
	switch done, last := info.AckFloor.Stream, info.Delivered.Stream; {
	case last == 0:
		return before
	case done >= last && done >= before.upTo:
		return history{}
	case done >= before.upTo:
		return history{last, 1}
	default:
		return history{max(last, before.upTo), before.tries + 1}
	}
}

// next returns what waits, as much as a transaction holds, or nothing after a while.
func (c *consumer) next(ctx context.Context) ([]jetstream.Msg, error) {
	waiting, err := c.FetchNoWait(ports.MaxActions)
	if batch, err := c.collect(waiting, err); err != nil || len(batch) > 0 {
		return batch, err
	}
	ctx, cancel := context.WithTimeout(ctx, poll)
	defer cancel()
	first, err := c.Fetch(1, jetstream.FetchContext(ctx), jetstream.FetchHeartbeat(pulse))
	return c.collect(first, err)
}

// collect requires that each message is the next one that the consumer delivered: what was delivered and did not arrive would
// come behind it.
func (c *consumer) collect(from jetstream.MessageBatch, err error) (batch []jetstream.Msg, _ error) {
	if err != nil {
		return nil, err
	}
	for m := range from.Messages() {
		at, err := m.Metadata()
		if err != nil {
			return nil, err
		}
		if c.delivered++; at.Sequence.Consumer != c.delivered {
			return nil, fmt.Errorf("delivery %d came, and not %d", at.Sequence.Consumer, c.delivered)
		}
		batch = append(batch, m)
	}
	if err := from.Error(); err != nil && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled) {
		return nil, err
	}
	return batch, nil
}

// letters returns the messages as letters that this worker did not hand out yet.
func (c *consumer) letters(batch []jetstream.Msg) ([]ports.QueuedCommand, error) {
	letters := make([]ports.QueuedCommand, len(batch))
	for i, m := range batch {
		at, err := m.Metadata()
		if err != nil {
			return nil, err
		}
		letters[i] = letterOf(m, at)
		if at.Sequence.Stream <= c.before.upTo {
			letters[i].Attempts = c.before.tries
		}
	}
	return letters, nil
}
