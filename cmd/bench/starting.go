package main

import (
	"os"
	"path/filepath"
	"time"
)

// starts measures how long it takes from exec to the first answer, and how large the program is without what debuggers read.
func starts(b *bench) error {
	bare, err := b.build("bench/bare")
	if err != nil {
		return err
	}
	data, err := b.folder("")
	if err != nil {
		return err
	}
	serve := func(addr string) []string {
		return []string{"serve", "--addr", addr, "--admin-addr", "off", "--data-dir", data, "--database-url", "sqlite:" + filepath.Join(data, "roster.db")}
	}
	if _, err := b.started(b.roster, serve); err != nil { // which makes the database
		return err
	}
	for range size(b.options, 20, 10) {
		ours, err := b.started(b.roster, serve)
		if err != nil {
			return err
		}
		theirs, err := b.started(bare, func(addr string) []string { return []string{addr} })
		if err != nil {
			return err
		}
		b.results.figure("exec to the first 200, roster on SQLite", "ms", 1000*ours)
		b.results.figure("exec to the first 200, a bare echo server", "ms", 1000*theirs)
		b.results.metric("start_vs_bare", ours/theirs)
	}
	stripped, err := b.build("roster", "-ldflags=-s -w")
	if err != nil {
		return err
	}
	info, err := os.Stat(stripped)
	if err == nil {
		b.results.metric("binary_mb", float64(info.Size())/1e6)
	}
	return err
}

// started starts a server and ends it, and returns how many seconds it took to answer.
func (b *bench) started(program string, args func(addr string) []string) (float64, error) {
	begun := time.Now()
	p, err := b.start(program, args)
	if err != nil {
		return 0, err
	}
	took := time.Since(begun).Seconds()
	p.stop()
	return took, nil
}
