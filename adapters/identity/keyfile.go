package identity

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/go-jose/go-jose/v4"
)

// keyFile holds the local key as a JWK (RFC 8037).
const keyFile = "local-key.jwk"

func openKeyFile(dir string) (ed25519.PrivateKey, error) {
	path := filepath.Join(dir, keyFile)
	key, err := readKeyFile(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if err := makeKeyFile(path); err != nil {
		return nil, err
	}
	return readKeyFile(path) // not the key made here: another process may have been first
}

func readKeyFile(path string) (ed25519.PrivateKey, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if err := validateOwner(path, info); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(file, maxToken))
	if err != nil {
		return nil, err
	}
	var stored jose.JSONWebKey
	err = stored.UnmarshalJSON(text)
	key, ok := stored.Key.(ed25519.PrivateKey)
	if err != nil || !ok {
		return nil, fmt.Errorf("%s does not contain a key: remove it, and the next start makes a new one", path)
	}
	return key, nil
}

// makeKeyFile makes a key if there is none. It writes a temporary file and links it to its name, so no process reads half of
// it. Unlike a rename, a link never replaces a file that another process has made meanwhile.
func makeKeyFile(path string) error {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	text, err := jose.JSONWebKey{Key: key, Algorithm: string(jose.EdDSA), Use: "sig"}.MarshalJSON()
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
	if err = errors.Join(err, file.Sync(), file.Close()); err == nil {
		err = os.Link(file.Name(), path)
	}
	if errors.Is(err, fs.ErrExist) {
		err = nil
	}
	return errors.Join(err, os.Remove(file.Name()))
}
