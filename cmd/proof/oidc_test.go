package proof_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/oauth2-proxy/mockoidc"
)

// With an OpenID Connect provider, serve accepts the provider's tokens and no others.
func TestServeAcceptsProviderTokens(t *testing.T) {
	t.Parallel()
	m, err := mockoidc.Run()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Shutdown() })
	provided, err := m.Keypair.SignJWT(jwt.MapClaims{
		"iss": m.Issuer(), "aud": "roster-api", "sub": "ada", "roles": []string{"learner"}, "tenant": "default",
		"exp": time.Now().Add(time.Hour).Unix(),
	})
	if err != nil {
		t.Fatal(err)
	}
	s := newSystem(t, "memory")
	s.must(t, "", "course", "put", "go", "--title", "Go", "--capacity", "1")
	local := strings.TrimSpace(s.must(t, "", "token", "--subject", "ada", "--role", "learner"))

	addr, _ := s.start(t, new(bytes.Buffer), "--oidc-issuer", m.Issuer(), "--oidc-audience", "roster-api")
	for token, want := range map[string]int{provided: 201, local: 401, provided + "x": 401} {
		c := newClient(t, "http://"+addr)
		c.token = token
		if status, _, body, err := c.do("POST", "/v1/courses/go/enrollments", "", "{}"); err != nil || status != want {
			t.Errorf("%d, %v, want %d\n%s", status, err, want, body)
		}
	}
	if r := s.run(t, "", "serve", "--oidc-issuer", m.Issuer()); r.code != 2 || !strings.Contains(r.stderr, "audience") {
		t.Errorf("without an audience: exit %d, %s", r.code, r.stderr)
	}
}
