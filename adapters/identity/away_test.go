package identity_test

import (
	"context"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/roster/adapters/identity"
	"example.com/roster/domain"
	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

// A verifier is made while its provider is away. Tokens are not refused but unavailable, the provider is asked once a second at most,
// and the first token after it answers is accepted.
func TestProviderAwayAtTheStart(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.setDown(true)
	v, err := identity.New(p.config())
	if err != nil {
		t.Fatal(err)
	}
	requireUnavailable(t, v.Ready(t.Context()))
	for range 100 {
		_, err := v.Verify(t.Context(), p.token(nil, nil))
		requireUnavailable(t, err)
	}
	if got := p.discoveries(); got != 1 {
		t.Errorf("within a second the provider was asked %d times, want 1", got)
	}
	p.setDown(false)
	_, err = v.Verify(t.Context(), p.token(nil, nil))
	requireUnavailable(t, err) // within the second
	p.advance(time.Second)
	requireAccepted(t, v, p.token(nil, nil))
	if err := v.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	_, renewed := p.rotate(t, "2027") // the second fetch needs no cooldown, as after Open
	requireAccepted(t, v, renewed)
	p.setDown(true)
	p.advance(time.Hour)
	if err := v.Ready(t.Context()); err != nil {
		t.Errorf("with the keys of the last fetch, it is %v", err)
	}
}

// After a failed fetch the provider's description is read again, since the keys may have moved.
func TestKeysThatMoved(t *testing.T) {
	t.Parallel()
	p := start(t)
	good := p.description
	p.description = strings.Replace(good, "/keys", "/elsewhere", 1) // where nothing answers
	v, err := identity.New(p.config())
	if err != nil {
		t.Fatal(err)
	}
	requireUnavailable(t, v.Ready(t.Context()))
	p.description = good
	p.advance(time.Second)
	requireAccepted(t, v, p.token(nil, nil))
}

// A provider whose description contradicts the configuration makes Ready fail with a violation. It is no fault of a request.
func TestProviderIsAnotherThanConfigured(t *testing.T) {
	t.Parallel()
	p := start(t)
	c := p.config()
	c.Issuer, c.DiscoveryURL = "https://other.example", issuer+"/.well-known/openid-configuration"
	v, err := identity.New(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Ready(t.Context()); ports.KindOf(err) != domain.ErrInvalidArgument || !strings.Contains(err.Error(), issuer) {
		t.Errorf("it is %v", err)
	}
	_, err = v.Verify(t.Context(), p.token(nil, fields{"iss": "https://other.example"}))
	requireUnavailable(t, err)
	if ports.KindOf(err) != ports.ErrUnavailable {
		t.Errorf("it is %v", err)
	}
}

// While a provider that was unreachable is asked again, other callers do not wait for it.
func TestNobodyWaitsForAProviderThatWasAway(t *testing.T) {
	t.Parallel()
	p := start(t)
	c, g := p.config(), &gate{RoundTripper: p}
	c.Client.Transport = g
	v, err := identity.New(c)
	if err != nil {
		t.Fatal(err)
	}
	p.setDown(true)
	requireUnavailable(t, v.Ready(t.Context()))
	p.setDown(false)
	p.advance(time.Second)
	g.entered, g.open = make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		_, err := v.Verify(context.Background(), p.token(nil, nil))
		done <- err
	}()
	portstest.Receive(t, "a request for the description", g.entered)
	other := make(chan error, 1)
	go func() {
		_, err := v.Verify(context.Background(), p.token(nil, nil))
		other <- err
	}()
	requireUnavailable(t, portstest.Receive(t, "an answer to the other caller", other))
	close(g.open)
	portstest.Receive(t, "a request for the keys", g.entered)
	if err := portstest.Receive(t, "an answer to the fetching caller", done); err != nil {
		t.Errorf("it is %v", err)
	}
}

// An error does not contain a whole page, such as that of a proxy in front of the provider.
func TestErrorOfAProviderIsShort(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.status = http.StatusBadGateway
	p.description = strings.Repeat("page ", 10_000)
	_, err := openVerifier(t.Context(), p.config())
	requireUnavailable(t, err)
	if err != nil && len(err.Error()) > 700 {
		t.Errorf("it has %d bytes", len(err.Error()))
	}
}

// The issuer in the tokens may be an address that the service itself can't reach, or one without TLS: only the description's address
// and that of the keys are asked.
func TestIssuerUnderAnotherName(t *testing.T) {
	t.Parallel()
	p := start(t)
	for _, name := range []string{"https://id.school.example/realms/school", "http://keycloak.school.example/realms/school"} {
		p.description = `{"issuer":"` + name + `","jwks_uri":"` + issuer + `/keys"}`
		c := p.config()
		c.Issuer, c.DiscoveryURL = name, issuer+"/.well-known/openid-configuration"
		v, err := openVerifier(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		requireAccepted(t, v, p.token(nil, fields{"iss": name}))
		requireRefused(t, v.Verify, p.token(nil, nil))
	}
	for _, address := range []string{"http://id.example/.well-known/openid-configuration", issuer, issuer + "/description", "file:///.well-known/openid-configuration"} {
		c := p.config()
		c.DiscoveryURL = address
		if _, err := identity.New(c); ports.KindOf(err) != domain.ErrInvalidArgument || !strings.HasPrefix(err.Error(), "discovery URL must") {
			t.Errorf("%s: it is %v", address, err)
		}
	}
}

// A provider whose certificate is of a private authority is trusted with the file of that authority, and not without it.
func TestPrivateCertificateAuthority(t *testing.T) {
	t.Parallel()
	p := start(t)
	var self string
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := p.set
		if r.URL.Path != "/keys" {
			answer = `{"issuer":"` + self + `","jwks_uri":"` + self + `/keys"}`
		}
		_, _ = io.WriteString(w, answer)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // a refused certificate is an error here
	s.StartTLS()
	t.Cleanup(s.Close)
	self = s.URL
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	client, err := identity.ClientTrusting(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	c := identity.Config{Issuer: self, Audiences: []string{audience}, Now: p.clock, Client: client}
	v, err := openVerifier(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	requireAccepted(t, v, p.token(nil, fields{"iss": self}))

	c.Client = nil
	_, err = openVerifier(t.Context(), c)
	requireUnavailable(t, err)
	if err == nil || !strings.Contains(err.Error(), "x509: certificate signed by unknown authority") {
		t.Errorf("without the file, it is %v", err)
	}

	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{empty, filepath.Join(t.TempDir(), "missing.pem")} {
		if _, err := identity.ClientTrusting(file); ports.KindOf(err) != domain.ErrInvalidArgument || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: it is %v", file, err)
		}
	}
}

// Ready ends with its context, so /readyz answers in time.
func TestReadyEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := start(t)
		c := p.config()
		c.Client.Transport = &gate{RoundTripper: p, entered: make(chan struct{}, 1), open: make(chan struct{})}
		v, err := identity.New(c)
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		requireUnavailable(t, v.Ready(ctx))
		if took := time.Since(begin); took != time.Second {
			t.Errorf("it took %v, want a second", took)
		}
	})
}
