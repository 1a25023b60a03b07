package httpapi

import (
	"context"
	"strings"

	"github.com/dunglas/httpsfv"

	"example.com/roster/ports"
)

const maxKey = 255 // characters of an Idempotency-Key

// submitUnder does one action for the caller, under the Idempotency-Key that he sent, if he did.
func (h *handlers) submitUnder(
	ctx context.Context, operation string, header *string, action ports.Action,
) (ports.Outcome, error) {
	var key string
	if header != nil {
		var err error
		if key, err = parseKey(*header); err != nil {
			return ports.Outcome{}, err
		}
	}
	return h.submit(ctx, operation, key, action)
}

// submit does one action for the caller. A key counts for one operation, whatever the course: its reuse on another is seen.
func (h *handlers) submit(ctx context.Context, operation, key string, action ports.Action) (ports.Outcome, error) {
	in := callOf(ctx)
	command := ports.Command{By: in.actor, Correlation: in.correlation, Trace: in.trace, Actions: []ports.Action{action}}
	if key != "" {
		command.Key = operation + " " + key
	}
	reply := h.service.Submit(ctx, command)[0]
	if reply.Replayed {
		in.header.Set("Idempotent-Replayed", "true")
	}
	return reply.One()
}

// parseKey returns the text of an Idempotency-Key, a quoted string (RFC 8941) or bare. Both forms of a text are one key.
func parseKey(header string) (string, error) {
	text := header
	if strings.HasPrefix(header, `"`) {
		item, err := httpsfv.UnmarshalItem([]string{header})
		if err != nil {
			return "", malformed("Idempotency-Key", "is not a quoted string as of RFC 8941")
		}
		text = item.Value.(string)
	}
	if !isKey(text) {
		return "", malformed("Idempotency-Key", keyRule)
	}
	return text, nil
}

const keyRule = "must be 1 to 255 printable ASCII characters"

func isKey(text string) bool {
	return text != "" && len(text) <= maxKey && !strings.ContainsFunc(text, notPrintable)
}

func notPrintable(r rune) bool { return r < ' ' || r > '~' }
