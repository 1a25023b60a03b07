package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A file for the broker that cannot be used is refused before anything is opened. The error names the flag.
func TestFilesForTheBrokerAreReadFirst(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"repair", "serve --addr 127.0.0.1:0 --admin-addr off", "worker --admin-addr off", "enqueue -"} {
		for _, c := range []struct{ flags, says string }{
			{"--nats-url nats://127.0.0.1:1 --nats-creds missing", "nats-creds must be a file with a user's JWT and seed"},
			{"--nats-url nats://127.0.0.1:1 --nats-nkey missing", "nats-nkey must be a file with a user's seed"},
			{"--nats-url nats://127.0.0.1:1 --nats-ca missing", "nats-ca must be a file with certificates"},
			{"--nats-url nats://127.0.0.1:1 --nats-replicas -3", "nats-replicas must be a number of copies"},
			{"--nats-url-file missing", "--nats-url-file: open missing"},
			{"--nats-url http://127.0.0.1:1", "a broker's URL must look like"},
			{"--nats-ca missing", "--nats-ca (or ROSTER_NATS_CA) has no effect without --nats-url"},
			{"--nats-replicas 3", "has no effect without --nats-url"},
		} {
			data := filepath.Join(t.TempDir(), "data")
			args := append(strings.Fields(command+" "+c.flags), "--data-dir", data)
			if out, code := runFor(t, args...); code != 2 || !strings.Contains(out, c.says) {
				t.Errorf("%q: exit %d\n%s", args, code, out)
			}
			if _, err := os.Stat(data); !os.IsNotExist(err) {
				t.Errorf("%q has opened %s", args, data)
			}
		}
	}
}
