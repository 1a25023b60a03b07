package identity

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"example.com/roster/domain"
)

// A Config says which tokens are accepted, and what their claims mean. Issuer and Audiences are required.
type Config struct {
	Issuer       string           // as in the tokens' iss; https, or on the loopback, unless DiscoveryURL is
	Audiences    []string         // this service's names in the tokens' aud, of which a token needs one
	Mapping      Mapping          // which claims become the actor
	DiscoveryURL string           // the whole address of the provider's description, if that is not under the issuer
	Client       *http.Client     // for requests to the provider, within its own bounds; the default is [http.DefaultClient]
	Now          func() time.Time // the default is [time.Now]
}

// New returns a verifier of the provider's tokens. It sends no request: the first token, or [Verifier.Ready], causes the provider's
// description and keys to be fetched. If the configuration is wrong, the error is a [domain.Violation].
func New(c Config) (*Verifier, error) {
	if c.Client == nil {
		c.Client = http.DefaultClient
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if len(c.Audiences) == 0 || slices.Contains(c.Audiences, "") {
		return nil, &domain.Violation{Field: "audience", Detail: "is required: without it, tokens for other services would be accepted"}
	}
	if c.Issuer == "" {
		return nil, &domain.Violation{Field: "issuer", Detail: "is required"}
	}
	if c.DiscoveryURL == "" {
		if !secure(c.Issuer) {
			return nil, &domain.Violation{Field: "issuer", Detail: "must be a URL with https, or one on the loopback"}
		}
		c.DiscoveryURL = strings.TrimSuffix(c.Issuer, "/") + wellKnown
	}
	if !secure(c.DiscoveryURL) || !strings.HasSuffix(c.DiscoveryURL, wellKnown) {
		return nil, &domain.Violation{Field: "discovery URL", Detail: "must have https, or be on the loopback, and end in " + wellKnown}
	}
	mapping, err := c.Mapping.withDefaults()
	if err != nil {
		return nil, err
	}
	c.Client = bounded(c.Client)
	keys := newRemoteKeys(func(ctx context.Context) (string, error) { return discover(ctx, c) }, c.Client, c.Now)
	return &Verifier{issuer: c.Issuer, audiences: c.Audiences, read: mapping.read, find: keys.find, ready: keys.ready, now: c.Now}, nil
}

// Ready returns nil if the issuer's keys are known. Otherwise it tries to fetch them, and returns why that failed: if the provider is
// unreachable, the error wraps [ports.ErrUnavailable]; if its description contradicts the configuration, it is a [domain.Violation].
func (v *Verifier) Ready(ctx context.Context) error {
	if v.ready == nil {
		return nil
	}
	return v.ready(ctx)
}

// wellKnown is where a provider's description is (OpenID Connect Discovery 1.0, 4).
const wellKnown = "/.well-known/openid-configuration"

// discover returns the URL of the provider's keys.
func discover(ctx context.Context, c Config) (string, error) {
	ctx = oidc.InsecureIssuerURLContext(oidc.ClientContext(ctx, c.Client), c.Issuer) // the issuer is compared below
	provider, err := oidc.NewProvider(ctx, strings.TrimSuffix(c.DiscoveryURL, wellKnown))
	if err != nil {
		return "", fmt.Errorf("the identity provider: %.500w", err) // it may contain a whole page
	}
	var description struct {
		Issuer string `json:"issuer"`
		Keys   string `json:"jwks_uri"`
	}
	if err := provider.Claims(&description); err != nil || !secure(description.Keys) {
		return "", &domain.Violation{Field: "issuer", Detail: "must have a jwks_uri with https, or one on the loopback"}
	}
	if description.Issuer != c.Issuer {
		return "", &domain.Violation{Field: "issuer", Detail: fmt.Sprintf("must be %q, as the provider says", description.Issuer)}
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
