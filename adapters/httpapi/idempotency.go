package httpapi

import (
	"context"
	"strings"

	"github.com/dunglas/httpsfv"

	"example.com/roster/ports"
)

const maxKey = 255 // characters of an Idempotency-Key

// submitWithHeader submits one action of the caller, under the Idempotency-Key of the request if it has one.
func (h *handlers) submitWithHeader(
	ctx context.Context, operation string, header *string, action ports.Action,
) (ports.Outcome, error) {
	key, err := parseKey(header)
	if err != nil {
		return ports.Outcome{}, err
	}
	return h.submit(ctx, operation, key, ports.Command{Actions: []ports.Action{action}}).One()
}

// submit submits a command of the caller. A key belongs to one operation, whatever the course: if it is used for another
// course, the service sees that it was reused.
func (h *handlers) submit(ctx context.Context, operation, key string, command ports.Command) ports.Reply {
	request := fromContext(ctx)
	command.By, command.Correlation, command.Trace = request.actor, request.correlation, request.trace
	if key != "" {
		command.Key = operation + " " + key
	}
	reply := h.service.Submit(ctx, command)[0]
	if reply.Replayed {
		request.header.Set("Idempotent-Replayed", "true")
	}
	return reply
}

// parseKey returns the text of an Idempotency-Key: a quoted string (RFC 8941), or the bare text. Both forms are one key. Without the
// header it returns "".
func parseKey(header *string) (string, error) {
	if header == nil {
		return "", nil
	}
	text := *header
	if strings.HasPrefix(text, `"`) {
		item, err := httpsfv.UnmarshalItem([]string{text})
		if err != nil {
			return "", malformed("Idempotency-Key", "is not a valid quoted string (RFC 8941)")
		}
		text = item.Value.(string)
	}
	if !validKey(text) {
		return "", malformed("Idempotency-Key", keyRule)
	}
	return text, nil
}

const keyRule = "must be 1 to 255 printable ASCII characters"

func validKey(text string) bool {
	return text != "" && len(text) <= maxKey && !strings.ContainsFunc(text, notPrintable)
}
