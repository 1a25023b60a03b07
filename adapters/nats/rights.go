package nats

import (
	"context"
	"errors"
	"strings"

	"github.com/nats-io/nats.go"
)

// MissingRights returns the subjects of JetStream's API that the broker's user may not use, of those that a worker needs. It changes
// nothing: its requests have no body, or name a consumer that does not exist. Rights to send events, commands, replies and leases are
// not tried, because a subscriber would see the messages; if one is missing, the error of sending says so.
func (b *Bus) MissingRights(ctx context.Context) (missing []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	for _, subject := range rights() {
		err := b.conn.Publish(subject, nil)
		if err == nil {
			err = b.conn.FlushWithContext(ctx) // the broker reports a missing right before it answers this
		}
		if err != nil {
			return nil, b.unavailable("try the rights", err)
		}
		if denied := b.conn.LastError(); errors.Is(denied, nats.ErrPermissionViolation) && strings.Contains(denied.Error(), `"`+subject+`"`) {
			missing = append(missing, subject)
		}
	}
	return missing, nil
}

// rights are the subjects of all requests of this package, with a consumer that does not exist.
func rights() (subjects []string) {
	const api, consumer = "$JS.API.", "." + commandStream + ".none"
	for _, name := range streams {
		subjects = append(subjects, api+"STREAM.INFO."+name, api+"STREAM.CREATE."+name)
	}
	return append(subjects,
		api+"STREAM.MSG.GET."+eventStream, api+"STREAM.MSG.GET."+leaseStream, api+"STREAM.MSG.DELETE."+leaseStream, api+"CONSUMER.NAMES."+commandStream,
		api+"CONSUMER.INFO"+consumer, api+"CONSUMER.DELETE"+consumer, api+"CONSUMER.MSG.NEXT"+consumer,
		api+"CONSUMER.CREATE"+consumer+"."+partitionSubject("none", 0), "$JS.ACK"+consumer+".1.1.1.1.0")
}
