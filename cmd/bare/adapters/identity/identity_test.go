package identity_test

import (
	"crypto/ed25519"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"example.com/roster/cmd/bare/adapters/identity"
	"example.com/roster/cmd/bare/domain"
	"example.com/roster/cmd/bare/ports"
)

var (
	noon  = time.Date(2026, 3, 1, 12, 0, 0, 500_000_000, time.UTC)
	clock = func() time.Time { return noon }
	ada   = ports.Actor{Tenant: "default", Subject: "ada", Role: ports.Member}
)

func open(t *testing.T, dir string, now func() time.Time) *identity.LocalKey {
	t.Helper()
	key, err := identity.OpenLocalKey(dir, now)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// ask returns who sends a request with these Authorization headers.
func ask(key *identity.LocalKey, headers ...string) (ports.Actor, error) {
	return key.Actor(&http.Request{Header: http.Header{"Authorization": headers}})
}

func TestTokens(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "not", "there", "yet")
	token, expires, err := open(t, dir, clock).Sign(ada, time.Hour)
	if err != nil || !expires.Equal(noon.Truncate(time.Second).Add(time.Hour)) {
		t.Fatalf("it expires %s, %v", expires, err)
	}
	if by, err := ask(open(t, dir, clock), "bearer "+token); err != nil || by != ada { // another process has the same key
		t.Errorf("got %+v, %v", by, err)
	}
	late := func() time.Time { return expires.Add(31 * time.Second) }
	for name, refused := range map[string]func() (ports.Actor, error){
		"no token":        func() (ports.Actor, error) { return ask(open(t, dir, clock)) },
		"two tokens":      func() (ports.Actor, error) { return ask(open(t, dir, clock), "Bearer "+token, "Bearer "+token) },
		"another scheme":  func() (ports.Actor, error) { return ask(open(t, dir, clock), "Basic "+token) },
		"part of a token": func() (ports.Actor, error) { return ask(open(t, dir, clock), "Bearer "+token[:len(token)-9]) },
		"an expired one":  func() (ports.Actor, error) { return ask(open(t, dir, late), "Bearer "+token) },
		"another key":     func() (ports.Actor, error) { return ask(open(t, t.TempDir(), clock), "Bearer "+token) },
	} {
		if by, err := refused(); !errors.Is(err, ports.ErrUnauthenticated) || strings.Contains(err.Error(), token[:20]) {
			t.Errorf("%s: got %+v, %v", name, by, err)
		}
	}
}

// A token that the key has signed is refused if its claims are not those that Sign writes.
func TestOtherClaims(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	key := open(t, dir, clock)
	var stored jose.JSONWebKey
	text, err := os.ReadFile(filepath.Join(dir, "local-key.jwk"))
	if err = errors.Join(err, stored.UnmarshalJSON(text)); err != nil {
		t.Fatal(err)
	}
	claims := func(change map[string]any) map[string]any {
		all := map[string]any{"iss": "roster-local", "aud": "roster", "sub": "ada", "role": "member", "tenant": "default", "exp": noon.Unix() + 60}
		for name, value := range change {
			all[name] = value
		}
		return all
	}
	sign := func(algorithm jose.SignatureAlgorithm, key any, change map[string]any) string {
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, nil)
		if err != nil {
			t.Fatal(err)
		}
		token, err := jwt.Signed(signer).Claims(claims(change)).Serialize()
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	private := stored.Key.(ed25519.PrivateKey)
	if by, err := ask(key, "Bearer "+sign(jose.EdDSA, private, nil)); err != nil || by != ada {
		t.Errorf("got %+v, %v", by, err)
	}
	for name, value := range map[string]any{
		"iss": "other", "aud": "other", "sub": "", "role": "root", "tenant": "a b", "exp": nil, "nbf": noon.Unix() + 60,
	} {
		if by, err := ask(key, "Bearer "+sign(jose.EdDSA, private, map[string]any{name: value})); !errors.Is(err, ports.ErrUnauthenticated) {
			t.Errorf("%s %v: got %+v, %v", name, value, by, err)
		}
	}
	if by, err := ask(key, "Bearer "+sign(jose.HS256, []byte(private.Public().(ed25519.PublicKey)), nil)); !errors.Is(err, ports.ErrUnauthenticated) {
		t.Errorf("signed with the public key as a secret: got %+v, %v", by, err)
	}
}

func TestSignRefusesInvalidArguments(t *testing.T) {
	t.Parallel()
	key := open(t, t.TempDir(), clock)
	for field, c := range map[string]struct {
		by  ports.Actor
		ttl time.Duration
	}{
		"subject": {ports.Actor{Tenant: "default", Subject: "cli:root", Role: ports.Staff}, time.Hour},
		"role":    {ports.Actor{Tenant: "default", Subject: "ada", Role: "root"}, time.Hour},
		"tenant":  {ports.Actor{Tenant: "a b", Subject: "ada", Role: ports.Staff}, time.Hour},
		"ttl":     {ada, time.Millisecond},
	} {
		token, _, err := key.Sign(c.by, c.ttl)
		if v, ok := errors.AsType[*domain.Violation](err); !ok || v.Field != field || token != "" {
			t.Errorf("%s: got %q, %v", field, token, err)
		}
	}
}

func TestConcurrentProcessesShareOneKey(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	tokens := make([]string, 20)
	var all sync.WaitGroup
	for i := range tokens {
		all.Go(func() {
			key, err := identity.OpenLocalKey(dir, clock)
			if err == nil {
				tokens[i], _, err = key.Sign(ada, time.Hour)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, token := range tokens {
		if _, err := ask(open(t, dir, clock), "Bearer "+token); err != nil {
			t.Error(err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("the directory has %v, %v, want only the key", left, err)
	}
}

func TestInvalidKeyFileIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open(t, dir, clock)
	path := filepath.Join(dir, "local-key.jwk")
	requireNoKey := func(advice string) {
		t.Helper()
		if _, err := identity.OpenLocalKey(dir, clock); !errors.Is(err, domain.ErrInvalidArgument) || !strings.Contains(err.Error(), advice) {
			t.Errorf("got %v, want %q", err, advice)
		}
	}
	if runtime.GOOS != "windows" {
		if err := os.Chmod(path, 0o640); err != nil {
			t.Fatal(err)
		}
		requireNoKey("chmod 600")
	}
	for _, text := range []string{"", "key", `{"kty":"oct","k":"AAAA"}`} {
		if err := errors.Join(os.Remove(path), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
		requireNoKey("remove it")
	}
}
