package nats

import (
	"fmt"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// letterOf returns a message as a letter that was not handed out yet, by this worker.
func letterOf(m jetstream.Msg, at *jetstream.MsgMetadata) ports.QueuedCommand {
	_, rest, _ := strings.Cut(m.Subject(), "roster.commands.")
	tenant, _, _ := strings.Cut(rest, ".")
	l := ports.QueuedCommand{Tenant: domain.TenantID(tenant), ID: m.Headers().Get(jetstream.MsgIDHeader), Body: m.Data()}
	if l.ID == "" { // a name that it has again when it comes again
		l.ID = fmt.Sprintf("%s.%d.%d", commandStream, at.Sequence.Stream, at.Timestamp.UnixNano())
	}
	l.Command, l.Unreadable = ReadCommand(l.Tenant, l.Body)
	l.Command.Trace = traceFrom(m.Headers())
	if l.Command.Key == "" {
		l.Command.Key = l.ID
	}
	return l
}
