package identity

import (
	"fmt"
	"net/http"
	"strings"

	"example.com/roster/ports"
)

const maxToken = 8 << 10 // bytes

// Actor tells who sends a request. Its error wraps [ports.ErrUnauthenticated] or [ports.ErrUnavailable].
func (v *Verifier) Actor(r *http.Request) (ports.Actor, error) {
	token, err := bearer(r.Header)
	if err != nil {
		return ports.Actor{}, err
	}
	return v.Verify(r.Context(), token)
}

func bearer(header http.Header) (string, error) {
	shown := header.Values("Authorization")
	if len(shown) != 1 {
		return "", refuse("there is no Authorization header, or more than one")
	}
	scheme, token, _ := strings.Cut(shown[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", refuse("the Authorization header is not of the scheme Bearer")
	}
	return token, nil
}

// refuse returns the error for a token that is not good, with a reason that holds nothing of it.
func refuse(why string) error { return fmt.Errorf("%w: %s", ports.ErrUnauthenticated, why) }
