package broker

import (
	"errors"
	"fmt"
	"sync"
)

// lastWords keeps what the server says of its end, and nothing else: its clients tell of what they see.
type lastWords struct {
	mu   sync.Mutex
	said string
}

func (l *lastWords) why() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.said == "" {
		return errors.New("it does not get ready")
	}
	return errors.New(l.said)
}

// Errorf implements [server.Logger].
func (l *lastWords) Errorf(format string, values ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.said = fmt.Sprintf(format, values...)
}

// Fatalf implements [server.Logger]: it is an error as any other, for Start to return.
func (l *lastWords) Fatalf(format string, values ...any) { l.Errorf(format, values...) }

func (*lastWords) Noticef(string, ...any) {}
func (*lastWords) Warnf(string, ...any)   {}
func (*lastWords) Debugf(string, ...any)  {}
func (*lastWords) Tracef(string, ...any)  {}
