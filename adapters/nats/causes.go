package nats

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/ports"
)

// causes are why the broker does not answer, as far as the client says that in callbacks only.
type causes struct {
	mu         sync.Mutex
	connection error         // why the connection was lost or was not made; the client forgets it between two attempts
	first      chan struct{} // is closed when connection is set for the first time
	lost       chan struct{} // is closed when the connection is lost, and replaced
	denied     error         // the last right that was missing; the request gets no answer
	deniedAt   time.Time
	subject    string // of the request
}

func (c *causes) disconnected(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.connection == nil {
		close(c.first)
	}
	c.connection = cmp.Or(err, c.connection, nats.ErrDisconnected)
	close(c.lost)
	c.lost = make(chan struct{})
}

// untilDisconnected returns what is closed when the connection is lost.
func (c *causes) untilDisconnected() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lost
}

// wait returns when it is known why the first attempt to connect has failed. The client says so in a callback soon after.
func (c *causes) wait() {
	select {
	case <-c.first:
	case <-time.After(dialTimeout):
	}
}

func (c *causes) reported(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if errors.Is(err, nats.ErrPermissionViolation) {
		c.denied, c.deniedAt = err, time.Now()
		_, c.subject, _ = strings.Cut(err.Error(), `"`)
	}
}

// of returns why there is no connection.
func (c *causes) of(conn *nats.Conn) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return cmp.Or(conn.LastError(), c.connection, nats.ErrDisconnected)
}

// right returns the right that was missing for an operation on a stream, within the longest time that a request waits for an answer.
func (c *causes) right(operation string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	stream := operation[strings.LastIndexByte(operation, ' ')+1:]
	needed := strings.Contains(c.subject, stream) || strings.HasPrefix(c.subject, "_INBOX.") ||
		strings.HasPrefix(c.subject, "roster.") && streamOf(c.subject) == stream
	if !needed || time.Since(c.deniedAt) > attemptTimeout+requestTimeout {
		return nil
	}
	return c.denied
}

// unavailable wraps an error of the broker as [ports.ErrUnavailable]. The cause is text only, for the log. The operation ends with the
// name of its stream.
func (b *Bus) unavailable(operation string, err error) error {
	advice := ""
	if !b.conn.IsConnected() {
		advice, err = "no broker answers", b.causes.of(b.conn)
	} else if right := b.causes.right(operation); right != nil && isTimeout(err) {
		return fmt.Errorf("nats: %s: %w: %w: %v", operation, ports.ErrUnavailable, errNoRight, right)
	}
	if advice = cmp.Or(adviceOn(err), advice); advice != "" {
		return fmt.Errorf("nats: %s: %w: %s: %v", operation, ports.ErrUnavailable, advice, err)
	}
	return fmt.Errorf("nats: %s: %w: %v", operation, ports.ErrUnavailable, err)
}

// errNoRight ends the retries of what is sent.
var errNoRight = errors.New("the broker's user lacks a right")

func isTimeout(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrTimeout)
}

// The server's codes for which the client has no name.
const (
	codeNoPeers             jetstream.ErrorCode = 10005 // too few servers of a cluster can store a stream
	codeAccountFull         jetstream.ErrorCode = 10002
	codeMemoryFull          jetstream.ErrorCode = 10028
	codeStorageFull         jetstream.ErrorCode = 10047
	codeWrongLastID         jetstream.ErrorCode = 10070 // a message's expected last id is wrong
	codeReplicasUnsupported jetstream.ErrorCode = 10074 // the server is in no cluster
	codeNotStored           jetstream.ErrorCode = 10077 // the description says why
)

// codeOf returns the server's code of an error, or 0.
func codeOf(err error) jetstream.ErrorCode {
	if api, ok := errors.AsType[*jetstream.APIError](err); ok {
		return api.ErrorCode
	}
	return 0
}

// adviceOn returns what an error of the client means for an operator, if its text does not say it.
func adviceOn(err error) string {
	var (
		authority   x509.UnknownAuthorityError
		certificate x509.CertificateInvalidError
		hostname    x509.HostnameError
	)
	switch code := codeOf(err); {
	case errors.As(err, &authority):
		return "the authority of the broker's certificate is unknown (name it with --nats-ca)"
	case errors.As(err, &certificate), errors.As(err, &hostname):
		return "the broker's certificate is not valid for the address in --nats-url, or has expired"
	case errors.Is(err, nats.ErrSecureConnWanted):
		return "the broker offers no TLS (which --nats-ca and tls:// require)"
	case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrAuthExpired), errors.Is(err, nats.ErrAuthRevoked),
		errors.Is(err, nats.ErrAccountAuthExpired):
		return "the broker refuses the login (check --nats-creds, --nats-nkey or the user in --nats-url)"
	case errors.Is(err, nats.ErrNoResponders), errors.Is(err, jetstream.ErrJetStreamNotEnabled),
		errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
		return "the broker has no JetStream for this account (or its cluster has no leader)"
	case code == codeNotStored && strings.Contains(err.Error(), "maximum"),
		code == codeAccountFull, code == codeMemoryFull, code == codeStorageFull:
		return "the stream is full (raise its limits or make room)"
	}
	return ""
}
