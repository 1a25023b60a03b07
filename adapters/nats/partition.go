package nats

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/ports"
)

const (
	minHandleBackoff = 100 * time.Millisecond // before a batch that failed is handed out again; doubled each time
	maxHandleBackoff = 10 * time.Second
)

// A holding is a partition while a worker has its lease.
type ownedPartition struct {
	*worker
	partition int
	epoch     uint64          // of the lease: no other holding of the partition has it
	ctx       context.Context // ends with that of the worker, and when the lease may be over
	fetchCtx  context.Context // ends when the partition is to be given back, too
	release   context.CancelFunc
}

// hold has the partition worked on while the lease is held.
func (w *worker) own(partition int, l *lease) *ownedPartition {
	ctx, lost := context.WithCancelCause(w.ctx)
	h := &ownedPartition{worker: w, partition: partition, epoch: l.sequence, ctx: ctx}
	h.fetchCtx, h.release = context.WithCancel(ctx)
	go func() {
		var renewals sync.WaitGroup
		renewals.Go(func() { l.keepRenewed(ctx, lost) })
		h.logLoss(h.run())
		lost(nil)
		renewals.Wait()
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseRequestTimeout)
		defer cancel()
		l.release(ending)
		w.released <- h
	}()
	return h
}

// tell logs why the partition has to be taken anew, unless the worker gives it back or the broker is away, which is logged.
func (h *ownedPartition) logLoss(err error) {
	lost := context.Cause(h.ctx)
	if h.worker.ctx.Err() == nil && h.bus.conn.IsConnected() && (lost != nil || err != nil && !h.releasing()) {
		h.bus.log.Info("a partition of the queue has to be taken anew", "partition", h.partition, "error", cmp.Or(lost, err))
	}
}

func (h *ownedPartition) releasing() bool { return h.fetchCtx.Err() != nil }

// work hands out the partition, batch after batch, until it is to be given back. After an error nobody knows what the consumer
// will deliver next, so the partition has to be taken anew.
func (h *ownedPartition) run() error {
	c, err := h.createConsumer()
	if err != nil {
		return err
	}
	for h.fetchCtx.Err() == nil {
		batch, err := c.fetch(h.fetchCtx)
		if err != nil {
			return err
		}
		if err := h.process(batch, c); err != nil {
			return err
		}
	}
	return nil
}

// do has the batch handled, however often that takes, answers its commands, and takes them from the queue.
func (h *ownedPartition) process(batch []jetstream.Msg, c *consumer) error {
	if len(batch) == 0 {
		return nil
	}
	letters, err := c.queuedCommands(batch)
	if err != nil {
		return err
	}
	answers, err := h.handleWithRetry(letters)
	if err != nil {
		return err
	}
	ctx := context.WithoutCancel(h.ctx) // what is done is done, whoever wants to leave now
	if err := h.publishReplies(ctx, letters, answers); err != nil {
		return err
	}
	return h.acknowledge(ctx, batch)
}

// hand hands the letters out until that goes well, or the partition is to be given back.
func (h *ownedPartition) handleWithRetry(letters []ports.QueuedCommand) (answers []ports.Reply, err error) {
	again := retrypolicy.NewBuilder[any]().
		WithBackoff(minHandleBackoff, maxHandleBackoff).WithJitterFactor(backoffJitter).WithMaxRetries(-1).Build()
	handled := false
	err = failsafe.With[any](again).WithContext(h.fetchCtx).Run(func() (err error) {
		for i := range letters {
			letters[i].Attempts++
		}
		answers, err = h.handle(h.ctx, slices.Clone(letters))
		if err == nil && len(answers) != len(letters) {
			err = fmt.Errorf("nats: %w: %d replies to %d letters", ports.ErrInternal, len(answers), len(letters))
		}
		handled = err == nil
		return err
	})
	if handled { // whoever wanted to leave meanwhile
		return answers, nil
	}
	return nil, err
}

