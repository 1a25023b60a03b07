package httpapi

import (
	"bytes"
	"crypto/tls"
	"errors"
	"log/slog"
	"os"
	"sync"
	"time"
)

const certificateCheck = time.Second // least time between two checks of the files

// WithTLS makes [Server.Serve] use TLS, and HTTP/2 if the client supports it.
func WithTLS(c *tls.Config) Option { return func(s *Server) { s.tls = c } }

// ReloadingTLS returns a configuration with the certificate in certFile and its key in keyFile, both PEM. When the files
// change, new connections use the new pair a second later. If the new pair is invalid, for example half written, the
// configuration logs an error and keeps the old pair.
func ReloadingTLS(certFile, keyFile string, log *slog.Logger) (*tls.Config, error) {
	p := &certificatePair{certFile: certFile, keyFile: keyFile, log: log}
	if err := p.load(); err != nil {
		return nil, err
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: p.get}, nil
}

// A certificatePair is a certificate and its key, as last read from two files.
type certificatePair struct {
	certFile, keyFile string
	log               *slog.Logger

	mu        sync.Mutex
	checked   time.Time
	cert, key []byte // as last read, valid or not
	current   *tls.Certificate
}

func (p *certificatePair) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.checked) >= certificateCheck {
		if err := p.load(); err != nil {
			p.log.Error("the new TLS certificate is invalid; the previous one stays in use", "error", err)
		}
	}
	return p.current, nil
}

// load reads the files and, if they have changed, makes them the current certificate.
func (p *certificatePair) load() error {
	p.checked = time.Now()
	cert, certErr := os.ReadFile(p.certFile)
	key, keyErr := os.ReadFile(p.keyFile)
	if err := errors.Join(certErr, keyErr); err != nil {
		return err
	}
	if p.current != nil && bytes.Equal(cert, p.cert) && bytes.Equal(key, p.key) {
		return nil
	}
	p.cert, p.key = cert, key
	loaded, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return err
	}
	p.current = &loaded
	return nil
}
