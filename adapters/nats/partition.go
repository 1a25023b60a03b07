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
	minHandleBackoff = 100 * time.Millisecond // before a failed batch is handled again; doubled each time
	maxHandleBackoff = 10 * time.Second
	maxLossShift     = 4 // of a heartbeat: up to 8 s until a partition that was lost again and again is acquired
)

// An ownedPartition is a partition while a worker owns its lease: see [Bus.Work].
type ownedPartition struct {
	*worker
	number   int
	epoch    uint64          // of the lease: unique among all owners of the partition
	ctx      context.Context // ends with the worker's, and when the lease may expire
	fetchCtx context.Context // ends, too, when the partition is to be released
	release  context.CancelFunc
	loss     loss // the one before, and when the partition is released, its own
}

// A loss of a partition, or none.
type loss struct {
	count int       // of losses one soon after another
	until time.Time // when the worker may acquire the partition again
}

// own handles the partition's commands in the background while the lease is renewed.
func (w *worker) own(number int, l *lease) *ownedPartition {
	ctx, lost := context.WithCancelCause(w.ctx)
	p := &ownedPartition{worker: w, number: number, epoch: l.sequence, ctx: ctx, loss: w.losses[number]}
	p.fetchCtx, p.release = context.WithCancel(ctx)
	go func() {
		var renewals sync.WaitGroup
		renewals.Go(func() { l.keepRenewed(ctx, lost) })
		p.loss = p.lossBy(p.run())
		lost(nil)
		renewals.Wait()
		l.release()
		w.released <- p
	}()
	return p
}

// lossBy returns the loss of the partition by an error. It is none if the partition was to be released, or the broker is unavailable, which
// is logged elsewhere. The first of several is logged.
func (p *ownedPartition) lossBy(err error) loss {
	lost := context.Cause(p.ctx)
	if p.worker.ctx.Err() != nil || !p.bus.conn.IsConnected() || lost == nil && (err == nil || p.releasing()) {
		return loss{}
	}
	last := p.loss
	if time.Since(last.until) > time.Duration(p.bus.timings) {
		last.count = 0
		p.bus.log.Info("partition lost, reacquiring", "partition", p.number, "error", cmp.Or(lost, err))
	}
	return loss{last.count + 1, time.Now().Add(p.bus.timings.heartbeat() << min(last.count, maxLossShift))}
}

func (p *ownedPartition) releasing() bool { return p.fetchCtx.Err() != nil }

// run handles batch after batch until the partition is to be released. After an error the consumer's next delivery is unknown,
// so the partition is lost.
func (p *ownedPartition) run() error {
	c, err := p.createConsumer()
	if err != nil {
		return err
	}
	for p.fetchCtx.Err() == nil {
		batch, err := c.fetch(p.fetchCtx)
		if err != nil {
			return err
		}
		if err := p.process(batch, c); err != nil {
			return err
		}
	}
	return nil
}

// process handles the batch until that succeeds, publishes the replies and removes the messages from the queue.
func (p *ownedPartition) process(batch []jetstream.Msg, c *consumer) error {
	if len(batch) == 0 {
		return nil
	}
	commands := c.queuedCommands(batch)
	replies, err := p.handleWithRetry(commands)
	if err != nil {
		return err
	}
	ctx := context.WithoutCancel(p.ctx) // handled commands are answered even if the worker is to stop
	if err := p.publishReplies(ctx, commands, replies); err != nil {
		return err
	}
	return p.acknowledge(ctx, batch)
}

// handleWithRetry calls the handler until it succeeds or the partition is to be released.
func (p *ownedPartition) handleWithRetry(commands []ports.QueuedCommand) (replies []ports.Reply, err error) {
	untilHandled := retrypolicy.NewBuilder[any]().
		WithBackoff(minHandleBackoff, maxHandleBackoff).WithJitterFactor(backoffJitter).WithMaxRetries(-1).Build()
	handled := false
	err = failsafe.With[any](untilHandled).WithContext(p.fetchCtx).Run(func() (err error) {
		for i := range commands {
			commands[i].Attempts++
		}
		replies, err = p.handle(p.ctx, slices.Clone(commands))
		if err == nil && len(replies) != len(commands) {
			err = fmt.Errorf("nats: %w: %d replies to %d commands", ports.ErrInternal, len(replies), len(commands))
		}
		handled = err == nil
		return err
	})
	if handled { // even if fetchCtx has ended since
		return replies, nil
	}
	return nil, err
}

func (p *ownedPartition) publishReplies(ctx context.Context, commands []ports.QueuedCommand, replies []ports.Reply) error {
	ctx, cancel := context.WithTimeout(ctx, leaseTime)
	defer cancel()
	messages := make([]*nats.Msg, len(commands))
	for i, c := range commands {
		messages[i] = replyMessage(c, replies[i])
	}
	_, err := sendAll(ctx, len(messages), func(ctx context.Context, done int) (int, error) {
		acks, err := p.bus.deliver(ctx, replyStream, len(messages)-done, func(i int) *nats.Msg { return messages[done+i] })
		return len(acks), err
	})
	return err
}

