package httpapi_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/roster/adapters/httpapi"
)

// A pair is a self-signed certificate for the loopback and its key, both PEM.
type pair struct{ cert, key []byte }

func newPair(t *testing.T, serial int64) pair {
	t.Helper()
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	cert := must(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))
	return pair{
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: must(x509.MarshalPKCS8PrivateKey(key))}),
	}
}

func TestCertificatesRotateUnderLoad(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	write := func(cert, key []byte) {
		t.Helper()
		for file, content := range map[string][]byte{certFile: cert, keyFile: key} {
			if err := os.WriteFile(file, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	pairs := []pair{newPair(t, 1), newPair(t, 2), newPair(t, 3)}
	trusted := x509.NewCertPool()
	for _, p := range pairs {
		trusted.AppendCertsFromPEM(p.cert)
	}
	write(pairs[0].cert, pairs[0].key)
	var log lockedBuffer
	config, err := httpapi.ReloadingTLS(certFile, keyFile, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	address := listen(t, serve(newCatalog(1), httpapi.WithTLS(config)))

	// serial sends a request on a new connection and returns the serial number of the server's certificate. The server looks at the files
	// once a second, so it pauses: more handshakes in that second only use more CPU.
	serial := func() int64 {
		time.Sleep(20 * time.Millisecond) // steady: until the next look at the certificate
		transport := &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: trusted}, DisableKeepAlives: true, ForceAttemptHTTP2: true,
		}
		defer transport.CloseIdleConnections()
		response, err := (&http.Client{Transport: transport, Timeout: 2 * time.Minute}).Get("https://" + address + "/healthz")
		if err != nil {
			t.Errorf("during a rotation: %v", err)
			return 0
		}
		defer response.Body.Close()
		if response.StatusCode != 200 || response.ProtoMajor != 2 || response.Header.Get("Strict-Transport-Security") == "" {
			t.Errorf("answered %s %s %v", response.Proto, response.Status, response.Header)
		}
		return response.TLS.PeerCertificates[0].SerialNumber.Int64()
	}
	ctx, end := context.WithCancel(t.Context())
	var load sync.WaitGroup
	for range 4 {
		load.Go(func() {
			for ctx.Err() == nil {
				serial()
			}
		})
	}
	defer load.Wait()
	defer end()
	becomes := func(want int64) {
		t.Helper()
		for end := time.Now().Add(2 * time.Minute); serial() != want; {
			if time.Now().After(end) {
				t.Fatalf("certificate %d is never used", want)
			}
		}
	}
	invalid := func() int { return strings.Count(log.String(), "the previous one stays in use") }
	stays := func(want int64, spoil func()) { // also when the server has seen the invalid pair
		t.Helper()
		before, end := invalid(), time.Now().Add(2*time.Minute)
		spoil()
		for seen := false; !seen; {
			seen = invalid() > before
			if got := serial(); got != want || time.Now().After(end) {
				t.Fatalf("certificate %d, want %d; logged %s", got, want, log.String())
			}
		}
	}
	started := time.Now()
	becomes(1)
	write(pairs[1].cert, pairs[1].key)
	becomes(2)
	stays(2, func() { write(pairs[2].cert, pairs[1].key) }) // the key is not written yet
	write(pairs[2].cert, pairs[2].key)
	becomes(3)
	stays(3, func() { write([]byte("no certificate"), nil) })
	stays(3, func() {
		if err := os.Remove(keyFile); err != nil {
			t.Fatal(err)
		}
	})
	if n := invalid(); float64(n) > 1+time.Since(started).Seconds() { // steady: the more time passes, the more are right
		t.Errorf("logged %d invalid certificates, more than one a second: %s", n, log.String())
	}
	if strings.Contains(log.String(), "PRIVATE") {
		t.Errorf("logged a key: %s", log.String())
	}
}

func TestTLSRefusesInvalidFilesAndOldVersions(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p, other := newPair(t, 1), newPair(t, 2)
	for name, content := range map[string][]byte{"crt": p.cert, "key": p.key, "other": other.key, "empty": nil} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range [][2]string{{"crt", "other"}, {"crt", "empty"}, {"key", "crt"}, {"crt", "none"}, {"none", "key"}} {
		config, err := httpapi.ReloadingTLS(filepath.Join(dir, c[0]), filepath.Join(dir, c[1]), slog.New(slog.DiscardHandler))
		if err == nil {
			t.Errorf("%v: %+v", c, config)
		}
	}
	config, err := httpapi.ReloadingTLS(filepath.Join(dir, "crt"), filepath.Join(dir, "key"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	address := listen(t, serve(newCatalog(1), httpapi.WithTLS(config)))
	old := &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	if c, err := tls.Dial("tcp", address, old); err == nil {
		c.Close()
		t.Error("the server accepted TLS 1.1")
	}
	// Plain HTTP to a TLS port is answered by package net/http itself, in plain text.
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, _ = c.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
	answer := make([]byte, 24)
	_, _ = c.Read(answer)
	if !strings.HasPrefix(string(answer), "HTTP/1.0 400 Bad Request") {
		t.Errorf("plain HTTP on TLS: %q", answer)
	}
}

// Anyone can make handshakes fail, so the log has one line a second about them, with a count.
func TestFailedHandshakesAreLoggedOnceASecond(t *testing.T) {
	t.Parallel()
	var log lockedBuffer
	clock := &manualClock{now: noon}
	noCertificate := &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, errors.New("none") }}
	address := listen(t, serve(newCatalog(1), httpapi.WithTLS(noCertificate), httpapi.WithClock(clock),
		httpapi.WithLogger(slog.New(slog.NewTextHandler(&log, nil)))))
	for i := range 21 {
		if i == 20 {
			clock.advance(time.Second)
		}
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = c.Write([]byte("no handshake\r\n\r\n"))
		_, _ = io.Copy(io.Discard, c) // until the server has logged it and closed the connection
		c.Close()
	}
	if lines := strings.Count(log.String(), "TLS handshake error"); lines != 2 || !strings.Contains(log.String(), "repeated=19") {
		t.Errorf("%d lines, want 2, the second with repeated=19:\n%s", lines, log.String())
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
