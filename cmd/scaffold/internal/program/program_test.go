//go:build unix

package program

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"testing"
)

func TestMain(m *testing.M) {
	if os.Getenv("PROGRAM_TEST_INTERRUPTED") != "" {
		EndAtInterrupt()
		_, err := In{}.Run("sh", "-c", "echo running >&3; exec sleep 60")
		_, later := In{}.Run("true")
		_, always := In{Always: true}.Run("true")
		fmt.Println(err, later, always)
		return
	}
	os.Exit(m.Run())
}

// An interrupt ends the program that runs, and later ones fail, except those that remove what was begun.
func TestEndAtInterrupt(t *testing.T) {
	t.Parallel()
	started, childStarted, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer started.Close()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env, child.ExtraFiles = append(os.Environ(), "PROGRAM_TEST_INTERRUPTED=1"), []*os.File{childStarted}
	output, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	childStarted.Close()
	if _, err := bufio.NewReader(started).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if err := child.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	said, _ := bufio.NewReader(output).ReadString('\n')
	if err := child.Wait(); err != nil || said != "interrupted interrupted <nil>\n" {
		t.Errorf("%v, %q", err, said)
	}
}
