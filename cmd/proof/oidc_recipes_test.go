package proof_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/oauth2-proxy/mockoidc"
)

// A recipe is what docs/identity.md shows for a provider: the flags of serve, a token, and the actor that the token becomes.
type recipe struct {
	provider              string
	flags                 []string
	header, claims        map[string]any
	subject, role, tenant string
}

var (
	recipeParts = regexp.MustCompile("(?s)\n## ([^\n]+)|```sh\nroster serve (.*?)```\n\n```json\n(.*?)```\n\nThe caller is `([^`]+)`, `([^`]+)` in `([^`]+)`\\.")
	shellWord   = regexp.MustCompile(`'[^']*'|[^\s'\\]+`)
)

func recipes(t *testing.T) (found []recipe) {
	t.Helper()
	text, err := os.ReadFile("../../docs/identity.md")
	if err != nil {
		t.Fatal(err)
	}
	provider := ""
	for _, m := range recipeParts.FindAllStringSubmatch(strings.ReplaceAll(string(text), "\r\n", "\n"), -1) {
		if m[1] != "" {
			provider = m[1]
			continue
		}
		r := recipe{provider: provider, subject: m[4], role: m[5], tenant: m[6]}
		for _, word := range shellWord.FindAllString(m[2], -1) {
			r.flags = append(r.flags, strings.Trim(word, "'"))
		}
		token := json.NewDecoder(strings.NewReader(m[3]))
		if err := token.Decode(&r.header); err != nil {
			t.Fatalf("%s: %v", provider, err)
		}
		if err := token.Decode(&r.claims); err != nil {
			t.Fatalf("%s: %v", provider, err)
		}
		found = append(found, r)
	}
	return found
}

// Each recipe works: serve with its flags accepts its token as its actor. A provider on the loopback describes itself as the issuer.
func TestIdentityRecipes(t *testing.T) {
	t.Parallel()
	keys, err := mockoidc.RandomKeypair(2048)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, r := range recipes(t) {
		seen[r.provider]++
		t.Run(r.provider, func(t *testing.T) {
			t.Parallel()
			r.work(t, keys)
		})
	}
	for _, provider := range []string{"Keycloak", "Microsoft Entra ID", "Auth0", "Zitadel", "Okta", "Google"} {
		if seen[provider] == 0 {
			t.Errorf("there is no recipe for %s", provider)
		}
	}
}

func (r recipe) work(t *testing.T, keys *mockoidc.Keypair) {
	s := newSystem(t, "memory")
	s.must(t, "", "--tenant", r.tenant, "course", "put", "go", "--title", "Go", "--capacity", "9")
	addr, _ := s.start(t, new(bytes.Buffer), append(r.flags, "--oidc-discovery-url", issuing(t, r.claims["iss"], keys, httptest.NewServer).URL+wellKnown)...)
	c := newClient(t, "http://"+addr)
	c.token = r.token(t, keys, nil)
	want := map[string]int{"staff": 200, "learner": 403}[r.role]
	status, _, body, err := c.do("PUT", "/v1/courses/go", "", `{"title":"Go 2","capacity":9}`)
	if err != nil || status != want {
		t.Errorf("to change the course: %d, %v, want %d\n%s", status, err, want, body)
	}

	// A learner enrolls themselves, which shows the subject; so the token of staff becomes that of a learner.
	claims, _ := json.Marshal(r.claims)
	r.claims = nil
	asLearner := strings.NewReplacer(`"staff"`, `"learner"`, `"Roster.Staff"`, `"Roster.Learner"`).Replace(string(claims))
	if err := json.Unmarshal([]byte(asLearner), &r.claims); err != nil {
		t.Fatal(err)
	}
	c.token = r.token(t, keys, nil)
	status, _, body, err = c.do("POST", "/v1/courses/go/enrollments", "", "{}")
	if err != nil || status != 201 || !strings.Contains(string(body), `"learnerId":"`+r.subject+`"`) {
		t.Errorf("to enroll: %d, %v\n%s", status, err, body)
	}

	c.token = r.token(t, keys, map[string]any{"exp": time.Now().Add(-time.Hour).Unix()})
	status, header, body, err := c.do("GET", "/v1/courses/go", "", "")
	if err != nil || status != 401 || header.Get("WWW-Authenticate") != `Bearer error="invalid_token", error_description="the token has expired"` {
		t.Errorf("an expired token: %d, %v, %s\n%s", status, err, header.Get("WWW-Authenticate"), body)
	}
}

// token signs the token of the recipe, as of now and with changes.
func (r recipe) token(t *testing.T, keys *mockoidc.Keypair, changes map[string]any) string {
	t.Helper()
	kid, err := keys.KeyID()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().Unix()
	claims, header := jwt.MapClaims{}, map[string]any{}
	for _, from := range []map[string]any{r.claims, {"iat": now, "auth_time": now, "exp": now + 3600}, changes} {
		for name, value := range from {
			claims[name] = value
		}
	}
	if _, present := claims["nbf"]; present {
		claims["nbf"] = now
	}
	for name, value := range r.header {
		header[name] = value
	}
	header["kid"] = kid
	token := &jwt.Token{Header: header, Claims: claims, Method: jwt.SigningMethodRS256}
	text, err := token.SignedString(keys.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

const wellKnown = "/.well-known/openid-configuration"

// issuing starts a provider that says that it is the issuer.
func issuing(t *testing.T, issuer any, keys *mockoidc.Keypair, start func(http.Handler) *httptest.Server) *httptest.Server {
	t.Helper()
	set, err := keys.JWKS()
	if err != nil {
		t.Fatal(err)
	}
	var self string
	provider := start(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/keys" {
			_, _ = w.Write(set)
			return
		}
		description, _ := json.Marshal(map[string]any{"issuer": issuer, "jwks_uri": self + "/keys"})
		_, _ = io.Copy(w, bytes.NewReader(description))
	}))
	self = provider.URL
	t.Cleanup(provider.Close)
	return provider
}
