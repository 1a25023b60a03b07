//go:build cluster

package proof_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/domain"
	"example.com/roster/ports/portstest"
)

// A node is one server of a NATS cluster, in a process of its own.
type node struct {
	Name, Dir     string
	Port, Cluster int
	Routes        []string

	process *exec.Cmd
}

func (n *node) start(t *testing.T) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	options, err := json.Marshal(n)
	if err != nil {
		t.Fatal(err)
	}
	n.process = exec.CommandContext(t.Context(), self)
	n.process.Env = append(os.Environ(), nodeVariable+"="+string(options))
	if err := n.process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kill(n.process) })
}

func freePorts(t *testing.T, n int) (ports []int) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

func startCluster(t *testing.T) (nodes []*node, url string) {
	t.Helper()
	free := freePorts(t, 6)
	var routes, urls []string
	for i := range 3 {
		routes = append(routes, fmt.Sprintf("nats://127.0.0.1:%d", free[3+i]))
		urls = append(urls, fmt.Sprintf("nats://127.0.0.1:%d", free[i]))
	}
	for i := range 3 {
		n := &node{Name: fmt.Sprint("node-", i), Dir: t.TempDir(), Port: free[i], Cluster: free[3+i], Routes: routes}
		n.start(t)
		nodes = append(nodes, n)
	}
	return nodes, strings.Join(urls, ",")
}

// Two serve and two worker share one PostgreSQL and a NATS cluster of three. Two enqueue send the year while 200 clients want a
// seat in one course over HTTP. One process of each kind is killed and restarts. No command is lost, and none is applied twice.
func TestCluster(t *testing.T) {
	s := newSystem(t, "postgres")
	s.must(t, "", "course", "import", sampleFiles(t).courses)
	s.must(t, "", "course", "put", "hot", "--title", "Hot", "--capacity", "40")
	nodes, url := startCluster(t)
	key := strings.TrimSpace(s.must(t, "", "token", "--subject", "proof", "--role", "staff"))

	addresses := freePorts(t, 2)
	serve := func(i int) *exec.Cmd {
		return s.process(t, "serve", "--nats-url", url, "--addr", fmt.Sprintf("127.0.0.1:%d", addresses[i]), "--admin-addr", "off", "--rate-limit", "off")
	}
	worker := func() *exec.Cmd { return s.process(t, "worker", "--nats-url", url, "--admin-addr", "off") }
	serves, workers := []*exec.Cmd{serve(0), serve(1)}, []*exec.Cmd{worker(), worker()}
	defer func() {
		for _, p := range append(serves, workers...) {
			kill(p)
		}
	}()
	for _, port := range addresses {
		portstest.Eventually(t, "serve answers", func() bool {
			r, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/healthz", port))
			if err == nil {
				_ = r.Body.Close()
			}
			return err == nil && r.StatusCode == 200
		})
	}

	var busy sync.WaitGroup
	for i, file := range halves(t) {
		busy.Go(func() {
			portstest.Eventually(t, fmt.Sprint("enqueue ", i), func() bool {
				r := s.run(t, "", "enqueue", file, "--nats-url", url)
				t.Logf("enqueue %d: exit %d %s%s", i, r.code, r.stdout, r.stderr)
				return r.code == 0
			})
		})
	}
	var answered, retries atomic.Int64
	for i := range 200 {
		busy.Go(func() {
			learner := fmt.Sprint("crowd-", i)
			for try := 0; ; try++ {
				c := newClient(t, fmt.Sprintf("http://127.0.0.1:%d", addresses[(i+try)%2]))
				c.token = key
				status, _, _, err := c.do("POST", "/v1/courses/hot/enrollments", "key-"+learner, `{"learnerId":"`+learner+`"}`)
				if err == nil && (status == 201 || status == 202) {
					answered.Add(1)
					return
				}
				retries.Add(1)
				if time.Sleep(200 * time.Millisecond); try > 600 { // steady: two minutes in sum
					t.Errorf("%s: %d, %v", learner, status, err)
					return
				}
			}
		})
		time.Sleep(20 * time.Millisecond) // steady: any moment will do for a kill
		switch i {
		case 30:
			kill(workers[0])
		case 60:
			kill(serves[1])
		case 90:
			kill(nodes[1].process)
		case 120:
			workers[0] = worker()
		case 150:
			serves[1] = serve(1)
		case 180:
			nodes[1].start(t)
		}
	}
	busy.Wait()
	_, js := jetStream(t, url)
	for _, name := range []string{"ROSTER_EVENTS", "ROSTER_COMMANDS", "ROSTER_REPLIES"} {
		var stream jetstream.Stream
		portstest.Eventually(t, "the stream "+name+" is found", func() (found bool) {
			var err error
			stream, err = js.Stream(t.Context(), name)
			return err == nil
		})
		if n := stream.CachedInfo().Config.Replicas; n != 3 {
			t.Errorf("%s is on %d servers, want three", name, n)
		}
	}
	queueEmpty(t, js)
	s.published(t)
	t.Logf("%d of 200 clients have an answer, after %d retries", answered.Load(), retries.Load())

	hot, err := s.open(t).Course(t.Context(), tenant, domain.CourseID("hot"))
	if err != nil || hot.SeatsTaken != 40 || hot.WaitlistLength != 160 {
		t.Errorf("hot: %+v, %v", hot, err)
	}
	requireYear(t, s)
	requireYearPublished(t, url)
}

// halves writes the year into two files. Each has the commands of half of the courses, in order.
func halves(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	files := []string{filepath.Join(dir, "a.csv"), filepath.Join(dir, "b.csv")}
	var texts [2]strings.Builder
	half := make(map[string]int)
	for i := range texts {
		_, _ = io.WriteString(&texts[i], "course_id,learner_id,action\n")
	}
	for _, row := range sampleRows(t) {
		if _, ok := half[row[0]]; !ok {
			half[row[0]] = len(half) % 2
		}
		_, _ = io.WriteString(&texts[half[row[0]]], strings.Join(row, ",")+"\n")
	}
	for i, file := range files {
		if err := os.WriteFile(file, []byte(texts[i].String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return files
}
