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

const certificateCheck = time.Second // at most so often

// WithTLS makes [Server.Serve] speak TLS, and HTTP/2 to those who can.
func WithTLS(c *tls.Config) Option { return func(s *Server) { s.tls = c } }

// ReloadingTLS returns a configuration with the certificate in certFile and its key in keyFile, both PEM. When the files
// change, connections that come a second later get what is in them then. A new pair that can't be used, such as one of
// which half is written, is told to log, and the old one stays.
func ReloadingTLS(certFile, keyFile string, log *slog.Logger) (*tls.Config, error) {
	p := &pair{certFile: certFile, keyFile: keyFile, log: log}
	if err := p.load(); err != nil {
		return nil, err
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: p.get}, nil
}

// A pair is a certificate with its key, as last read from two files.
type pair struct {
	certFile, keyFile string
	log               *slog.Logger

	mu        sync.Mutex
	checked   time.Time
	cert, key []byte // as last read, of use or not
	current   *tls.Certificate
}

func (p *pair) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.checked) >= certificateCheck {
		if err := p.load(); err != nil {
			p.log.Error("the new certificate can't be used; the one before stays", "error", err)
		}
	}
	return p.current, nil
}

// load reads the files, and makes of them the current certificate if they have changed since the last time.
func (p *pair) load() error {
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
