package nats

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
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
	clusterReplicas = 3               // with so many copies a stream survives the loss of one
)

// streams are in the order in which they are created: the queue has the leases as a source.
var streams = []string{leaseStream, eventStream, commandStream, replyStream}

// streamOf returns the stream of a subject.
func streamOf(subject string) string {
	switch kind, _, _ := strings.Cut(strings.TrimPrefix(subject, "roster."), "."); kind {
	case "events":
		return eventStream
	case "commands":
		return commandStream
	case "replies":
		return replyStream
	}
	return leaseStream
}

// streamConfig returns the configuration of a stream that is to be created.
func (b *Bus) streamConfig(name string) jetstream.StreamConfig {
	c := jetstream.StreamConfig{Name: name, Replicas: b.wantedCopies(), Duplicates: dedupWindow}
	if b.options.InMemory {
		c.Storage = jetstream.MemoryStorage
	}
	switch name {
	case eventStream:
		c.Description, c.Subjects, c.MaxAge = "what was decided", []string{allEvents}, 30*day
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

// wantedCopies returns on how many servers a stream should be stored.
func (b *Bus) wantedCopies() int { return cmp.Or(b.options.Replicas, clusterReplicas) }

// create creates a stream. Only the broker knows how many servers it has: they need not advertise each other to clients.
func (b *Bus) create(ctx context.Context, name string) (jetstream.Stream, error) {
	c := b.streamConfig(name)
	s, err := b.js.CreateStream(ctx, c)
	if code := codeOf(err); code != codeReplicasUnsupported && code != codeNoPeers {
		return s, err
	}
	if b.options.Replicas != 0 {
		return nil, fmt.Errorf("create it with %d copies, as --nats-replicas says: %w", c.Replicas, err)
	}
	c.Replicas = 1
	return b.js.CreateStream(ctx, c)
}

// MissingCopies returns a text for each stream with fewer copies than it should have, such as "ROSTER_EVENTS has 1 of 3". It should
// have as many as [Options] say; by default 3 in a cluster, and otherwise 1. A copy on a server that is down is missing, too. No stream
// is created or altered.
func (b *Bus) MissingCopies(ctx context.Context) (missing []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	for _, name := range streams {
		switch s, err := b.js.Stream(ctx, name); {
		case err == nil:
			missing = append(missing, b.missingCopies(s.CachedInfo())...)
		case !errors.Is(err, jetstream.ErrStreamNotFound):
			return nil, b.unavailable("stream "+name, err)
		}
	}
	return missing, nil
}

// missingCopies returns no text, or the one about a stream.
func (b *Bus) missingCopies(info *jetstream.StreamInfo) []string {
	copies, wanted := info.Config.Replicas, b.wantedCopies()
	inCluster := info.Cluster != nil && info.Cluster.Name != ""
	if inCluster {
		for _, other := range info.Cluster.Replicas {
			if other.Offline {
				copies--
			}
		}
	}
	if copies >= wanted || b.options.Replicas == 0 && !inCluster {
		return nil
	}
	return []string{fmt.Sprintf("%s has %d of %d", info.Config.Name, copies, wanted)}
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
		s, err = b.create(createCtx, name)
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
