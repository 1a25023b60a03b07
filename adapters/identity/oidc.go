package identity

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A Config says which tokens are accepted. Issuer and Audience are required.
type Config struct {
	Issuer   string           // as in the tokens' iss; https, or on the loopback
	Audience string           // this service's name in the tokens' aud
	Client   *http.Client     // for requests to the provider, within its own bounds; the default is [http.DefaultClient]
	Now      func() time.Time // the default is [time.Now]
}

// Open fetches the provider's description and its keys, and returns a verifier of its tokens. If the provider is unreachable,
// the error wraps [ports.ErrUnavailable]. If the configuration is wrong, it is a [domain.Violation].
func Open(ctx context.Context, c Config) (*Verifier, error) {
	if c.Client == nil {
		c.Client = http.DefaultClient
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Audience == "" {
		return nil, &domain.Violation{Field: "audience", Detail: "is required: without it, tokens for other services would be accepted"}
	}
	if !secure(c.Issuer) {
		return nil, &domain.Violation{Field: "issuer", Detail: "must be a URL with https, or one on the loopback"}
	}
	c.Client = bounded(c.Client)
	keysURL, err := discover(ctx, c)
	if err != nil {
		return nil, err
	}
	keys := newRemoteKeys(keysURL, c.Client, c.Now)
	if err := keys.refresh(ctx); err != nil {
		return nil, err
	}
	return &Verifier{issuer: c.Issuer, audience: c.Audience, find: keys.find, now: c.Now}, nil
}

// discover returns the URL of the provider's keys.
func discover(ctx context.Context, c Config) (string, error) {
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, c.Client), c.Issuer)
	if other, ok := errors.AsType[*oidc.IssuerMismatchError](err); ok {
		return "", &domain.Violation{Field: "issuer", Detail: fmt.Sprintf("must be %q, as the provider says", other.Discovered)}
	}
	if err != nil {
		return "", fmt.Errorf("%w: the identity provider: %w", ports.ErrUnavailable, err)
	}
	var description struct {
		Keys string `json:"jwks_uri"`
	}
	if err := provider.Claims(&description); err != nil || !secure(description.Keys) {
		return "", &domain.Violation{Field: "issuer", Detail: "must have a jwks_uri with https, or one on the loopback"}
	}
	return description.Keys, nil
}

// secure reports whether requests to an address can't be read or changed on the way.
func secure(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}
