package identity

import (
	"fmt"
	"net/http"
	"strings"

	"example.com/roster/ports"
)

const maxToken = 8 << 10 // bytes

// Actor returns who sends a request. Its error wraps [ports.ErrUnauthenticated] or [ports.ErrUnavailable].
func (v *Verifier) Actor(r *http.Request) (ports.Actor, error) {
	values := r.Header.Values("Authorization")
	if len(values) != 1 {
		return ports.Actor{}, refuse("the Authorization header is missing, or there are several")
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ports.Actor{}, refuse("the scheme of the Authorization header is not Bearer")
	}
	return v.Verify(r.Context(), token)
}

// refuse returns the error for an invalid token. The reason must not contain any part of the token.
func refuse(reason string) error {
	return fmt.Errorf("%w: %s", ports.ErrUnauthenticated, reason)
}
