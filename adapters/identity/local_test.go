package identity_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"example.com/roster/adapters/identity"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

func TestLocalTokens(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 20, 12, 0, 0, 123_456_789, time.UTC)
	dir := filepath.Join(t.TempDir(), "not", "there", "yet")
	key := openLocal(t, dir, func() time.Time { return now })
	for _, role := range []ports.Role{ports.Learner, ports.Staff, ports.Partner} {
		token, expires, err := key.Sign("ada", role, "uni-2", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if want := time.Date(2026, 11, 20, 13, 0, 0, 0, time.UTC); !expires.Equal(want) {
			t.Errorf("it expires %s, want %s", expires, want)
		}
		// Another process finds the same key.
		got, err := openLocal(t, dir, func() time.Time { return now }).Verifier().Verify(context.Background(), token)
		if want := (ports.Actor{Tenant: "uni-2", Subject: "ada", Role: role}); err != nil || got != want {
			t.Errorf("it is %+v, %v, want %+v", got, err, want)
		}
		late := openLocal(t, dir, func() time.Time { return expires.Add(31 * time.Second) }).Verifier()
		requireRefused(t, late.Verify, token)
		requireRefused(t, openLocal(t, t.TempDir(), func() time.Time { return now }).Verifier().Verify, token)
		requireRefused(t, start(t).open(t).Verify, token)
	}
}

// A key without a file is its own: no other accepts its tokens.
func TestLocalKeyInMemory(t *testing.T) {
	t.Parallel()
	for range 2 {
		key, err := identity.NewLocalKey(nil)
		if err != nil {
			t.Fatal(err)
		}
		token, _, err := key.Sign("ada", ports.Learner, "default", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := key.Verifier().Verify(t.Context(), token); err != nil || got.Subject != "ada" {
			t.Errorf("it is %+v, %v", got, err)
		}
		other, err := identity.NewLocalKey(nil)
		if err != nil {
			t.Fatal(err)
		}
		requireRefused(t, other.Verifier().Verify, token)
	}
}

// The local verifier refuses every token that a provider's verifier refuses: both have the same rules.
func TestLocalVerifierAcceptsNoOtherTokens(t *testing.T) {
	t.Parallel()
	v := openLocal(t, t.TempDir(), nil).Verifier()
	p := start(t)
	requireRefused(t, v.Verify, p.token(nil, nil))
	for name, token := range badTokens(t, p) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requireRefused(t, v.Verify, token)
		})
	}
}

// A token signed by the local key is refused if its claims are not those that roster token writes.
func TestLocalKeyMisused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	key := openLocal(t, dir, nil)
	token, _, err := key.Sign("ada", ports.Learner, "default", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	var stored jose.JSONWebKey
	text, err := os.ReadFile(filepath.Join(dir, "local-key.jwk"))
	if err == nil {
		err = stored.UnmarshalJSON(text)
	}
	if err != nil {
		t.Fatal(err)
	}
	sign := func(text []byte) []byte { return ed25519.Sign(stored.Key.(ed25519.PrivateKey), text) }
	part := strings.Split(token, ".")
	header, claims := decode(t, part[0]), decode(t, part[1])
	v := key.Verifier()
	requireAccepted(t, v, signWith(header.text(), claims.text(), sign))
	for name, changed := range map[string]string{
		"another kid":      signWith(header.with(fields{"kid": "other"}).text(), claims.text(), sign),
		"another issuer":   signWith(header.text(), claims.with(fields{"iss": issuer}).text(), sign),
		"another audience": signWith(header.text(), claims.with(fields{"aud": "wiki"}).text(), sign),
		"no exp":           signWith(header.text(), claims.with(fields{"exp": nil}).text(), sign),
		"no tenant":        signWith(header.text(), claims.with(fields{"tenant": nil}).text(), sign),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requireRefused(t, v.Verify, changed)
		})
	}
}

