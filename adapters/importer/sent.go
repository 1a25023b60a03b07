package importer

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// sentRetention is how long a [SentLog] remembers a key: as long as the core keeps its reply.
const sentRetention = 48 * time.Hour

// A SentLog remembers in a file which chunks were sent to a queue, and when. The queue itself does not know: the worker finds out when
// it runs the commands. The file has no rows and no ids, only times and hashes.
type SentLog struct {
	path, scope string
	sent        map[string]time.Time
}

// OpenSentLog reads the log in a file, and removes what is too old. If the file is missing, it makes only the folder. Equal keys in
// different scopes are different.
func OpenSentLog(path, scope string, now time.Time) (*SentLog, error) {
	l := &SentLog{path, scope, map[string]time.Time{}}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var recent bytes.Buffer
	for line := range strings.Lines(string(text)) {
		at, key, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if t, err := time.Parse(time.RFC3339, at); err == nil && now.Sub(t) < sentRetention {
			l.sent[key] = t
			recent.WriteString(line)
		}
	}
	if recent.Len() == len(text) {
		return l, nil
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+"-*") // with mode 0600
	if err != nil {
		return nil, err
	}
	_, err = temporary.Write(recent.Bytes())
	if err = errors.Join(err, temporary.Close()); err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	return l, err
}

func (l *SentLog) hash(key string) string {
	sum := sha256.Sum256([]byte(l.scope + "\x00" + key))
	return hex.EncodeToString(sum[:])
}

// sentAt returns when a key was sent first; zero: it was not, as far as the log knows.
func (l *SentLog) sentAt(key string) time.Time {
	if l == nil {
		return time.Time{}
	}
	return l.sent[l.hash(key)]
}

// add notes that a key was sent. If that fails, the next run can't report it; nothing else depends on it.
func (l *SentLog) add(key string, at time.Time) {
	if l == nil {
		return
	}
	file, err := os.OpenFile(l.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	defer file.Close()
	_, _ = fmt.Fprintf(file, "%s %s\n", at.UTC().Format(time.RFC3339), l.hash(key))
}
