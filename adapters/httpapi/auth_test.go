package httpapi_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"example.com/roster/adapters/httpapi"
	"example.com/roster/ports"
)

// A refused token is an error with a text for the log, and one for the caller.
type refusedToken struct{ reason, description string }

func (e refusedToken) Error() string       { return e.reason }
func (e refusedToken) Unwrap() error       { return ports.ErrUnauthenticated }
func (e refusedToken) Description() string { return e.description }

// The log says why a token was refused, with the correlation id. The answer says so if the error has a description for the caller.
func TestReasonOfARefusalIsLoggedAndDescribed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err                                error
		authorization, challenge, says, of string
	}{
		"described": {refusedToken{"exp is over", "the token has expired"}, "Bearer x.y.z",
			`Bearer error="invalid_token", error_description="the token has expired"`, "the token has expired", "exp is over"},
		"for the log alone": {refusedToken{"no such key", ""}, "Bearer x.y.z", `Bearer error="invalid_token"`, "The token is not accepted.", "no such key"},
		"of another type":   {errors.Join(ports.ErrUnauthenticated), "Bearer x.y.z", `Bearer error="invalid_token"`, "The token is not accepted.", "unauthenticated"},
		"without a token":   {refusedToken{"no header", ""}, "", "Bearer", "send a bearer token", "no header"},
		"with characters that a header may not have": {refusedToken{"r", "a\"b\\c\r\nd\u00e9"}, "Bearer x.y.z",
			`Bearer error="invalid_token", error_description="a?b?c??d?"`, "a?b?c??d?", "r"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			s := serve(mocked(t), httpapi.WithLogger(slog.New(slog.NewJSONHandler(&log, nil))),
				httpapi.WithAuthenticator(func(*http.Request) (ports.Actor, error) { return ports.Actor{}, c.err }))
			got := problem(t, s, 401, ports.ErrUnauthenticated, "GET", "/v1/courses", "", "Authorization", c.authorization, "X-Correlation-ID", "c-1")
			if got.header.Get("WWW-Authenticate") != c.challenge || !strings.Contains(got.body, c.says) {
				t.Errorf("WWW-Authenticate: %s\n%s", got.header.Get("WWW-Authenticate"), got.body)
			}
			var line map[string]any
			if err := json.Unmarshal(log.Bytes(), &line); err != nil || line["reason"] != c.of || line["correlationId"] != "c-1" || line["level"] != "INFO" {
				t.Errorf("logged %s", log.String())
			}
		})
	}
}
