package broker

import (
	"fmt"
	"sync"
)

// A fatalLogger keeps the server's last fatal error and drops everything else: the clients log what matters to them.
type fatalLogger struct {
	mu    sync.Mutex
	fatal error
}

// Fatalf implements [server.Logger]. It keeps the error for Start to return, and does not end the process.
func (l *fatalLogger) Fatalf(format string, values ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fatal = fmt.Errorf(format, values...)
}

func (l *fatalLogger) err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fatal
}

func (*fatalLogger) Noticef(string, ...any) {}
func (*fatalLogger) Warnf(string, ...any)   {}
func (*fatalLogger) Errorf(string, ...any)  {}
func (*fatalLogger) Debugf(string, ...any)  {}
func (*fatalLogger) Tracef(string, ...any)  {}
