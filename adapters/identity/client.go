package identity

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"example.com/roster/domain"
)

// Bounds of one request to the provider.
const (
	fetchTimeout = 5 * time.Second // with the redirects and the whole answer
	maxAnswer    = 1 << 20         // bytes
	maxRedirects = 3
)

// ClientTrusting returns a client that trusts the certificate authorities in a PEM file, besides those of the system.
func ClientTrusting(file string) (*http.Client, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%w: the file of certificate authorities: %w", domain.ErrInvalidArgument, err)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool() // a system without any
	}
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%w: the file of certificate authorities: %s has no PEM certificate", domain.ErrInvalidArgument, file)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{RootCAs: roots}
	return &http.Client{Transport: transport}, nil
}

// bounded returns a client that sends requests as base does, within the bounds above. It follows a redirect only to an address
// that the issuer itself could have.
func bounded(base *http.Client) *http.Client {
	client := *base
	client.Timeout = fetchTimeout
	client.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		if len(via) > maxRedirects {
			return fmt.Errorf("more than %d redirects", maxRedirects)
		}
		if !secure(r.URL.String()) {
			return errors.New("a redirect to an address that is neither https nor on the loopback")
		}
		return nil
	}
	client.Transport = boundedTransport{base.Transport}
	return &client
}

// A boundedTransport fails a read beyond [maxAnswer]. Without a base it uses [http.DefaultTransport].
type boundedTransport struct{ base http.RoundTripper }

// RoundTrip makes boundedTransport an [http.RoundTripper].
func (t boundedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if t.base == nil {
		t.base = http.DefaultTransport
	}
	response, err := t.base.RoundTrip(r)
	if err == nil {
		response.Body = http.MaxBytesReader(nil, response.Body, maxAnswer)
	}
	return response, err
}
