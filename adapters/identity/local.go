package identity

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Issuer and audience of the local key's tokens.
const (
	localIssuer   = "roster-local"
	localAudience = "roster"
)

// A LocalKey signs tokens for development, on a machine without a provider. Anyone who can read its file can sign a token for
// any subject, so a service that accepts its tokens must listen on the loopback only.
type LocalKey struct {
	signer jose.Signer
	public jose.JSONWebKey
	now    func() time.Time
}

// OpenLocalKey returns the key in the data directory dir. It makes both if they are missing; if several processes do so at
// once, one makes the key and all get it. If now is nil, it is [time.Now].
func OpenLocalKey(dir string, now func() time.Time) (*LocalKey, error) {
	private, err := openKeyFile(dir)
	if err != nil {
		return nil, fmt.Errorf("%w: the local key: %w", domain.ErrInvalidArgument, err)
	}
	return newLocalKey(private, now)
}

// NewLocalKey returns a new key, which is in no file: its tokens end with the process. If now is nil, it is [time.Now].
func NewLocalKey(now func() time.Time) (*LocalKey, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("%w: the local key: %w", ports.ErrInternal, err)
	}
	return newLocalKey(private, now)
}

func newLocalKey(private ed25519.PrivateKey, now func() time.Time) (*LocalKey, error) {
	if now == nil {
		now = time.Now
	}
	key := jose.JSONWebKey{Key: private, Algorithm: string(jose.EdDSA)}
	thumbprint, err := key.Thumbprint(crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("%w: the local key: %w", ports.ErrInternal, err)
	}
	key.KeyID = base64.RawURLEncoding.EncodeToString(thumbprint)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.EdDSA, Key: key}, new(jose.SignerOptions).WithType("JWT"))
	if err != nil {
		return nil, fmt.Errorf("%w: the local key: %w", ports.ErrInternal, err)
	}
	return &LocalKey{signer, key.Public(), now}, nil
}

// Sign returns a token that is valid for ttl, and when it expires, in whole seconds as tokens have them. Arguments that no
// verifier would accept are a [domain.Violation].
func (k *LocalKey) Sign(subject string, role ports.Role, tenant domain.TenantID, ttl time.Duration) (string, time.Time, error) {
	if err := validateClaims(subject, role, tenant, ttl); err != nil {
		return "", time.Time{}, err
	}
	now := k.now().UTC()
	expires := now.Add(ttl).Truncate(time.Second)
	token, err := jwt.Signed(k.signer).Claims(claims{Roles: jwt.Audience{string(role)}, Tenant: tenant, Claims: jwt.Claims{
		Issuer: localIssuer, Audience: jwt.Audience{localAudience}, Subject: subject,
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(expires),
	}}).Serialize()
	if err != nil {
		return "", time.Time{}, fmt.Errorf("%w: signing a token: %w", ports.ErrInternal, err)
	}
	return token, expires, nil
}

func validateClaims(subject string, role ports.Role, tenant domain.TenantID, ttl time.Duration) error {
	if err := domain.ValidateText("subject", subject, maxSubject); err != nil {
		return err
	}
	if reserved(subject) {
		return &domain.Violation{Field: "subject", Detail: fmt.Sprintf("must not be queue or begin with cli:, which the service uses itself, got %q", subject)}
	}
	if !slices.Contains(roleOrder, role) {
		return &domain.Violation{Field: "role", Detail: "must be learner, staff or partner"}
	}
	if ttl < time.Second {
		return &domain.Violation{Field: "ttl", Detail: "must be at least one second"}
	}
	return tenant.Validate()
}

// Verifier returns a verifier that accepts the tokens of this key only.
func (k *LocalKey) Verifier() *Verifier {
	return &Verifier{issuer: localIssuer, audiences: []string{localAudience}, read: readOwn, find: k.find, now: k.now}
}

func (k *LocalKey) find(_ context.Context, kid string) ([]jose.JSONWebKey, error) {
	if kid != k.public.KeyID {
		return nil, refuse("the token names another key than the local key")
	}
	return []jose.JSONWebKey{k.public}, nil
}
