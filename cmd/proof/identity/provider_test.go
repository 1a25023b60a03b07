package identity_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/roster/adapters/identity"
	"example.com/roster/cmd/proof/download"
	"example.com/roster/ports"
)

// The verifier accepts a token of a certified provider, and refuses one for another service. The test needs Node, and the packages of
// package-lock.json from npm; the mock in adapters/identity needs neither.
func TestCertifiedProvider(t *testing.T) {
	t.Parallel()
	if os.Getenv("ROSTER_LONG") == "" {
		t.Skip("NOT RUN in the short form: npm downloads the provider; make check does it")
	}
	dir := installProvider(t)
	issuer := startProvider(t, dir)
	verifier := verifierOf(t, identity.Config{Issuer: issuer, Audiences: []string{"roster"}})
	token := tokenOf(t, issuer, "bookshop")
	got, err := verifier.Verify(t.Context(), token)
	if want := (ports.Actor{Tenant: "uni-2", Subject: "bookshop", Role: ports.Partner}); err != nil || got != want {
		t.Errorf("the client is %+v, %v, want %+v", got, err, want)
	}
	if _, err := verifier.Verify(t.Context(), tokenOf(t, issuer, "stranger")); !errors.Is(err, ports.ErrUnauthenticated) {
		t.Errorf("a token for another service is %v, want %v", err, ports.ErrUnauthenticated)
	}
	later := verifierOf(t, identity.Config{Issuer: issuer, Audiences: []string{"roster"}, Now: func() time.Time {
		return time.Now().Add(2 * time.Minute)
	}})
	if _, err := later.Verify(t.Context(), token); !errors.Is(err, ports.ErrUnauthenticated) {
		t.Errorf("an expired token is %v, want %v", err, ports.ErrUnauthenticated)
	}
	requireMapped(t, dir)
}

// verifierOf returns a verifier that is ready.
func verifierOf(t *testing.T, c identity.Config) *identity.Verifier {
	t.Helper()
	v, err := identity.New(c)
	if err == nil {
		err = v.Ready(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// requireMapped requires that a provider which is reached under another name than its issuer is accepted, with other claims.
func requireMapped(t *testing.T, dir string) {
	t.Helper()
	const issuer = "https://id.school.example/realms/school"
	address := startProvider(t, dir, issuer)
	verifier := verifierOf(t, identity.Config{
		Issuer: issuer, DiscoveryURL: address + "/.well-known/openid-configuration", Audiences: []string{"bookshop"},
		Mapping: identity.Mapping{
			Audience: "client_id", Subject: "student.number", Tenant: "tid",
			Roles: `https://roster\.example/roles`, RoleMap: map[string]ports.Role{"Roster.Staff": ports.Staff},
		},
	})
	got, err := verifier.Verify(t.Context(), tokenOf(t, address, "bookshop"))
	if want := (ports.Actor{Tenant: "uni-3", Subject: "m1234567", Role: ports.Staff}); err != nil || got != want {
		t.Errorf("it is %+v, %v, want %+v", got, err, want)
	}
	if _, err := verifier.Verify(t.Context(), tokenOf(t, address, "stranger")); !errors.Is(err, ports.ErrUnauthenticated) {
		t.Errorf("a token of another client is %v, want %v", err, ports.ErrUnauthenticated)
	}
}

// installProvider installs the provider in a temporary folder.
func installProvider(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, name := range []string{"package.json", "package-lock.json", "provider.mjs"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	download.Packages(t, dir, "ci")
	return dir
}

// startProvider starts the provider and returns its address, which is its issuer too unless the arguments say otherwise. The end of its
// input stops it when the test ends.
func startProvider(t *testing.T, dir string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	t.Cleanup(cancel)
	provider := exec.CommandContext(ctx, "node", append([]string{"provider.mjs"}, args...)...)
	provider.Dir, provider.Stderr = dir, t.Output()
	input, err := provider.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := provider.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := provider.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(input.Close(), provider.Wait()); err != nil {
			t.Errorf("the provider ended with %v", err)
		}
	})
	address, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatalf("the provider did not start: %v", err)
	}
	return strings.TrimSpace(address)
}

// tokenOf returns an access token of a client, by the grant client_credentials.
func tokenOf(t *testing.T, issuer, client string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, issuer+"/token",
		strings.NewReader("grant_type=client_credentials"))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(client, url.QueryEscape("known to all on the loopback")) // RFC 6749, 2.3.1
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var granted struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(response.Body).Decode(&granted); err != nil || granted.Token == "" {
		t.Fatalf("no token for %s: %s, %v", client, response.Status, err)
	}
	return granted.Token
}
