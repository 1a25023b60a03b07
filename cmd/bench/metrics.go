package main

// A metric is a measured figure and its goal. Its name is a promise: scripts compare by it.
type metric struct {
	Name  string `json:"name"`
	Unit  string `json:"unit"`
	Goal  string `json:"goal"`
	about string
}

// metrics are all metrics, in the order of the table.
var metrics = []metric{
	{"pg_hot_c64_vs_naive", "×", "≥ 15", "PostgreSQL, one course, 64 clients: rate ÷ naive's"},
	{"pg_hot_worst_delay_vs_naive", "×", "≥ 4", "the worst of it over commits of 0, 500 and 5,000 µs"},
	{"pg_hot_c256_vs_naive", "×", "≥ 15", "the same with 256 clients"},
	{"pg_hot_c64_vs_pgbench_function", "×", "≥ 8", "÷ pgbench calling one function that does it all in the server"},
	{"pg_mixed_c64_vs_naive", "×", "≥ 10", "enrolling, withdrawing with promotion, duplicates; half with keys"},
	{"pg_hot_p99_vs_naive", "×", "≤ 0.25", "p99 at a fixed rate, half of naive's peak, ÷ naive's"},
	{"p99_vs_lone", "×", "≤ 2", "roster's p99 at that rate ÷ a lone request on an idle server"},
	{"p99_at_naive_peak", "×", "≤ 0.05", "p99 at naive's own peak rate ÷ naive's"},
	{"pg_spread_c64_vs_naive", "×", "≥ 2.5", "PostgreSQL, over 10,000 courses, 64 clients: rate ÷ naive's"},
	{"pg_worst_low_concurrency_vs_naive", "×", "≥ 1", "the worst over 1, 2, 4, 8 and 16 clients, hot and spread"},
	{"pg_fresh_decay", "×", "≥ 0.9", "on a database that was empty: rate of the last quarter ÷ the first's"},
	{"pg_fresh_decay_vs_naive", "×", "≥ 0.9", "÷ naive's, measured in turns"},
	{"sqlite_hot_c64_vs_naive", "×", "≥ 5", "SQLite with synchronous=FULL on the disk, one course, 64 clients"},
	{"submit_null_ns", "ns", "< 2000", "Submit of one with a key, on a store that keeps nothing"},
	{"submit_memstore_ns", "ns", "< 5000", "on memstore, what it keeps included"},
	{"submit_memstore_allocs", "allocs", "", "its allocations"},
	{"enroll_p50_1m_vs_1k", "×", "≤ 1.3", "enrolling on a course of a million learners ÷ of a thousand"},
	{"page_900k_vs_0", "×", "≤ 1.5", "a page of the list after 900,000 ÷ the first"},
	{"import_vs_single", "×", "≥ 10", "rows per second of an import ÷ of one command at a time"},
	{"import_vs_copy", "×", "≥ 0.35", "÷ of COPY of the same rows into the same tables"},
	{"import_courses_vs_learners", "×", "≥ 0.9", "rows per second of an import of courses ÷ of learners"},
	{"import_memory_growth", "×", "≤ 1.1", "peak memory at ten times the rows ÷ before"},
	{"relay_vs_enroll", "×", "≥ 1.5", "events published per second ÷ commands done per second"},
	{"relay_batch_vs_single", "×", "≥ 50", "÷ one event at a time"},
	{"idle_cpu_1m_vs_1k", "×", "≤ 1.2", "CPU of an idle server with a million courses ÷ with a thousand, the worse of PostgreSQL and SQLite"},
	{"rss_1m_vs_1k", "×", "≤ 1.2", "memory of serve with a million courses ÷ with a thousand, the broker in another process"},
	{"start_vs_bare", "×", "≤ 4", "exec to the first 200 ÷ of a bare echo server"},
	{"binary_mb", "MB", "< 40", "the program, stripped"},
	{"pg_two_serves_vs_one", "×", "≥ 0.9", "two processes on one database, one course, 64 clients ÷ one process"},
	{"pg_hot_c64_vs_naive_1ms", "×", "", "one course, 64 clients, a millisecond each way between server and database"},
	{"pg_hot_vs_before", "×", "≥ 0.95", "with -before: one course, 64 clients: rate ÷ the build before's"},
	{"pg_spread_vs_before", "×", "≥ 0.95", "over 10,000 courses"},
	{"pg_mixed_vs_before", "×", "≥ 0.95", "mixed"},
	{"sqlite_hot_vs_before", "×", "≥ 1.5", "SQLite, one course"},
	{"pg_spread_cpu_vs_before", "×", "≤ 0.6", "over 10,000 courses, 64 clients: CPU per command, of serve and PostgreSQL, ÷ the build before's"},
	{"relay_cpu_per_event_vs_before", "×", "≤ 0.5", "CPU per event that publishing adds to commands at a fixed rate, ÷ the build before's"},
	{"submit_null_vs_before", "×", "≥ 0.95", "Submit on a store that keeps nothing: time of the build before ÷ this one's"},
	{"submit_memstore_vs_before", "×", "≥ 0.95", "on memstore"},
}
