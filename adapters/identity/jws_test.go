package identity_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"example.com/roster/adapters/identity"
	"example.com/roster/ports"
)

const issuer = "https://id.example"

// rsaKey is made once: making it is slow.
var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// fields are the members of a JSON object. As a change, nil removes a member.
type fields map[string]any

func (f fields) with(changes fields) fields {
	all := fields{}
	for _, from := range []fields{f, changes} {
		for name, value := range from {
			all[name] = value
		}
	}
	for name, value := range all {
		if value == nil {
			delete(all, name)
		}
	}
	return all
}

func (f fields) text() string {
	text, err := json.Marshal(f)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func signWith(header, claims string, sign func([]byte) []byte) string {
	text := encode(header) + "." + encode(claims)
	return text + "." + encode(string(sign([]byte(text))))
}

func encode(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// requireRefused fails unless the token is refused with an error that contains no part of it.
func requireRefused(t *testing.T, verify func(context.Context, string) (ports.Actor, error), token string) {
	t.Helper()
	got, err := verify(context.Background(), token)
	if got != (ports.Actor{}) || !errors.Is(err, ports.ErrUnauthenticated) {
		t.Fatalf("it is %+v, %v, want %v", got, err, ports.ErrUnauthenticated)
	}
	for part := range strings.SplitSeq(token, ".") {
		if len(part) > 8 && strings.Contains(err.Error(), part) {
			t.Errorf("%q contains a part of the token", err)
		}
	}
}

func requireAccepted(t *testing.T, v *identity.Verifier, token string) {
	t.Helper()
	if _, err := v.Verify(context.Background(), token); err != nil {
		t.Errorf("a valid token is refused: %v", err)
	}
}

func jwk(t testing.TB, kid string, key any) string {
	t.Helper()
	text, err := jose.JSONWebKey{Key: key, KeyID: kid, Use: "sig"}.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
