//go:build unix

// Command benchimport measures the import job on a SQLite file: its peak memory at 200,000 and at 2,000,000 rows over 500
// courses, and its rows per second against the same rows one command at a time. Sizes may be given: benchimport 1000 10000.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"example.com/roster/adapters/sqlstore/sqlite"
	"example.com/roster/application"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

const (
	courses  = 500
	oneByOne = 20_000 // rows, for the comparison
)

func main() {
	log.SetFlags(0)
	sizes := []int{200_000, 2_000_000}
	for i, arg := range os.Args[1:] {
		n, err := strconv.Atoi(arg)
		must(err)
		sizes[i] = n
	}
	dir, err := os.MkdirTemp("", "benchimport")
	must(err)
	defer os.RemoveAll(dir)
	roster := filepath.Join(dir, "roster")
	must(exec.Command("go", "build", "-o", roster, "example.com/roster/cmd/roster").Run())

	var peaks []float64
	for _, n := range sizes {
		peak, perSecond := imported(roster, dir, n)
		fmt.Printf("import of %9d rows: peak memory %6.1f MB, %7.0f rows/s\n", n, peak, perSecond)
		peaks = append(peaks, peak)
	}
	_, rate := imported(roster, dir, oneByOne)
	single := singly(dir)
	fmt.Printf("import of the same %d rows:                 %7.0f rows/s\n", oneByOne, rate)
	fmt.Printf("one at a time, %d rows:                      %7.0f rows/s\n", oneByOne, single)
	fmt.Printf("import ÷ one at a time:      %5.1f (goal: at least 10)\n", rate/single)
	fmt.Printf("memory of second ÷ first:    %5.2f (goal: at most 1.1)\n", peaks[1]/peaks[0])
}

// imported imports n rows in a process of its own, and returns its peak memory in MB and its rows per second.
func imported(roster, dir string, n int) (peak, perSecond float64) {
	data := filepath.Join(dir, fmt.Sprint("data-", n))
	run := func(args ...string) ([]byte, *os.ProcessState) {
		var stdout bytes.Buffer
		cmd := exec.Command(roster, append([]string{"--json", "--data-dir", data}, args...)...)
		cmd.Stdout, cmd.Stderr = &stdout, os.Stderr
		must(cmd.Run())
		return stdout.Bytes(), cmd.ProcessState
	}
	courseFile, rowFile := filepath.Join(dir, "courses.csv"), filepath.Join(dir, "rows.csv")
	write(courseFile, "course_id,title,capacity,waitlist", courses, func(w *bufio.Writer, i int) {
		fmt.Fprintf(w, "%s,Course %d,%d,true\n", courseOf(i), i, n/courses/2)
	})
	write(rowFile, "course_id,learner_id,action", n, func(w *bufio.Writer, i int) {
		fmt.Fprintf(w, "%s,%s,%s\n", courseOf(i), learnerOf(i), actionOf(i))
	})
	run("course", "import", courseFile)
	out, state := run("import", rowFile)
	var summary struct {
		Rows    int
		Seconds float64
	}
	must(json.Unmarshal(out, &summary))
	if summary.Rows != n {
		log.Fatalf("%d rows were imported, want %d", summary.Rows, n)
	}
	must(os.RemoveAll(data))
	kilobytes := float64(state.SysUsage().(*syscall.Rusage).Maxrss)
	if runtime.GOOS == "darwin" {
		kilobytes /= 1024 // there it is told in bytes
	}
	return kilobytes / 1024, float64(n) / summary.Seconds
}

// singly does rows like those of the files, each as a command of its own, and returns its rows per second.
func singly(dir string) float64 {
	ctx := context.Background()
	store, err := sqlite.Open(ctx, filepath.Join(dir, "singly.db"))
	must(err)
	service := application.New(store)
	staff := ports.Actor{Tenant: "default", Subject: "bench", Role: ports.Staff}
	for i := range courses {
		_, err := service.PutCourse(ctx, staff, courseOf(i), domain.Settings{Title: new("Course"), Capacity: new(oneByOne / courses / 2)})
		must(err)
	}
	begun := time.Now()
	for i := range oneByOne {
		if actionOf(i) == "withdraw" {
			_, err = service.Withdraw(ctx, staff, courseOf(i), learnerOf(i))
		} else {
			_, err = service.Enroll(ctx, staff, courseOf(i), learnerOf(i))
		}
		must(err)
	}
	took := time.Since(begun)
	must(store.Close())
	return oneByOne / took.Seconds()
}

func courseOf(i int) domain.CourseID { return domain.CourseID(fmt.Sprintf("course-%03d", i*7%courses)) }

// learnerOf has each fifth row withdraw who came one round of the courses before.
func learnerOf(i int) domain.LearnerID {
	if actionOf(i) == "withdraw" {
		i -= courses
	}
	return domain.LearnerID(fmt.Sprintf("learner-%08d", i))
}

func actionOf(i int) string {
	if i/courses%5 == 4 {
		return "withdraw"
	}
	return "enroll"
}

func write(file, header string, n int, row func(*bufio.Writer, int)) {
	f, err := os.Create(file)
	must(err)
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, header)
	for i := range n {
		row(w, i)
	}
	must(w.Flush())
	must(f.Close())
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
