package broker

import (
	"fmt"
	"sync"
)

// lastWords keeps why the server can't run, and nothing else that it says: its clients tell of what they see.
type lastWords struct {
	mu  sync.Mutex
	why error
}

// Fatalf implements [server.Logger]: it is an error as any other, for Start to return.
func (l *lastWords) Fatalf(format string, values ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.why = fmt.Errorf(format, values...)
}

func (l *lastWords) err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.why
}

func (*lastWords) Noticef(string, ...any) {}
func (*lastWords) Warnf(string, ...any)   {}
func (*lastWords) Errorf(string, ...any)  {}
func (*lastWords) Debugf(string, ...any)  {}
func (*lastWords) Tracef(string, ...any)  {}
