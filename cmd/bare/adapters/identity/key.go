package identity

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/go-jose/go-jose/v4"

	"example.com/roster/cmd/bare/domain"
)

// keyFile holds the key as a JWK (RFC 8037).
const keyFile = "local-key.jwk"

// A LocalKey signs and verifies tokens. Anyone who can read its file can sign a token for any subject, so a service that accepts
// its tokens must listen on the loopback only.
type LocalKey struct {
	private ed25519.PrivateKey
	now     func() time.Time
}

// OpenLocalKey returns the key in the data directory dir. It makes both if they are missing; if several processes do so at
// once, one makes the key and all get it.
func OpenLocalKey(dir string, now func() time.Time) (*LocalKey, error) {
	path := filepath.Join(dir, keyFile)
	private, err := readKey(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = makeKey(path); err == nil {
			private, err = readKey(path) // not the key made here: another process may have been first
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%w: the local key: %w", domain.ErrInvalidArgument, err)
	}
	return &LocalKey{private, now}, nil
}

func readKey(path string) (ed25519.PrivateKey, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 { // Windows has no such permissions
		return nil, fmt.Errorf("other users can access %s: chmod 600 it if none of them has used it, else remove it", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var stored jose.JSONWebKey
	err = stored.UnmarshalJSON(text)
	private, ok := stored.Key.(ed25519.PrivateKey)
	if err != nil || !ok {
		return nil, fmt.Errorf("%s does not contain a key: remove it, and the next start makes a new one", path)
	}
	return private, nil
}

// makeKey makes a key if there is none. It writes a temporary file and links it to its name, so no process reads half of
// it. Unlike a rename, a link never replaces a file that another process has made meanwhile.
func makeKey(path string) error {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	text, err := jose.JSONWebKey{Key: private, Algorithm: string(jose.EdDSA), Use: "sig"}.MarshalJSON()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), keyFile+".*") // 0600
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Link(file.Name(), path)
	}
	if errors.Is(err, fs.ErrExist) {
		err = nil
	}
	return errors.Join(err, os.Remove(file.Name()))
}
