package nats

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/ports"
)

// Names of streams.
const (
	eventStream   = "ROSTER_EVENTS"
	commandStream = "ROSTER_COMMANDS"
	replyStream   = "ROSTER_REPLIES"
	leaseStream   = "ROSTER_PARTITIONS"
)

const (
	day             = 24 * time.Hour
	dedupWindow     = 2 * time.Minute // how long the broker knows a message id
	maxCommand      = 64 << 10        // bytes of a command with its headers
	clusterReplicas = 3               // with so many servers a stream survives the loss of one
)

// streamConfig returns the configuration of a stream that is to be created.
func (b *Bus) streamConfig(name string) jetstream.StreamConfig {
	c := jetstream.StreamConfig{Name: name, Replicas: b.replicas(), Duplicates: dedupWindow}
	if b.inMemory {
		c.Storage = jetstream.MemoryStorage
	}
	switch name {
	case eventStream:
		c.Description, c.Subjects, c.MaxAge = "what was decided", []string{"roster.events.>"}, 30*day
	case commandStream:
		c.Description, c.Retention, c.MaxMsgSize = "what is asked for", jetstream.WorkQueuePolicy, maxCommand
		// Tenants choose their message ids, so an id must not drop the command of another tenant. Only a stream with a source may
		// have no window (nats-server 2.14); this source has no messages.
		c.Duplicates, c.Sources = 0, []*jetstream.StreamSource{{Name: leaseStream, FilterSubject: leaseSubject("none")}}
		for p := range ports.Partitions { // the broker refuses other partitions, which no worker would ever serve
			c.Subjects = append(c.Subjects, partitionSubject("*", p))
		}
	case replyStream:
		c.Description, c.Subjects, c.MaxAge = "what became of commands", []string{"roster.replies.*"}, 2*day
	case leaseStream:
		c.Description, c.Subjects = "who works on which partition of the commands", []string{workerSubject("*"), leaseSubject("*")}
		c.MaxMsgsPerSubject, c.MaxAge, c.Duplicates = 1, time.Duration(b.timings), 0
	}
	return c
}

// replicas returns on how many servers a stream is stored: 3 if the broker is a cluster of at least that many, else 1.
func (b *Bus) replicas() int {
	if b.conn.ConnectedClusterName() != "" && len(b.conn.Servers()) >= clusterReplicas {
		return clusterReplicas
	}
	return 1
}

// stream returns a stream and its current state, and creates the stream if it is missing. A creation that has begun continues
// when ctx ends: a server that shuts down while it creates a stream leaves its files open (nats-server 2.15.2).
func (b *Bus) stream(ctx context.Context, name string) (jetstream.Stream, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	s, err := b.js.Stream(ctx, name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		createCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), attemptTimeout)
		defer cancel()
		s, err = b.js.CreateStream(createCtx, b.streamConfig(name))
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // created concurrently, with another configuration
			s, err = b.js.Stream(ctx, name)
		}
	}
	if err != nil {
		return nil, b.unavailable(fmt.Sprintf("stream %s", name), err)
	}
	if window := s.CachedInfo().Config.Duplicates; name == commandStream && window > 0 {
		b.windowLogged.Do(func() {
			b.log.Warn("the queue drops commands with equal Nats-Msg-Id, also of two tenants", "stream", name, "window", window)
		})
	}
	return s, nil
}
