//go:build unix

package group

import (
	"bufio"
	"context"
	"io"
	"os/exec"
	"testing"
	"time"
)

// What a command has started ends with it.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c := exec.CommandContext(ctx, "sh", "-c", "sh -c 'echo started; sleep 600'; true")
	Interrupt(c)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(out)
	if _, err := r.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	cancel()
	ended := make(chan error, 1)
	go func() { _, err := io.Copy(io.Discard, r); ended <- err }() // both processes have the other end
	select {
	case <-ended:
	case <-time.After(2 * time.Minute):
		t.Error("the command's child runs on")
	}
	_ = c.Wait()
}
