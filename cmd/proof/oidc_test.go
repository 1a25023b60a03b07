package proof_test

import (
	"bytes"
	"encoding/pem"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/oauth2-proxy/mockoidc"

	"example.com/roster/ports/portstest"
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
	if r := s.run(t, "", "serve", "--admin-addr", "off", "--oidc-issuer", m.Issuer()); r.code != 2 || !strings.Contains(r.stderr, "audience") {
		t.Errorf("without an audience: exit %d, %s", r.code, r.stderr)
	}
}

// Without its provider, serve starts and is not ready. Requests with a token are unavailable, public paths answer, and the log names the
// reason. When the provider answers, so does serve.
func TestServeStartsWithoutItsProvider(t *testing.T) {
	t.Parallel()
	m, up := mockProvider(t)
	s := newSystem(t, "memory")
	s.must(t, "", "course", "put", "go", "--title", "Go", "--capacity", "1")
	var log bytes.Buffer
	addr, stop := s.start(t, &log, "--oidc-issuer", m.Issuer(), "--oidc-audience", "roster-api")
	c := newClient(t, "http://"+addr)
	ask := func(path, token string) (int, string) {
		t.Helper()
		c.token = token
		status, _, body, err := c.do("GET", path, "", "")
		if err != nil {
			t.Fatal(err)
		}
		return status, string(body)
	}
	token, err := m.Keypair.SignJWT(jwt.MapClaims{
		"iss": m.Issuer(), "aud": "roster-api", "sub": "ada", "roles": "learner", "tenant": "default", "exp": time.Now().Add(time.Hour).Unix(),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path, token string
		status      int
		says        string
	}{
		{"/readyz", "", 503, `"pointer":"/parts/identity"`},
		{"/v1/courses/go", token, 503, `"code":"unavailable"`},
		{"/v1/courses/go", "", 401, `"code":"unauthenticated"`},
		{"/healthz", "", 200, "ok"},
		{"/openapi.json", "", 200, "openapi"},
	} {
		if status, body := ask(c.path, c.token); status != c.status || !strings.Contains(body, c.says) {
			t.Errorf("%s: %d, want %d with %s\n%s", c.path, status, c.status, c.says, body)
		}
	}
	up.Store(true)
	portstest.Eventually(t, "the provider's token is accepted", func() bool {
		status, _ := ask("/v1/courses/go", token)
		return status == 200
	})
	portstest.Eventually(t, "serve is ready", func() bool {
		status, body := ask("/readyz", "")
		return status == 200 && strings.Contains(body, `"identity":"ok"`)
	})
	up.Store(false) // away again: the keys stay valid
	if status, body := ask("/v1/courses/go", token); status != 200 {
		t.Errorf("with the keys of the last fetch: %d\n%s", status, body)
	}
	stop()
	for _, text := range []string{"no token can be verified until the identity provider answers", "503 Service Unavailable"} {
		if !strings.Contains(log.String(), text) {
			t.Errorf("the log does not say %q:\n%s", text, log.String())
		}
	}
}

// The log and the answer say why a token is refused. Neither has the token, or a value of it that names a person.
func TestRefusedTokenIsExplained(t *testing.T) {
	t.Parallel()
	m, up := mockProvider(t)
	up.Store(true)
	s := newSystem(t, "memory")
	var log bytes.Buffer
	addr, stop := s.start(t, &log, "--oidc-issuer", m.Issuer(), "--oidc-audience", "roster-api,roster-2", "--oidc-audience", "roster-3",
		"--oidc-roles-claim", `https://roster\.example/roles`, "--oidc-role-map", "Roster.Staff=staff", "--oidc-subject-claim", "student.number",
		"--oidc-tenant", "default")
	c := newClient(t, "http://"+addr)
	cases := map[string]struct {
		claims       jwt.MapClaims
		told, logged string
	}{
		"a role": {jwt.MapClaims{"https://roster.example/roles": []string{"Wiki.Admin"}},
			"https://roster.example/roles has no role of this service (other names in it: 1)", "https://roster.example/roles has no role of this service"},
		"an audience":    {jwt.MapClaims{"aud": "roster-4"}, "the token is for another audience", "the token is for another audience"},
		"a reserved one": {jwt.MapClaims{"student": map[string]any{"number": "cli:root"}}, "", "the subject is a name of the service's own"},
	}
	sign := func(changes jwt.MapClaims) string {
		claims := jwt.MapClaims{
			"iss": m.Issuer(), "aud": "roster-2", "sub": "sub-of-grace", "student": map[string]any{"number": "grace-hopper"},
			"https://roster.example/roles": []string{"Roster.Staff"}, "exp": time.Now().Add(time.Hour).Unix(),
		}
		maps.Copy(claims, changes)
		token, err := m.Keypair.SignJWT(claims)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	for _, audience := range []string{"roster-api", "roster-2", "roster-3"} {
		c.token = sign(jwt.MapClaims{"aud": audience})
		if status, _, body, err := c.do("GET", "/v1/courses", "", ""); err != nil || status != 200 {
			t.Errorf("a token for %s: %d, %v\n%s", audience, status, err, body)
		}
	}
	private := []string{"grace", "cli:root"}
	var wanted [][]string
	for name, change := range cases {
		c.token = sign(change.claims)
		private = append(private, strings.Split(c.token, ".")[1])
		status, header, body, err := c.do("GET", "/v1/courses", "", "")
		challenge := `Bearer error="invalid_token"`
		if change.told != "" {
			challenge += `, error_description="` + change.told + `"`
		}
		if err != nil || status != 401 || header.Get("WWW-Authenticate") != challenge || !strings.Contains(string(body), change.told) {
			t.Errorf("%s: %d, %v, %s\n%s", name, status, err, header.Get("WWW-Authenticate"), body)
		}
		for _, text := range private {
			if strings.Contains(string(body), text) {
				t.Errorf("%s: the body has %q\n%s", name, text, body)
			}
		}
		wanted = append(wanted, []string{`reason="unauthenticated: ` + change.logged, "correlationId=" + header.Get("X-Correlation-ID")})
	}
	stop()
	for _, both := range wanted {
		found := false
		for line := range strings.Lines(log.String()) {
			found = found || strings.Contains(line, both[0]) && strings.Contains(line, both[1])
		}
		if !found {
			t.Errorf("no line of the log has %q:\n%s", both, log.String())
		}
	}
	for _, text := range private {
		if strings.Contains(log.String(), text) {
			t.Errorf("the log has %q", text)
		}
	}
}

// A provider under another name, with the certificate of a private authority, is accepted with both flags.
func TestServeTrustsAPrivateAuthority(t *testing.T) {
	t.Parallel()
	keys, err := mockoidc.RandomKeypair(2048)
	if err != nil {
		t.Fatal(err)
	}
	const issuer = "https://id.school.example"
	provider := issuing(t, issuer, keys, httptest.NewTLSServer)
	file := filepath.Join(t.TempDir(), "ca.pem")
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: provider.Certificate().Raw})
	if err := os.WriteFile(file, authority, 0o600); err != nil {
		t.Fatal(err)
	}
	s := newSystem(t, "memory")
	addr, _ := s.start(t, new(bytes.Buffer), "--oidc-issuer", issuer, "--oidc-audience", "roster", "--oidc-discovery-url", provider.URL+wellKnown, "--tls-ca", file)
	c := newClient(t, "http://"+addr)
	c.token, err = keys.SignJWT(jwt.MapClaims{
		"iss": issuer, "aud": "roster", "sub": "ada", "roles": "learner", "tenant": "default", "exp": time.Now().Add(time.Hour).Unix(),
	})
	if err != nil {
		t.Fatal(err)
	}
	if status, _, body, err := c.do("GET", "/v1/courses", "", ""); err != nil || status != 200 {
		t.Errorf("%d, %v\n%s", status, err, body)
	}
	for want, flags := range map[string][]string{
		"--tls-ca":             {"--tls-ca", file + ".missing"},
		"--oidc-role-map must": {"--oidc-role-map", "Roster.Staff=admin"},
		"--oidc-tenant must":   {"--oidc-tenant", "a", "--oidc-tenant-claim", "tid"},
		"--oidc-roles-claim must have a backslash": {"--oidc-roles-claim", "https://roster.example/roles"},
		"must be one of": {"--oidc-audience-claim", "sub"},
	} {
		r := s.run(t, "", append([]string{"serve", "--admin-addr", "off", "--oidc-issuer", issuer, "--oidc-audience", "roster"}, flags...)...)
		if r.code != 2 || !strings.Contains(r.stderr, want) {
			t.Errorf("%q: exit %d, %s", flags, r.code, r.stderr)
		}
	}
}

// mockProvider returns a provider that answers 503 until it is up.
func mockProvider(t *testing.T) (*mockoidc.MockOIDC, *atomic.Bool) {
	t.Helper()
	m, err := mockoidc.NewServer(nil)
	if err != nil {
		t.Fatal(err)
	}
	up := new(atomic.Bool)
	err = m.AddMiddleware(func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if up.Load() {
				h.ServeHTTP(w, r)
				return
			}
			w.WriteHeader(http.StatusServiceUnavailable)
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Start(listener, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Shutdown() })
	return m, up
}
