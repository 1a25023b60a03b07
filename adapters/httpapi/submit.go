package httpapi

import (
	"context"
	"strings"

	"github.com/dunglas/httpsfv"

	"example.com/roster/ports"
)

const maxKey = 255 // characters of an Idempotency-Key

// submit does one action for the caller. A key counts for one operation, whatever the course: its reuse on another is seen.
func (h *handlers) submit(ctx context.Context, operation string, key *string, action ports.Action) (ports.Outcome, error) {
	in := callOf(ctx)
	command := ports.Command{By: in.actor, Correlation: in.correlation, Actions: []ports.Action{action}}
	if key != nil {
		name, err := parseKey(*key)
		if err != nil {
			return ports.Outcome{}, err
		}
		command.Key = operation + " " + name
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
	if text == "" || len(text) > maxKey || strings.ContainsFunc(text, notPrintable) {
		return "", malformed("Idempotency-Key", "must be 1 to 255 printable ASCII characters")
	}
	return text, nil
}

func notPrintable(r rune) bool { return r < ' ' || r > '~' }
