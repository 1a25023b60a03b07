package nats

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/ports"
)

// Latest implements [ports.Publisher].
func (b *Bus) Latest(ctx context.Context) (ports.EventRef, error) {
	s, err := b.stream(ctx, eventStream)
	if err != nil {
		return ports.EventRef{}, err
	}
	state := s.CachedInfo().State
	if state.Msgs == 0 {
		return ports.EventRef{}, nil
	}
	m, err := b.storedMessage(ctx, messageRequest{Sequence: state.LastSeq})
	if errors.Is(err, errNoRight) { // as for a user of an earlier release
		return ports.EventRef{}, fmt.Errorf("%w: %w", ports.ErrForbidden, err)
	}
	if errors.Is(err, jetstream.ErrMsgNotFound) { // it was removed alone
		m, err = b.storedMessage(ctx, messageRequest{LastOn: allEvents})
	}
	if errors.Is(err, jetstream.ErrMsgNotFound) { // the others were removed meanwhile
		return ports.EventRef{}, nil
	}
	if err != nil {
		return ports.EventRef{}, err
	}
	return m.event()
}

// Holds implements [ports.Publisher]. An event that is older than the longest age of the stream counts as held.
func (b *Bus) Holds(ctx context.Context, event ports.EventRef) (bool, error) {
	s, err := b.stream(ctx, eventStream)
	if err != nil {
		return false, err
	}
	m, err := b.storedMessage(ctx, messageRequest{LastOn: courseSubject(event.CourseRef) + ".*"})
	if err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
		return false, err
	}
	if err == nil {
		last, err := m.event()
		if err != nil || last.Sequence >= event.Sequence {
			return last.Sequence > event.Sequence || last.ID == event.ID, err
		}
	}
	age := s.CachedInfo().Config.MaxAge
	return age > 0 && time.Since(event.At) >= age, nil
}

// PurgeEvents removes all messages of the stream of events, and returns how many. The broker still knows their ids, so messages that
// are published again within two minutes must be a new [ports.Message.Republication]. Its user needs a right that [Bus.Publish] does
// not need: $JS.API.STREAM.PURGE.ROSTER_EVENTS.
func (b *Bus) PurgeEvents(ctx context.Context) (n uint64, err error) {
	if _, err := b.stream(ctx, eventStream); err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	var answer struct{ Purged uint64 }
	err = b.askStream(ctx, "purge", "PURGE", struct{}{}, &answer)
	return answer.Purged, err
}

// isWhole reports whether the stream holds each message whose id the broker knows: none was deleted, and what was removed at its
// beginning, by age, is older than these.
func isWhole(info *jetstream.StreamInfo) bool {
	s := info.State
	switch {
	case s.LastSeq == 0:
		return true
	case s.Msgs == 0 || s.Msgs != s.LastSeq-s.FirstSeq+1:
		return false
	}
	return s.FirstSeq == 1 || info.TimeStamp.Sub(s.FirstTime) > info.Config.Duplicates
}

// held returns how many of the first acknowledged messages the stream holds.
func (b *Bus) held(ctx context.Context, messages []ports.Message, acks []*jetstream.PubAck) (int, error) {
	n := slices.IndexFunc(acks, func(ack *jetstream.PubAck) bool { return ack.Duplicate })
	if n < 0 {
		return len(acks), nil
	}
	stream, err := b.stream(ctx, eventStream)
	if err != nil {
		return n, err
	}
	info := stream.CachedInfo()
	b.events.whole = isWhole(info)
	for ; n < len(acks); n++ {
		at := acks[n].Sequence
		switch {
		case !acks[n].Duplicate:
			continue
		case at < info.State.FirstSeq || at > info.State.LastSeq:
			return n, nil
		case b.events.whole:
			continue
		}
		m, err := b.storedMessage(ctx, messageRequest{Sequence: at})
		if errors.Is(err, jetstream.ErrMsgNotFound) || err == nil && m.id() != messageID(messages[n]) {
			return n, nil
		}
		if err != nil && !errors.Is(err, errNoRight) { // a user of an earlier release may not look
			return n, err
		}
	}
	return n, nil
}

// A messageRequest asks for a stored message.
type messageRequest struct {
	Sequence uint64 `json:"seq,omitempty"`
	LastOn   string `json:"last_by_subj,omitempty"` // a subject, which may have wildcards
}

// A storedMessage is a message as the stream holds it.
type storedMessage struct {
	Subject string `json:"subject"`
	Header  []byte `json:"hdrs"`
	Data    []byte `json:"data"`
}

// storedMessage asks the broker for a message of the stream of events, and returns [jetstream.ErrMsgNotFound] if it holds none. The
// client would ask any server of a cluster if the stream allows that, and one of these may answer with an earlier state.
func (b *Bus) storedMessage(ctx context.Context, request messageRequest) (storedMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	var answer struct{ Message storedMessage }
	err := b.askStream(ctx, "get a message of", "MSG.GET", request, &answer)
	return answer.Message, err
}

// askStream sends a request to do something to the stream of events, and reads the answer.
func (b *Bus) askStream(ctx context.Context, what, operation string, request, answer any) error {
	what += " stream " + eventStream
	response, err := b.conn.RequestWithContext(ctx, "$JS.API.STREAM."+operation+"."+eventStream, encode(request))
	if err != nil {
		return b.unavailable(what, err)
	}
	var failed struct{ Error *jetstream.APIError }
	if err := cmp.Or(json.Unmarshal(response.Data, &failed), json.Unmarshal(response.Data, answer)); err != nil {
		return fmt.Errorf("nats: %s: %w: %w", what, ports.ErrInternal, err)
	}
	switch e := failed.Error; {
	case e == nil:
		return nil
	case e.ErrorCode == jetstream.JSErrCodeMessageNotFound:
		return fmt.Errorf("nats: %s: %w", what, jetstream.ErrMsgNotFound)
	default:
		return b.unavailable(what, e)
	}
}

// id returns the message's id, which the broker compares.
func (m storedMessage) id() string {
	h, err := nats.DecodeHeadersMsg(m.Header)
	if err != nil {
		return ""
	}
	return h.Get(jetstream.MsgIDHeader)
}

// event returns which event the message is.
func (m storedMessage) event() (ref ports.EventRef, err error) {
	var e event
	if err := json.Unmarshal(m.Data, &e); err != nil || e.EventID == "" {
		return ref, fmt.Errorf("nats: the message on %s in stream %s is no event: %w: %v", m.Subject, eventStream, ports.ErrInternal, err)
	}
	at, err := time.Parse(time.RFC3339Nano, e.OccurredAt)
	if err != nil {
		return ref, fmt.Errorf("nats: event %s in stream %s: occurredAt: %w: %w", e.EventID, eventStream, ports.ErrInternal, err)
	}
	return ports.EventRef{
		CourseRef: ports.CourseRef{Tenant: e.Tenant, Course: e.AggregateID}, Sequence: e.Sequence, ID: e.EventID, At: at,
	}, nil
}
