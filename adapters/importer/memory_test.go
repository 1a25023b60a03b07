package importer_test

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"example.com/roster/adapters/importer"
	"example.com/roster/ports"
)

// A generated file is a reader of n rows that holds one row at a time. Every third row is a reject with a long field; in the
// last thousand rows the field is very long.
type generated struct {
	n, at int
	rest  []byte
}

func (g *generated) Read(p []byte) (int, error) {
	if len(g.rest) == 0 {
		switch {
		case g.at > g.n:
			return 0, io.EOF
		case g.at == 0:
			g.rest = []byte(header)
		case g.at%3 == 0:
			width := 300
			if g.at > g.n-1000 {
				width = 60_000
			}
			g.rest = fmt.Appendf(nil, "course %d,%0*d,enroll\n", g.at, width, g.at)
		default:
			g.rest = fmt.Appendf(nil, "course-%d,learner-%d,enroll\n", g.at%500, g.at)
		}
		g.at++
	}
	n := copy(p, g.rest)
	g.rest = g.rest[n:]
	return n, nil
}

// Not parallel: it measures the heap of the process.
func TestMemoryDoesNotGrowWithTheFile(t *testing.T) {
	small, large := peak(t, 30_000), peak(t, 300_000)
	t.Logf("live heap at most %d KiB for 30,000 rows, %d KiB for 300,000", small>>10, large>>10)
	if large > small+1<<20 || large > 8<<20 {
		t.Errorf("live heap of %d bytes, then of %d", small, large)
	}
}

// peak imports rows and returns the maximum growth of the live heap.
func peak(t *testing.T, rows int) uint64 {
	m := &measuring{stateless: stateless{anyCourse: true}}
	before := live()
	s, err := importer.Run(t.Context(), m, by, &generated{n: rows}, importer.Options{Rejects: t.TempDir() + "/rejects.csv"})
	if err != nil || s.Rows != rows || s.Rejected != rows/3 {
		t.Fatalf("%+v, %v", s, err)
	}
	return max(m.most, before) - before
}

// A field of NDJSON that is not read is judged once, and not in each row. Not parallel: it counts the allocations of the process.
func TestUnreadFieldsAreJudgedOnce(t *testing.T) {
	row := `{"courseId":"wait-1","learnerId":"a"`
	for i := range 10 {
		row += fmt.Sprintf(`,"firstName%d":"x"`, i)
	}
	text := strings.Repeat(row+"}\n", 1000)
	allocated := testing.AllocsPerRun(3, func() {
		if s, err := importer.Run(t.Context(), stateless{}, by, strings.NewReader(text), importer.Options{NDJSON: true}); err != nil || s.Outcomes["enrolled"] != 1000 {
			t.Errorf("%s, %v", s, err)
		}
	})
	if t.Logf("%.0f allocations", allocated); allocated > 50_000 {
		t.Errorf("%.0f allocations for 1000 rows", allocated)
	}
}

// measuring is a stateless core that reads the live heap at every tenth chunk.
type measuring struct {
	stateless
	n    int
	most uint64
}

func (m *measuring) Submit(ctx context.Context, commands ...ports.Command) []ports.Reply {
	if m.n++; m.n%10 == 0 {
		m.most = max(m.most, live())
	}
	return m.stateless.Submit(ctx, commands...)
}

func live() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
