package broker

import (
	"fmt"
	"sync"
)

// lastWords keeps why the server can't run, and nothing else that it says: its clients tell of what they see.
type fatalLogger struct {
	mu    sync.Mutex
	fatal error
}

// Fatalf implements [server.Logger]: it is an error as any other, for Start to return.
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