// answer publishes the replies.
func (h *ownedPartition) publishReplies(ctx context.Context, letters []ports.QueuedCommand, answers []ports.Reply) error {
	ctx, cancel := context.WithTimeout(ctx, leaseTime)
	defer cancel()
	done := 0
	return h.bus.retry(ctx, func(ctx context.Context) error {
		acks, err := h.bus.deliver(ctx, len(letters)-done, func(i int) *nats.Msg {
			return replyMessage(letters[done+i], answers[done+i])
		})
		done += len(acks)
		return err
	})
}

// acknowledge takes the batch from the queue. Acknowledgements arrive in order, so that the last did says that all have, if they
// went over one connection.
func (h *ownedPartition) acknowledge(ctx context.Context, batch []jetstream.Msg) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	connection := h.bus.conn.Stats().Reconnects
	last := len(batch) - 1
	for _, m := range batch[:last] {
		if err := m.Ack(); err != nil {
			return h.bus.unavailable("acknowledge", err)
		}
	}
	if err := batch[last].DoubleAck(ctx); err != nil {
		return h.bus.unavailable("acknowledge", err)
	}
	if h.bus.conn.Stats().Reconnects != connection {
		return h.bus.unavailable("acknowledge", nats.ErrDisconnected)
	}
	return nil
}

const (
	fetchTimeout   = 30 * time.Second // for which one who has nothing to do asks the broker at a time,
	fetchHeartbeat = 2 * time.Second  // and hears of it that it is still there
	ackWait        = day              // until the broker would deliver a message again by itself; a new consumer is what does
)

// A consumer is a partition's as made by who has the lease: its name is of that lease, so that one who had the partition before
// can take nothing from it.
type consumer struct {
	jetstream.Consumer
	delivered uint64          // messages so far
	history   deliveryHistory // what the consumers before it delivered
}

// A history is what was delivered before and is not done: messages up to a sequence of the stream, so many times.
type deliveryHistory struct {
	upTo     uint64
	attempts int
}

// Names of a history in the metadata of a consumer.
const (
	metaUpTo     = "roster.delivered"
	metaAttempts = "roster.tries"
)

// consume makes the partition's consumer anew, in the place of that of the worker before. A queue has one of a partition at most.
func (h *ownedPartition) createConsumer() (*consumer, error) {
	ctx, cancel := context.WithTimeout(h.fetchCtx, requestTimeout)
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
			c.history = historyOf(old.CachedInfo())
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
		Metadata: map[string]string{metaUpTo: strconv.FormatUint(c.history.upTo, 10), metaAttempts: strconv.Itoa(c.history.attempts)},
	})
	return c, err
}

// historyOf returns what comes of a consumer's history with its own deliveries.
func historyOf(info *jetstream.ConsumerInfo) deliveryHistory {
	var before deliveryHistory
	before.upTo, _ = strconv.ParseUint(info.Config.Metadata[metaUpTo], 10, 64) // 0 where there is none
	before.attempts, _ = strconv.Atoi(info.Config.Metadata[metaAttempts])
	switch done, last := info.AckFloor.Stream, info.Delivered.Stream; {
	case last == 0:
		return before
	case done >= last && done >= before.upTo:
		return deliveryHistory{}
	case done >= before.upTo:
		return deliveryHistory{last, 1}
	default:
		return deliveryHistory{max(last, before.upTo), before.attempts + 1}
	}
}

// next returns what waits, as much as a transaction holds, or nothing after a while.
func (c *consumer) fetch(ctx context.Context) ([]jetstream.Msg, error) {
	waiting, err := c.FetchNoWait(ports.MaxActions)
	if batch, err := c.collect(waiting, err); err != nil || len(batch) > 0 {
		return batch, err
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	first, err := c.Fetch(1, jetstream.FetchContext(ctx), jetstream.FetchHeartbeat(fetchHeartbeat))
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
func (c *consumer) queuedCommands(batch []jetstream.Msg) ([]ports.QueuedCommand, error) {
	letters := make([]ports.QueuedCommand, len(batch))
	for i, m := range batch {
		at, err := m.Metadata()
		if err != nil {
			return nil, err
		}
		letters[i] = queuedCommandOf(m, at)
		if at.Sequence.Stream <= c.history.upTo {
			letters[i].Attempts = c.history.attempts
		}
	}
	return letters, nil
}
