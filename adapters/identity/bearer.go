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
	switch len(values) {
	case 0:
		return "", refuse("the Authorization header is missing")
	case 1:
	default:
		return "", explain("there are several Authorization headers")
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", explain("the scheme of the Authorization header is not Bearer")
	}
	return token, nil
}

// A refusal is the error for an invalid token. Its reason contains no part of the token.
type refusal struct{ reason, description string } // for the log; for the caller

// refuse returns a refusal whose reason is for the log alone. It must be so for all that concerns keys and signatures: the reason would
// help the author of a forged token.
func refuse(reason string) error { return &refusal{reason: reason} }

// explain returns a refusal whose reason the caller may know: it concerns the form of the request, or claims that the issuer has signed.
func explain(format string, args ...any) error {
	reason := fmt.Sprintf(format, args...)
	return &refusal{reason, reason}
}

// Error makes refusal an error. Its text is for the log.
func (r *refusal) Error() string { return ports.ErrUnauthenticated.Error() + ": " + r.reason }

// Unwrap returns [ports.ErrUnauthenticated].
func (r *refusal) Unwrap() error { return ports.ErrUnauthenticated }

// Description returns the reason for the caller, or "" (RFC 6750, 3: error_description).
func (r *refusal) Description() string { return r.description }
