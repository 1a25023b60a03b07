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
	token, err := tokenOf(r)
	if err != nil {
		return ports.Actor{}, err
	}
	return v.Verify(r.Context(), token)
}

// Known reports whether the token of a request was verified before and has not expired. It verifies no signature.
func (v *Verifier) Known(r *http.Request) bool {
	token, err := tokenOf(r)
	if err != nil || len(token) > maxToken {
		return false
	}
	_, known := v.cache.lookup(digestOf(token), v.now())
	return known
}

func tokenOf(r *http.Request) (string, error) {
	values := r.Header.Values("Authorization")
	if len(values) != 1 {
		return "", refuse("the Authorization header is missing, or there are several")
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", refuse("the scheme of the Authorization header is not Bearer")
	}
	return token, nil
}

// refuse returns the error for an invalid token. The reason must not contain any part of the token.
func refuse(reason string) error {
	return fmt.Errorf("%w: %s", ports.ErrUnauthenticated, reason)
}
