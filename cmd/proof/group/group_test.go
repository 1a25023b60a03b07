//go:build unix

package group

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"testing"
	"time"
)

// runAsParent makes the test program the command that starts a process, says so, and ends when it is interrupted.
const runAsParent = "ROSTER_TEST_GROUP_PARENT"

func TestMain(m *testing.M) {
	if os.Getenv(runAsParent) == "" {
		os.Exit(m.Run())
	}
	signal.Ignore(os.Interrupt) // the child inherits it
	child := exec.Command("sleep", "600")
	child.Stdout = os.Stdout
	if err := child.Start(); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	interrupt := make(chan os.Signal, 1)
	signal.Notify(interrupt, os.Interrupt)
	fmt.Println("started")
	<-interrupt
	fmt.Println("interrupted")
}

// The command is interrupted, and what it has started ends too if it ignores an interrupt.
func TestRunEndsTheGroup(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c := exec.CommandContext(ctx, os.Args[0])
	c.Env = append(os.Environ(), runAsParent+"=1")
	output, input, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer output.Close()
	c.Stdout = input
	ended := make(chan error, 1)
	go func() {
		ended <- run(c, time.Minute, 0)
		input.Close()
	}()
	lines := bufio.NewReader(output)
	if line, err := lines.ReadString('\n'); line != "started\n" {
		t.Fatalf("the command printed %q: %v", line, err)
	}
	cancel()
	if err := <-ended; err != context.Canceled {
		t.Errorf("the command that was interrupted: %v", err)
	}
	rest, err := io.ReadAll(lines) // ends when no process has the pipe open
	if string(rest) != "interrupted\n" || err != nil {
		t.Errorf("after the interrupt: %q, %v", rest, err)
	}
}
