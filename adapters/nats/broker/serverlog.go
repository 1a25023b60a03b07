package broker

import (
	"fmt"
	"sync/atomic"
)

// A fatalLogger keeps the text of the server's last fatal error and drops everything else: the clients log what matters to them.
type fatalLogger struct{ fatal atomic.Value }

// Fatalf implements [server.Logger]. It keeps the text for Start to return, and does not end the process.
func (l *fatalLogger) Fatalf(format string, values ...any) {
	l.fatal.Store(fmt.Sprintf(format, values...))
}

func (*fatalLogger) Noticef(string, ...any) {}
func (*fatalLogger) Warnf(string, ...any)   {}
func (*fatalLogger) Errorf(string, ...any)  {}
func (*fatalLogger) Debugf(string, ...any)  {}
func (*fatalLogger) Tracef(string, ...any)  {}