func decode(t *testing.T, part string) fields {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(part)
	var f fields
	if err == nil {
		err = json.Unmarshal(text, &f)
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestSignRefusesInvalidArguments(t *testing.T) {
	t.Parallel()
	key := openLocal(t, t.TempDir(), nil)
	cases := map[string]struct {
		subject string
		role    ports.Role
		tenant  domain.TenantID
		ttl     time.Duration
		field   string
	}{
		"no subject":         {"", ports.Staff, "default", time.Hour, "subject"},
		"an invalid subject": {"a\nb", ports.Staff, "default", time.Hour, "subject"},
		"the queue":          {"queue", ports.Staff, "default", time.Hour, "subject"},
		"the command line":   {"cli:root", ports.Staff, "default", time.Hour, "subject"},
		"no role":            {"ada", "", "default", time.Hour, "role"},
		"an unknown role":    {"ada", "root", "default", time.Hour, "role"},
		"no tenant":          {"ada", ports.Staff, "", time.Hour, "tenant"},
		"an invalid tenant":  {"ada", ports.Staff, "a/b", time.Hour, "tenant"},
		"no ttl":             {"ada", ports.Staff, "default", 0, "ttl"},
		"a negative ttl":     {"ada", ports.Staff, "default", -time.Hour, "ttl"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			token, _, err := key.Sign(c.subject, c.role, c.tenant, c.ttl)
			violation, ok := errors.AsType[*domain.Violation](err)
			if !ok || violation.Field != c.field || token != "" {
				t.Errorf("it is %q, %v, want a violation of %s", token, err, c.field)
			}
		})
	}
}

func TestConcurrentProcessesShareOneKey(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	keys := make([]*identity.LocalKey, 50)
	var all sync.WaitGroup
	for i := range keys {
		all.Go(func() {
			key, err := identity.OpenLocalKey(dir, nil)
			if err != nil {
				t.Error(err)
			}
			keys[i] = key
		})
	}
	all.Wait()
	if t.Failed() {
		return
	}
	token, _, err := keys[0].Sign("ada", ports.Learner, "default", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		requireAccepted(t, key.Verifier(), token)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("the directory has %v, %v, want only the key", left, err)
	}
}

func TestKeyFileIsPrivateToItsOwner(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Log("NOT TESTED: this system has no such permissions")
		return
	}
	dir := t.TempDir()
	openLocal(t, dir, nil)
	path := filepath.Join(dir, "local-key.jwk")
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("the key has %v, %v, want 0600", info.Mode(), err)
	}
	for _, loose := range []os.FileMode{0o640, 0o604, 0o620, 0o644, 0o601, 0o777} {
		if err := os.Chmod(path, loose); err != nil {
			t.Fatal(err)
		}
		requireNoKey(t, dir, "chmod 600")
	}
}

// A key that another user made, or can replace, is refused: that user could sign tokens for anyone.
func TestKeyOfAnotherUserIsRefused(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Log("NOT TESTED: this system has no such permissions")
		return
	}
	dir := t.TempDir()
	openLocal(t, dir, nil)
	chmod := func(mode os.FileMode) {
		t.Helper()
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
	}
	chmod(0o777)
	requireNoKey(t, dir, "chmod o-w")
	chmod(0o777 | os.ModeSticky)
	openLocal(t, dir, nil)
	chmod(0o775)
	openLocal(t, dir, nil)
	if os.Geteuid() != 0 {
		t.Log("NOT TESTED: only root can give a file to another user")
		return
	}
	if err := os.Chown(filepath.Join(dir, "local-key.jwk"), 65534, -1); err != nil {
		t.Fatal(err)
	}
	requireNoKey(t, dir, "belongs to another user")
}

func TestInvalidKeyFileIsRefused(t *testing.T) {
	t.Parallel()
	rsaText := jwk(t, "", rsaKey())
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"nothing": "", "not JSON": "key", "half a key": `{"kty":"OKP","crv":"Ed25519"`,
		"a public key": jwk(t, "", public),
		"another type": rsaText, "a secret": `{"kty":"oct","k":"AAAA"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "local-key.jwk"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			requireNoKey(t, dir, "remove it")
		})
	}
	t.Run("a file in place of the directory", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		requireNoKey(t, path, "not a directory")
	})
	t.Run("a directory in place of the file", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "local-key.jwk"), 0o700); err != nil {
			t.Fatal(err)
		}
		requireNoKey(t, dir, "is a directory")
	})
	t.Run("a directory that can't be written", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		if err := os.Chmod(dir, 0o500); err != nil {
			t.Fatal(err)
		}
		if f, err := os.CreateTemp(dir, ""); err == nil {
			_ = f.Close()
			t.Log("NOT TESTED: this user can write everywhere")
			return
		}
		requireNoKey(t, dir, "permission denied")
	})
}

func openLocal(t *testing.T, dir string, now func() time.Time) *identity.LocalKey {
	t.Helper()
	key, err := identity.OpenLocalKey(dir, now)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func requireNoKey(t *testing.T, dir, advice string) {
	t.Helper()
	_, err := identity.OpenLocalKey(dir, nil)
	if !errors.Is(err, domain.ErrInvalidArgument) || !strings.Contains(err.Error(), advice) {
		t.Errorf("it is %v, want %v with %q", err, domain.ErrInvalidArgument, advice)
	}
}
