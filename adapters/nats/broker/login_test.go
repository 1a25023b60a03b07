package broker_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"

	"example.com/roster/adapters/nats"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// startServer starts a server with JetStream on a free port of the loopback.
func startServer(t testing.TB, o server.Options) *server.Server {
	t.Helper()
	o.Host, o.Port, o.StoreDir, o.NoSigs, o.NoLog = "127.0.0.1", server.RANDOM_PORT, t.TempDir(), true, true
	s, err := server.NewServer(&o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(2 * time.Minute) {
		t.Fatal("the server is not ready after two minutes")
	}
	return s
}

// write writes a file that only its owner can read.
func write(t testing.TB, name string, text []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// newAuthority returns the file of an authority, and a server's certificate for addresses that it has signed.
func newAuthority(t testing.TB, addresses ...net.IP) (file string, config *tls.Config) {
	t.Helper()
	sign := func(template, parent *x509.Certificate, parentKey *ecdsa.PrivateKey) ([]byte, *ecdsa.PrivateKey) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if parentKey == nil {
			parentKey = key
		}
		template.SerialNumber, template.NotBefore, template.NotAfter = big.NewInt(1), time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
		der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), parentKey)
		if err != nil {
			t.Fatal(err)
		}
		return der, key
	}
	authority := &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	root, rootKey := sign(authority, authority, nil)
	leaf, leafKey := sign(&x509.Certificate{IPAddresses: addresses, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}, authority, rootKey)
	return write(t, "ca.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root})),
		&tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{{Certificate: [][]byte{leaf}, PrivateKey: leafKey}}}
}

// newKey returns a key, and its seed.
func newKey(t testing.TB, create func() (nkeys.KeyPair, error)) (key nkeys.KeyPair, public string, seed []byte) {
	t.Helper()
	key, err := create()
	if err == nil {
		public, err = key.PublicKey()
	}
	if err == nil {
		seed, err = key.Seed()
	}
	if err != nil {
		t.Fatal(err)
	}
	return key, public, seed
}

