package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Scripts read results.json: its format is a promise.
func TestResults(t *testing.T) {
	t.Parallel()
	var r results
	for _, ratio := range []float64{16, 20, 14} {
		r.metric("pg_hot_c64_vs_naive", ratio)
	}
	r.metric("pg_hot_p99_vs_naive", 0.3)
	r.metric("submit_memstore_allocs", 34)
	r.figure("a rate", "/s", 1234)
	r.fail("pg-hot", 3, errors.New("naive ended:\nout of memory"))
	r.fail("pg-hot", 3, errors.New("no answer"))
	r.fail("import", 1, errors.New("no disk"))
	folder := filepath.Join(t.TempDir(), "out")
	var shown strings.Builder
	if err := r.write(folder, &shown); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(folder, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	var got any
	if err := json.Unmarshal(content, &got); err != nil {
		t.Fatal(err)
	}
	compact, err := json.Marshal(got) // in order of key
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"metrics":[` +
		`{"goal":"≥ 15","max":20,"median":16,"min":14,"name":"pg_hot_c64_vs_naive","rounds":3,"unit":"×"},` +
		`{"goal":"≤ 0.25","max":0.3,"median":0.3,"min":0.3,"name":"pg_hot_p99_vs_naive","rounds":1,"unit":"×"},` +
		`{"goal":"","max":34,"median":34,"min":34,"name":"submit_memstore_allocs","rounds":1,"unit":"allocs"}],` +
		`"notMeasured":[{"error":"in 2 of 3 rounds: naive ended:\nout of memory","name":"pg-hot"},{"error":"no disk","name":"import"}]}`
	if string(compact) != want {
		t.Errorf("got  %s\nwant %s", compact, want)
	}
	for _, row := range []string{
		"| pg_hot_c64_vs_naive | 16.0 × | 14.0 | 20.0 | ≥ 15 | reached |",
		"| pg_hot_p99_vs_naive | 0.3 × | 0.3 | 0.3 | ≤ 0.25 | MISSED |",
		"| submit_memstore_allocs | 34.0 allocs | 34.0 | 34.0 |  |  |",
		"| a rate | /s | 1234 | 1234 | 1234 |",
		"rate ÷ naive's | 3 |",
		"÷ naive's | one round |",
		"| 1234 | one round |",
		"- pg-hot: in 2 of 3 rounds: naive ended:\n  out of memory\n- import: no disk\n",
	} {
		if !strings.Contains(shown.String(), row) {
			t.Errorf("no %s in\n%s", row, shown.String())
		}
	}
	if table, err := os.ReadFile(filepath.Join(folder, "results.md")); err != nil || string(table) != shown.String() {
		t.Errorf("results.md is not what is shown: %v", err)
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for _, m := range metrics {
		if seen[m.Name] {
			t.Errorf("%s is there twice", m.Name)
		}
		seen[m.Name] = true
		verdict(m.Goal, 1) // panics at a goal that it can't read
	}
	for _, promised := range []string{
		"pg_hot_c64_vs_naive", "pg_hot_worst_delay_vs_naive", "pg_hot_c256_vs_naive", "pg_hot_c64_vs_pgbench_function", "pg_mixed_c64_vs_naive",
		"pg_hot_p99_vs_naive", "p99_vs_lone", "p99_at_naive_peak", "pg_spread_c64_vs_naive", "pg_worst_low_concurrency_vs_naive", "pg_fresh_decay",
		"pg_fresh_decay_vs_naive", "sqlite_hot_c64_vs_naive", "submit_null_ns", "submit_memstore_ns", "submit_memstore_allocs", "enroll_p50_1m_vs_1k",
		"page_900k_vs_0", "import_vs_single", "import_vs_copy", "import_courses_vs_learners", "import_memory_growth", "relay_vs_enroll",
		"relay_batch_vs_single", "idle_cpu_1m_vs_1k", "rss_1m_vs_1k", "start_vs_bare", "binary_mb", "pg_two_serves_vs_one",
		"pg_hot_c64_vs_naive_1ms", "pg_hot_vs_before", "pg_spread_vs_before", "pg_mixed_vs_before", "sqlite_hot_vs_before",
		"pg_spread_cpu_vs_before", "relay_cpu_per_event_vs_before", "submit_null_vs_before", "submit_memstore_vs_before",
	} {
		if !seen[promised] {
			t.Errorf("%s is missing: scripts compare by it", promised)
		}
	}
}

func TestDraw(t *testing.T) {
	t.Parallel()
	picture := drawSVG([]*curve{
		{"roster, hot", []point{{1, 700, 2}, {256, 40_000, 12}}},
		{"naive, hot", []point{{1, 700, 2}, {256, 400, 900}}},
	})
	if strings.Contains(picture, "NaN") || strings.Contains(picture, "Inf") || strings.Count(picture, "<polyline") != 4 {
		t.Errorf("two curves in two panels, and all of it numbers; got\n%s", picture)
	}
	for d := xml.NewDecoder(strings.NewReader(picture)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// An import of which a row failed, or that read another number of rows, has no rate.
func TestImportRate(t *testing.T) {
	t.Parallel()
	for printed, want := range map[string]float64{
		`{"rows":1000,"failed":0,"seconds":0.5}`: 2000,
		`{"rows":1000,"failed":1,"seconds":0.5}`: 0,
		`{"rows":999,"failed":0,"seconds":0.5}`:  0,
		`rows: 1000`:                             0,
	} {
		if rate, err := importRate([]byte(printed), 1000); rate != want || (err == nil) != (want > 0) {
			t.Errorf("%s: %g, %v", printed, rate, err)
		}
	}
}
