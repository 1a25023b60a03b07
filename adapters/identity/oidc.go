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

// A Config says whose tokens are taken. Issuer and Audience are required.
type Config struct {
	Issuer   string           // as the provider writes it in iss; https, or on the loopback
	Audience string           // as the provider names this service in aud
	Client   *http.Client     // how the provider is asked; without, [http.DefaultClient]
	Now      func() time.Time // without, [time.Now]
}

// Open asks the provider for its description and its keys, and returns a verifier of its tokens. Where the provider can't
// be reached the error wraps [ports.ErrUnavailable]; what only another configuration can mend is a [domain.Violation].
func Open(ctx context.Context, c Config) (*Verifier, error) {
	if c.Client == nil {
		c.Client = http.DefaultClient
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Audience == "" {
		return nil, &domain.Violation{Field: "audience", Detail: "is missing: tokens for somebody else would be taken"}
	}
	if !private(c.Issuer) {
		return nil, &domain.Violation{Field: "issuer", Detail: "must be a URL with https, or one on the loopback"}
	}
	at, err := discover(ctx, c)
	if err != nil {
		return nil, err
	}
	keys := newRemoteKeys(at, c.Client, c.Now)
	if err := keys.refresh(ctx); err != nil {
		return nil, err
	}
	return &Verifier{issuer: c.Issuer, audience: c.Audience, find: keys.find, now: c.Now}, nil
}

// discover returns where the provider's keys are.
func discover(ctx context.Context, c Config) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, c.Client), c.Issuer)
	if other, ok := errors.AsType[*oidc.IssuerMismatchError](err); ok {
		return "", &domain.Violation{Field: "issuer", Detail: fmt.Sprintf("must be %q, as the provider says", other.Discovered)}
	}
	if err != nil {
		return "", fmt.Errorf("%w: the identity provider: %w", ports.ErrUnavailable, err)
	}
	var described struct {
		Keys string `json:"jwks_uri"`
	}
	if err := provider.Claims(&described); err != nil || !private(described.Keys) {
		return "", &domain.Violation{Field: "issuer", Detail: "must be one whose jwks_uri has https, or is on the loopback"}
	}
	return described.Keys, nil
}

// private reports whether nobody on the way can read or change what is sent to an address.
func private(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}
