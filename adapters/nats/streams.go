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
	dedupWindow     = 2 * time.Minute // how long a message id is known
	maxCommand      = 64 << 10        // bytes of a command with its headers
	clusterReplicas = 3               // servers that a stream survives the loss of one with
)

// config says how a stream is made.
func (b *Bus) streamConfig(name string) jetstream.StreamConfig {
	c := jetstream.StreamConfig{Name: name, Storage: b.storage, Replicas: b.replicas(), Duplicates: dedupWindow}
	switch name {
	case eventStream:
		c.Description, c.Subjects, c.MaxAge = "what was decided", []string{"roster.events.>"}, 30*day
	case commandStream:
		c.Description, c.Retention, c.MaxMsgSize = "what is asked for", jetstream.WorkQueuePolicy, maxCommand
		for p := range ports.Partitions { // what is sent to another is refused: nobody would ever have it
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

// nodes returns on how many servers a stream is to be: 3 where a cluster has them, else 1.
func (b *Bus) replicas() int {
	if b.conn.ConnectedClusterName() != "" && len(b.conn.Servers()) >= clusterReplicas {
		return clusterReplicas
	}
	return 1
}

// stream returns a stream as it is now, made where it was missing. Who leaves meanwhile sees that to its end: a server that is told
// to end while it makes a stream leaves its files open (nats-server 2.15.2).
func (b *Bus) stream(ctx context.Context, name string) (jetstream.Stream, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	s, err := b.js.Stream(ctx, name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		making, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestTimeout)
		defer cancel()
		s, err = b.js.CreateStream(making, b.streamConfig(name))
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // somebody else was faster, and made it his way
			s, err = b.js.Stream(ctx, name)
		}
	}
	if err != nil {
		return nil, b.unavailable(fmt.Sprintf("stream %s", name), err)
	}
	return s, nil
}
