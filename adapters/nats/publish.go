package nats

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/ports"
)

const (
	widest    = 2048 // messages under way
	narrowest = 16
	widen     = 4 // times after a burst that was acknowledged
)

// outgoing is what the bus knows of the stream of events.
type outgoing struct {
	sync.Mutex
	known    bool
	last     uint64 // sequence of the stream, if known
	alone    bool   // one server holds it, so messages can be checked against the id of the last one, too
	repeated bool   // the last message was there already: those that follow it may be, too
	width    int    // of the next burst; after a refusal it begins small, for a burst may be refused again
}

// Publish implements [ports.Publisher].
//
// Each message names the sequence that the stream must have come to. So what follows one that did not arrive is refused, and so
// is one who does not know that another publishes now: he is told once, and knows then where the stream is. Where another
// publishes in the same moment, his messages may take the places of those that were refused, and what is behind them would fit
// again; so each names the id of the one before it, too. A cluster is not asked for that: a server of it that was away may not
// know the last id. There, who publishes has to be alone.
func (b *Bus) Publish(ctx context.Context, messages []ports.Message) (done int, err error) {
	b.outgoing.Lock()
	defer b.outgoing.Unlock()
	for done < len(messages) && err == nil {
		err = b.try(ctx, func(ctx context.Context) error {
			n, err := b.burst(ctx, messages[done:])
			done += n
			return err
		})
	}
	if done == len(messages) { // in time, though ctx has ended since
		return done, nil
	}
	return done, err
}

// burst publishes some of the first messages, and returns how many were acknowledged. One that is refused after others were
// not is no error: the next burst begins with it.
func (b *Bus) burst(ctx context.Context, messages []ports.Message) (int, error) {
	o := &b.outgoing
	if !o.known {
		if err := b.locate(ctx); err != nil {
			return 0, err
		}
	}
	messages = messages[:min(len(messages), o.width)]
	expect, before := o.last, ""
	acks, err := b.deliver(ctx, len(messages), func(i int) *nats.Msg {
		m := eventMessage(messages[i])
		m.Header[jetstream.ExpectedLastSeqHeader] = []string{strconv.FormatUint(expect, 10)}
		if !o.repeated { // else nothing is stored before the first that is new, and what follows that is refused
			if o.alone && before != "" {
				m.Header[jetstream.ExpectedLastMsgIDHeader] = []string{before}
			}
			expect, before = expect+1, messages[i].ID
		}
		return m
	})
	for _, ack := range acks {
		if o.repeated = ack.Duplicate; !ack.Duplicate {
			o.last = ack.Sequence
		}
	}
	switch {
	case err == nil:
		o.width = min(widen*o.width, widest)
	case !errors.Is(err, errRefused):
		o.known = false
	case len(acks) == 0:
		o.known = false
		err = fmt.Errorf("%w: %w", errOvertaken, err)
	default:
		o.width, err = narrowest, nil
	}
	return len(acks), err
}

// locate asks where the stream is.
func (b *Bus) locate(ctx context.Context) error {
	s, err := b.stream(ctx, eventStream)
	if err != nil {
		return err
	}
	info := s.CachedInfo()
	b.outgoing.known, b.outgoing.last, b.outgoing.alone = true, info.State.LastSeq, info.Config.Replicas == 1
	b.outgoing.repeated, b.outgoing.width = false, widest
	return nil
}
