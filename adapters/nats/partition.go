package nats

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/ports"
)

const (
	firstAgain   = 100 * time.Millisecond // before a batch that failed is handed out again; doubled each time
	longestAgain = 10 * time.Second
)

// A holding is a partition while a worker has its lease.
type holding struct {
	*worker
	partition int
	epoch     uint64          // of the lease: no other holding of the partition has it
	ctx       context.Context // ends with that of the worker, and when the lease may be over
	fetching  context.Context // ends when the partition is to be given back, too
	leave     context.CancelFunc
}

// hold has the partition worked on while the lease is held.
func (w *worker) hold(partition int, l *lease) *holding {
	ctx, lost := context.WithCancelCause(w.ctx)
	h := &holding{worker: w, partition: partition, epoch: l.sequence, ctx: ctx}
	h.fetching, h.leave = context.WithCancel(ctx)
	go func() {
		var renewals sync.WaitGroup
		renewals.Go(func() { l.keep(ctx, lost) })
		h.tell(h.work())
		lost(nil)
		renewals.Wait()
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveTime)
		defer cancel()
		l.giveBack(ending)
		w.ended <- h
	}()
	return h
}

// tell logs why the partition has to be taken anew, unless the worker gives it back or the broker is away, which is logged.
func (h *holding) tell(err error) {
	lost := context.Cause(h.ctx)
	if h.worker.ctx.Err() == nil && h.bus.conn.IsConnected() && (lost != nil || err != nil && !h.leaving()) {
		h.bus.log.Info("a partition of the queue has to be taken anew", "partition", h.partition, "error", cmp.Or(lost, err))
	}
}

func (h *holding) leaving() bool { return h.fetching.Err() != nil }

// work hands out the partition, batch after batch, until it is to be given back. After an error nobody knows what the consumer
// will deliver next, so the partition has to be taken anew.
func (h *holding) work() error {
	c, err := h.consume()
	if err != nil {
		return err
	}
	for h.fetching.Err() == nil {
		batch, err := c.next(h.fetching)
		if err != nil {
			return err
		}
		if err := h.do(batch, c); err != nil {
			return err
		}
	}
	return nil
}

// do has the batch handled, however often that takes, answers its commands, and takes them from the queue.
func (h *holding) do(batch []jetstream.Msg, c *consumer) error {
	if len(batch) == 0 {
		return nil
	}
	letters, err := c.letters(batch)
	if err != nil {
		return err
	}
	answers, err := h.hand(letters)
	if err != nil {
		return err
	}
	ctx := context.WithoutCancel(h.ctx) // what is done is done, whoever wants to leave now
	if err := h.answer(ctx, letters, answers); err != nil {
		return err
	}
	return h.acknowledge(ctx, batch)
}

// hand hands the letters out until that goes well, or the partition is to be given back.
func (h *holding) hand(letters []ports.QueuedCommand) (answers []ports.Reply, err error) {
	again := retrypolicy.NewBuilder[any]().
		WithBackoff(firstAgain, longestAgain).WithJitterFactor(pauseJitter).WithMaxRetries(-1).Build()
	handled := false
	err = failsafe.With[any](again).WithContext(h.fetching).Run(func() (err error) {
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
func (h *holding) answer(ctx context.Context, letters []ports.QueuedCommand, answers []ports.Reply) error {
	ctx, cancel := context.WithTimeout(ctx, leaseTime)
	defer cancel()
	done := 0
	return h.bus.try(ctx, func(ctx context.Context) error {
		acks, err := h.bus.deliver(ctx, len(letters)-done, func(i int) *nats.Msg {
			return replyMessage(letters[done+i], answers[done+i])
		})
		done += len(acks)
		return err
	})
}

// acknowledge takes the batch from the queue. Acknowledgements arrive in order, so that the last did says that all have, if they
// went over one connection.
func (h *holding) acknowledge(ctx context.Context, batch []jetstream.Msg) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	connection := h.bus.conn.Stats().Reconnects
	last := len(batch) - 1
	for _, m := range batch[:last] {
		if err := m.Ack(); err != nil {
			return h.bus.away("acknowledge", err)
		}
	}
	if err := batch[last].DoubleAck(ctx); err != nil {
		return h.bus.away("acknowledge", err)
	}
	if h.bus.conn.Stats().Reconnects != connection {
		return h.bus.away("acknowledge", nats.ErrDisconnected)
	}
	return nil
}
