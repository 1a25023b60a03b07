package broker

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"example.com/roster/ports"
)

// whereabouts are what broker.json holds.
type connectionFile struct {
	URL   string `json:"url"`
	Token string `json:"token"`
	PID   int    `json:"pid"`
}

func connectionPath(dir string) string { return filepath.Join(dir, "broker.json") }
func lockOf(dir string) *flock.Flock {
	return flock.New(filepath.Join(dir, "lock"), flock.SetPermissions(0o600))
}

// Find returns where the broker is that another process runs on dir, with its token. Where none does, or the one that did is
// gone, it returns [ports.ErrUnavailable].
func Find(dir string) (string, error) {
	text, err := os.ReadFile(connectionPath(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return "", notRunning(dir)
	}
	if err != nil {
		return "", failed("look for it", err)
	}
	running, err := isLocked(dir)
	if err != nil {
		return "", failed("look for it", err)
	}
	var at connectionFile
	if !running || json.Unmarshal(text, &at) != nil || at.URL == "" {
		return "", notRunning(dir)
	}
	return at.URL, nil
}

// locked reports whether a process has the lock of dir: it goes with its process, however that ends.
func isLocked(dir string) (bool, error) {
	lock := lockOf(dir)
	free, err := lock.TryRLock()
	if free {
		err = lock.Unlock()
	}
	return !free, err
}

func notRunning(dir string) error {
	return fmt.Errorf("%w: no roster serve runs on %s; start one, or give --nats-url", ports.ErrUnavailable, dir)
}