// acknowledge removes the batch from the queue. Acknowledgements on one connection arrive in order, so if the broker confirms
// the last one, it has them all.
func (p *ownedPartition) acknowledge(ctx context.Context, batch []jetstream.Msg) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	connection := p.bus.conn.Stats().Reconnects
	last := len(batch) - 1
	for _, m := range batch[:last] {
		if err := m.Ack(); err != nil {
			return p.bus.unavailable("acknowledge in "+commandStream, err)
		}
	}
	if err := batch[last].DoubleAck(ctx); err != nil {
		return p.bus.unavailable("acknowledge in "+commandStream, err)
	}
	if p.bus.conn.Stats().Reconnects != connection {
		return p.bus.unavailable("acknowledge in "+commandStream, nats.ErrDisconnected)
	}
	return nil
}

const (
	fetchTimeout   = 30 * time.Second // of a fetch from an empty partition
	fetchHeartbeat = 2 * time.Second  // by which the broker shows meanwhile that it still answers
	ackWait        = day              // until the broker would redeliver by itself; instead, a new consumer does
)

// A consumer delivers the commands of a partition to one owner. Its name holds the epoch of the owner's lease, so a previous
// owner can't fetch from it.
type consumer struct {
	jetstream.Consumer
	delivered uint64          // messages so far
	history   deliveryHistory // of the consumers before it
}

// A deliveryHistory says which messages were delivered before and are not done: those up to a sequence of the stream, so many
// times.
type deliveryHistory struct {
	upTo     uint64
	attempts int
}

// Names of a history in the metadata of a consumer.
const (
	metaUpTo     = "roster.delivered"
	metaAttempts = "roster.tries"
)

// createConsumer replaces the previous owner's consumer: a work queue allows one per partition.
func (p *ownedPartition) createConsumer() (*consumer, error) {
	ctx, cancel := context.WithTimeout(p.fetchCtx, requestTimeout)
	defer cancel()
	if _, err := p.bus.stream(ctx, replyStream); err != nil { // must exist before the first reply
		return nil, err
	}
	queue, err := p.bus.stream(ctx, commandStream)
	if err != nil {
		return nil, err
	}
	prefix, c := fmt.Sprintf("partition-%d-", p.number), new(consumer)
	names := queue.ConsumerNames(ctx)
	for name := range names.Name() {
		if !strings.HasPrefix(name, prefix) {
			continue
		}
		previous, err := queue.Consumer(ctx, name)
		if err == nil {
			c.history = historyOf(previous.CachedInfo())
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
		Durable:       prefix + strconv.FormatUint(p.epoch, 10),
		FilterSubject: partitionSubject("*", p.number),
		AckPolicy:     jetstream.AckExplicitPolicy, AckWait: ackWait, MaxAckPending: 2 * ports.MaxActions,
		Metadata: map[string]string{
			metaUpTo: strconv.FormatUint(c.history.upTo, 10), metaAttempts: strconv.Itoa(c.history.attempts),
		},
	})
	return c, err
}

// historyOf returns a consumer's history, its own deliveries included.
func historyOf(info *jetstream.ConsumerInfo) deliveryHistory {
	var before deliveryHistory
	before.upTo, _ = strconv.ParseUint(info.Config.Metadata[metaUpTo], 10, 64) // 0 if there is none
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

// fetch returns the waiting messages, at most [ports.MaxActions], or none after fetchTimeout.
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

// collect fails unless each message is the consumer's next delivery: one that was delivered and did not arrive would be
// redelivered after its successors.
func (c *consumer) collect(from jetstream.MessageBatch, err error) (batch []jetstream.Msg, _ error) {
	if err != nil {
		return nil, err
	}
	for m := range from.Messages() {
		meta, err := m.Metadata()
		if err != nil {
			return nil, err
		}
		if c.delivered++; meta.Sequence.Consumer != c.delivered {
			return nil, fmt.Errorf("expected delivery %d, got %d", c.delivered, meta.Sequence.Consumer)
		}
		batch = append(batch, m)
	}
	if err := from.Error(); err != nil && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled) {
		return nil, err
	}
	return batch, nil
}

// queuedCommands returns the commands of a batch, with the attempts of previous owners.
func (c *consumer) queuedCommands(batch []jetstream.Msg) []ports.QueuedCommand {
	commands := make([]ports.QueuedCommand, len(batch))
	for i, m := range batch {
		meta, _ := m.Metadata() // valid, because collect has read it
		commands[i] = queuedCommandOf(m, meta)
		if meta.Sequence.Stream <= c.history.upTo {
			commands[i].Attempts = c.history.attempts
		}
	}
	return commands
}
