#!/usr/bin/env bash
# A SIGINT to a process group is lost if dash, the sh of Debian and Ubuntu, is just starting a program.
#
# Guess:    A SIGINT to the process group of `sh -c 'echo started; sleep 60; true'` ends both processes, whenever it comes. The tests of a
#           runner that interrupts groups relied on it.
# Instead:  About one interrupt in ten that follows the line "started" ends neither: sleep runs its 60 seconds, and dash waits for it. A
#           SIGTERM ends both each time, and so does a SIGINT with bash as the shell.
# Versions: dash 0.5.12, which Debian 12 and 13 package, built from its source, on Linux. bash is the one of this system.
# Source:   dash, src/jobs.c: vforkexec unblocks all signals in the child before the exec, where the handler of the parent still is; and
#           src/trap.c: onsig, which drops any signal that comes to it there. The parent keeps its own one until the child has ended.
# Users:    After an interrupt, kill what still runs: os/exec's WaitDelay does that for the command, and only for it. A script whose
#           last command is `exec PROGRAM` has no such moment after it.
# Exit:     0 the finding holds; 1 the behavior changed; 2 not run.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
source=http://deb.debian.org/debian/pool/main/d/dash/dash_0.5.12.orig.tar.gz
{
	curl -fsSLO --max-time 60 "$source" &&
		echo "6a474ac46e8b0b32916c4c60df694c82058d3297d8b385b74508030ca4a8f28a  ${source##*/}" | sha256sum -c &&
		tar xf "${source##*/}" && (cd dash-0.5.12 && ./configure && make)
} >log 2>&1 || { tail -n 5 log; echo "NOT RUN: dash cannot be downloaded and built"; exit 2; }
export GOWORK=off
go mod init finding >log 2>&1
cat >main.go <<'EOF'
package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"
)

// try starts the shell, sends its group the signal, and reports whether both processes end.
func try(shell string, signal syscall.Signal) bool {
	c := exec.Command(shell, "-c", "echo started; sleep 60; true")
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	output, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		panic(err)
	}
	if line, err := bufio.NewReader(output).ReadString('\n'); err != nil {
		panic(line + err.Error())
	}
	if err := syscall.Kill(-c.Process.Pid, signal); err != nil {
		panic(err)
	}
	ended := make(chan struct{})
	go func() {
		c.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return true
	case <-time.After(20 * time.Second):
		err := syscall.Kill(c.Process.Pid, 0)
		syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
		<-ended
		return err != nil
	}
}

func main() {
	most, _ := strconv.Atoi(os.Args[1])
	signal := map[string]syscall.Signal{"SIGINT": syscall.SIGINT, "SIGTERM": syscall.SIGTERM}[os.Args[2]]
	for i := range most {
		if !try(os.Args[3], signal) {
			fmt.Fprintf(os.Stderr, "(try %d)\n", i+1)
			fmt.Println("runs on, 20 seconds after one of the signals")
			return
		}
	}
	fmt.Println("ended by each signal")
}
EOF
go build -o try . || exit 2
bash=$(command -v bash)
{
	echo "dash, SIGINT: $(./try 3000 SIGINT dash-0.5.12/src/dash)"
	echo "dash, SIGTERM: $(./try 300 SIGTERM dash-0.5.12/src/dash)"
	echo "bash, SIGINT: $(./try 300 SIGINT "$bash")"
} | tee output
diff output - <<'EXPECTED' || { echo "CHANGED: the finding does not hold as written"; exit 1; }
dash, SIGINT: runs on, 20 seconds after one of the signals
dash, SIGTERM: ended by each signal
bash, SIGINT: ended by each signal
EXPECTED
