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

// A connectionFile is the content of broker.json.
type connectionFile struct {
	URL   string `json:"url"`
	Token string `json:"token"`
	PID   int    `json:"pid"`
}

func connectionPath(dir string) string { return filepath.Join(dir, "broker.json") }
func lockOf(dir string) *flock.Flock {
	return flock.New(filepath.Join(dir, "lock"), flock.SetPermissions(0o600))
}

// Find returns the URL, with the token, of the broker that another process runs on dir. If no process runs one, or that process
// has ended, it returns [ports.ErrUnavailable].
func Find(dir string) (string, error) {
	text, err := os.ReadFile(connectionPath(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return "", notRunning(dir)
	}
	if err != nil {
		return "", failed("find it", err)
	}
	running, err := isLocked(dir)
	if err != nil {
		return "", failed("find it", err)
	}
	var file connectionFile
	if !running || json.Unmarshal(text, &file) != nil || file.URL == "" {
		return "", notRunning(dir)
	}
	return file.URL, nil
}

// isLocked reports whether a process has the lock of dir. The lock ends with its process, even if that is killed.
func isLocked(dir string) (bool, error) {
	lock := lockOf(dir)
	free, err := lock.TryRLock()
	if free {
		err = lock.Unlock()
	}
	return !free, err
}

func notRunning(dir string) error {
	return fmt.Errorf("%w: no roster serve runs on %s; start one, or set --nats-url", ports.ErrUnavailable, dir)
}
