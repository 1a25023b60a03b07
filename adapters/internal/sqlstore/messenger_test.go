package sqlstore

import (
	"testing"
	"testing/synctest"
	"time"
)

// What is told while a message is on its way is in the next one; messages are apart, and the last is waited for.
func TestMessenger(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const takes = 3 * time.Millisecond
		var begun []time.Time
		sent := 0
		m := &messenger{}
		m.send = func() {
			begun = append(begun, time.Now())
			time.Sleep(takes)
			sent++
		}
		start := time.Now()
		m.tell()
		synctest.Wait() // it is on its way
		m.tell()
		m.tell()
		m.wait()
		if sent != 2 {
			t.Fatalf("%d messages, want 2", sent)
		}
		time.Sleep(time.Hour)
		m.tell()
		m.wait()
		want := []time.Duration{0, takes + apart, 2*takes + apart + time.Hour}
		for i, at := range begun {
			if at.Sub(start) != want[i] {
				t.Errorf("message %d begins after %v, want %v", i, at.Sub(start), want[i])
			}
		}
	})
}