// newOperator returns the options of a server with an account, and the creds file of a user of it.
func newOperator(t testing.TB) (o server.Options, creds string) {
	t.Helper()
	operator, operatorID, _ := newKey(t, nkeys.CreateOperator)
	account, accountID, _ := newKey(t, nkeys.CreateAccount)
	_, userID, seed := newKey(t, nkeys.CreateUser)
	trusted := jwt.NewOperatorClaims(operatorID)
	_, err := trusted.Encode(operator)
	if err != nil {
		t.Fatal(err)
	}
	resolver := new(server.MemAccResolver)
	_, system, _ := newKey(t, nkeys.CreateAccount)
	for _, id := range []string{system, accountID} {
		claims := jwt.NewAccountClaims(id)
		if id == accountID {
			claims.Limits.JetStreamLimits = jwt.JetStreamLimits{MemoryStorage: -1, DiskStorage: -1, Streams: -1, Consumer: -1}
		}
		token, err := claims.Encode(operator)
		if err == nil {
			err = resolver.Store(id, token)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	token, err := jwt.NewUserClaims(userID).Encode(account)
	if err != nil {
		t.Fatal(err)
	}
	file, err := jwt.FormatUserConfig(token, seed)
	if err != nil {
		t.Fatal(err)
	}
	return server.Options{
		JetStream: true, TrustedOperators: []*jwt.OperatorClaims{trusted}, AccountResolver: resolver, SystemAccount: system,
	}, write(t, "user.creds", file)
}

// readyWith connects and returns what Ready says at once, which must be what it says later.
func readyWith(t testing.TB, url string, o nats.Options) error {
	t.Helper()
	bus, err := nats.Connect(url, o)
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	first := bus.Ready(t.Context())
	for range 20 {
		time.Sleep(20 * time.Millisecond) // steady: any moment will do
		if err := bus.Ready(t.Context()); (err == nil) != (first == nil) || err != nil && reasonOf(err) != reasonOf(first) {
			t.Fatalf("first %v, then %v", first, err)
		}
	}
	return first
}

// reasonOf returns what an error says before the client's own text.
func reasonOf(err error) string { return strings.Join(strings.SplitN(err.Error(), ":", 5)[:4], ":") }

var loopback = net.IPv4(127, 0, 0, 1)

func TestLogin(t *testing.T) {
	t.Parallel()
	ca, config := newAuthority(t, loopback)
	_, public, seed := newKey(t, nkeys.CreateUser)
	nkey := write(t, "user.nk", seed)
	withTLS := startServer(t, server.Options{JetStream: true, TLS: true, TLSConfig: config})
	withNKey := startServer(t, server.Options{JetStream: true, Nkeys: []*server.NkeyUser{{Nkey: public}}})
	options, creds := newOperator(t)
	withCreds := startServer(t, options)
	options.TLS, options.TLSConfig = true, config
	withBoth := startServer(t, options)
	for name, c := range map[string]struct {
		url     string
		options nats.Options
	}{
		"TLS":           {withTLS.ClientURL(), nats.Options{CA: ca}},
		"tls://":        {strings.Replace(withTLS.ClientURL(), "nats:", "tls:", 1), nats.Options{CA: ca}},
		"nkey":          {withNKey.ClientURL(), nats.Options{NKey: nkey}},
		"creds":         {withCreds.ClientURL(), nats.Options{Creds: creds}},
		"TLS and creds": {withBoth.ClientURL(), nats.Options{CA: ca, Creds: creds}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := readyWith(t, c.url, c.options); err != nil {
				t.Error(err)
			}
		})
	}
}

// If a connection is refused, Ready says why at once, and not that no broker answers.
func TestRefusedLogin(t *testing.T) {
	t.Parallel()
	ca, config := newAuthority(t, loopback)
	otherCA, _ := newAuthority(t)
	_, public, _ := newKey(t, nkeys.CreateUser)
	_, _, otherSeed := newKey(t, nkeys.CreateUser)
	otherName, otherConfig := newAuthority(t, net.IPv4(192, 0, 2, 1))
	withTLS := startServer(t, server.Options{JetStream: true, TLS: true, TLSConfig: config})
	misnamed := startServer(t, server.Options{JetStream: true, TLS: true, TLSConfig: otherConfig})
	withNKey := startServer(t, server.Options{JetStream: true, Nkeys: []*server.NkeyUser{{Nkey: public}}})
	plain := startServer(t, server.Options{JetStream: true})
	options, _ := newOperator(t)
	withCreds := startServer(t, options)
	_, otherCreds := newOperator(t)
	for name, c := range map[string]struct {
		url     string
		options nats.Options
		says    []string
	}{
		"no authority":      {withTLS.ClientURL(), nats.Options{}, []string{"x509", "authority of the broker's certificate", "--nats-ca"}},
		"another authority": {withTLS.ClientURL(), nats.Options{CA: otherCA}, []string{"x509", "authority of the broker's certificate", "--nats-ca"}},
		"another address":   {misnamed.ClientURL(), nats.Options{CA: otherName}, []string{"x509", "certificate is not valid for the address", "192.0.2.1"}},
		"no TLS":            {plain.ClientURL(), nats.Options{CA: ca}, []string{"offers no TLS", "--nats-ca"}},
		"no nkey":           {withNKey.ClientURL(), nats.Options{}, []string{"refuses the login", "--nats-nkey"}},
		"another nkey":      {withNKey.ClientURL(), nats.Options{NKey: write(t, "nk", otherSeed)}, []string{"refuses the login", "--nats-nkey"}},
		"no creds":          {withCreds.ClientURL(), nats.Options{}, []string{"refuses the login", "--nats-creds"}},
		"another's creds":   {withCreds.ClientURL(), nats.Options{Creds: otherCreds}, []string{"refuses the login", "--nats-creds"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := readyWith(t, c.url, c.options)
			if !errors.Is(err, ports.ErrUnavailable) {
				t.Fatal(err)
			}
			t.Log(err)
			for _, text := range c.says {
				if !strings.Contains(err.Error(), text) || strings.Contains(err.Error(), "no broker answers") {
					t.Errorf("%v does not say %q", err, text)
				}
			}
		})
	}
}

// A file that is missing or malformed is refused before anything connects. The error names the flag, and nothing of the file.
func TestInvalidLogin(t *testing.T) {
	t.Parallel()
	_, public, seed := newKey(t, nkeys.CreateUser)
	_, _, account := newKey(t, nkeys.CreateAccount)
	_, creds := newOperator(t)
	text, err := os.ReadFile(creds)
	if err != nil {
		t.Fatal(err)
	}
	token, _, _ := bytes.Cut(text, []byte("************************* IMPORTANT"))
	missing := filepath.Join(t.TempDir(), "missing")
	for name, c := range map[string]struct {
		options nats.Options
		field   string
	}{
		"creds missing":      {nats.Options{Creds: missing}, "nats-creds"},
		"creds a folder":     {nats.Options{Creds: t.TempDir()}, "nats-creds"},
		"creds empty":        {nats.Options{Creds: write(t, "f", nil)}, "nats-creds"},
		"creds only a seed":  {nats.Options{Creds: write(t, "f", seed)}, "nats-creds"},
		"creds only a token": {nats.Options{Creds: write(t, "f", token)}, "nats-creds"},
		"creds cut":          {nats.Options{Creds: write(t, "f", text[:len(text)/8])}, "nats-creds"},
		"nkey missing":       {nats.Options{NKey: missing}, "nats-nkey"},
		"nkey empty":         {nats.Options{NKey: write(t, "f", nil)}, "nats-nkey"},
		"nkey public":        {nats.Options{NKey: write(t, "f", []byte(public))}, "nats-nkey"},
		"nkey cut":           {nats.Options{NKey: write(t, "f", seed[:20])}, "nats-nkey"},
		"nkey of an account": {nats.Options{NKey: write(t, "f", account)}, "nats-nkey"},
		"nkey and creds":     {nats.Options{Creds: creds, NKey: write(t, "f", seed)}, "nats-nkey"},
		"CA missing":         {nats.Options{CA: missing}, "nats-ca"},
		"CA empty":           {nats.Options{CA: write(t, "f", nil)}, "nats-ca"},
		"CA no certificate":  {nats.Options{CA: creds}, "nats-ca"},
		"replicas negative":  {nats.Options{Replicas: -1}, "nats-replicas"},
	} {
		for _, refuse := range []func() error{
			func() error { return nats.Validate("nats://127.0.0.1:1", c.options) },
			func() error { _, err := nats.Connect("nats://127.0.0.1:1", c.options); return err },
		} {
			var violation *domain.Violation
			if err := refuse(); !errors.As(err, &violation) || violation.Field != c.field || strings.Contains(err.Error(), string(seed[:8])) {
				t.Errorf("%s: %v", name, err)
			}
		}
		t.Logf("%s: %v", name, nats.Validate("nats://127.0.0.1:1", c.options))
	}
	if err := nats.Validate("nats://127.0.0.1:1", nats.Options{Creds: creds}); err != nil {
		t.Error(err)
	}
}

// A file with a seed that each user of the machine can read is logged.
func TestReadableSecretsAreLogged(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has other permissions")
	}
	t.Parallel()
	_, _, seed := newKey(t, nkeys.CreateUser)
	for mode, want := range map[os.FileMode]bool{0o600: false, 0o640: false, 0o644: true} {
		nkey := write(t, "user.nk", seed)
		if err := os.Chmod(nkey, mode); err != nil {
			t.Fatal(err)
		}
		var logged bytes.Buffer
		bus, err := nats.Connect("nats://127.0.0.1:1", nats.Options{NKey: nkey, Log: slog.New(slog.NewTextHandler(&logged, nil))})
		if err != nil {
			t.Fatal(err)
		}
		bus.Close()
		if got := strings.Contains(logged.String(), nkey); got != want {
			t.Errorf("%o: %s", mode, &logged)
		}
	}
}
