package identity_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/oauth2-proxy/mockoidc"

	"example.com/roster/adapters/identity"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// The code flow at a provider on a real socket: a person logs in, and the verifier accepts the client's token.
func TestLoginAtAProvider(t *testing.T) {
	t.Parallel()
	m, err := mockoidc.Run()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Shutdown(); err != nil {
			t.Error(err)
		}
	})
	m.QueueUser(person{"ada"})
	token := login(t, m)
	v, err := openVerifier(t.Context(), identity.Config{Issuer: m.Issuer(), Audiences: []string{m.ClientID}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := v.Verify(t.Context(), token)
	if want := (ports.Actor{Tenant: "uni-2", Subject: "ada", Role: ports.Staff}); err != nil || got != want {
		t.Errorf("it is %+v, %v, want %+v", got, err, want)
	}
	other, err := openVerifier(t.Context(), identity.Config{Issuer: m.Issuer(), Audiences: []string{"wiki"}})
	if err != nil {
		t.Fatal(err)
	}
	requireRefused(t, other.Verify, token)

	if m.Keypair, err = mockoidc.RandomKeypair(2048); err != nil { // the provider has a new key
		t.Fatal(err)
	}
	m.QueueUser(person{"bob"})
	if got, err = v.Verify(t.Context(), login(t, m)); err != nil || got.Subject != "bob" {
		t.Errorf("after a change of keys it is %+v, %v", got, err)
	}
	requireRefused(t, v.Verify, token)
}

// A person logs in at the mock provider.
type person struct{ name string }

func (p person) ID() string                        { return p.name }
func (p person) Userinfo([]string) ([]byte, error) { return json.Marshal(p.name) }

func (p person) Claims(_ []string, c *mockoidc.IDTokenClaims) (jwt.Claims, error) {
	return granted{c, []string{"staff"}, "uni-2"}, nil
}

type granted struct {
	*mockoidc.IDTokenClaims
	Roles  []string `json:"roles"`
	Tenant string   `json:"tenant"`
}

func login(t *testing.T, m *mockoidc.MockOIDC) string {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	answer, err := client.Get(m.AuthorizationEndpoint() + "?" + url.Values{
		"client_id": {m.ClientID}, "response_type": {"code"}, "scope": {"openid"}, "state": {"s"},
		"redirect_uri": {"http://127.0.0.1/back"},
	}.Encode())
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	back, err := answer.Location()
	if err != nil {
		t.Fatal(err)
	}
	answer, err = client.PostForm(m.TokenEndpoint(), url.Values{
		"client_id": {m.ClientID}, "client_secret": {m.ClientSecret}, "grant_type": {"authorization_code"},
		"code": {back.Query().Get("code")}, "redirect_uri": {"http://127.0.0.1/back"},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var tokens struct {
		ID string `json:"id_token"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&tokens); err != nil || tokens.ID == "" {
		t.Fatalf("the provider gave no token: %s, %v", answer.Status, err)
	}
	return tokens.ID
}

func TestOpenReportsConfigurationErrors(t *testing.T) {
	t.Parallel()
	serve := func(description string) string {
		var s *httptest.Server
		s = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, strings.ReplaceAll(description, "SELF", s.URL))
		}))
		t.Cleanup(s.Close)
		return s.URL
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	unreachable := "http://" + closed.Addr().String()
	_ = closed.Close()
	cases := map[string]struct {
		issuer, audience string
		want             domain.Kind
	}{
		"unreachable provider":    {unreachable, "roster", ports.ErrUnavailable},
		"not a provider":          {serve("<html>"), "roster", ports.ErrUnavailable},
		"a provider without keys": {serve(`{"issuer":"SELF","jwks_uri":"` + unreachable + `"}`), "roster", ports.ErrUnavailable},
		"another issuer in its description": {
			serve(`{"issuer":"https://id.example","jwks_uri":"SELF/keys"}`), "roster", domain.ErrInvalidArgument,
		},
		"keys over plain HTTP": {
			serve(`{"issuer":"SELF","jwks_uri":"http://id.example/keys"}`), "roster", domain.ErrInvalidArgument,
		},
		"no jwks_uri": {serve(`{"issuer":"SELF"}`), "roster", domain.ErrInvalidArgument},
		"plain HTTP":  {"http://id.example", "roster", domain.ErrInvalidArgument},
		"no URL":      {"id.example", "roster", domain.ErrInvalidArgument},
		"a file":      {"file:///etc/passwd", "roster", domain.ErrInvalidArgument},
		"no issuer":   {"", "roster", domain.ErrInvalidArgument},
		"no audience": {unreachable, "", domain.ErrInvalidArgument},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, err := openVerifier(t.Context(), identity.Config{Issuer: c.issuer, Audiences: []string{c.audience}})
			if v != nil || ports.KindOf(err) != c.want {
				t.Errorf("it is %v, %v, want %v", v, err, c.want)
			}
		})
	}
}

// A provider that accepts connections and never answers does not delay Open beyond the deadline of its context.
func TestOpenObeysItsContext(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond) // steady: the deadline that must end the call
	defer cancel()
	_, err = openVerifier(ctx, identity.Config{Issuer: "http://" + silent.Addr().String(), Audiences: []string{"roster"}})
	if !errors.Is(err, ports.ErrUnavailable) {
		t.Errorf("it is %v, want %v", err, ports.ErrUnavailable)
	}
}
