package main

import (
	"os"
	"path/filepath"
	"time"
)

// measureStartup measures the time from exec to the first answer, and the size of the program without debug information.
func measureStartup(b *bench) error {
	bare, err := b.build("bench/bare")
	if err != nil {
		return err
	}
	data, err := b.tempDir("")
	if err != nil {
		return err
	}
	serve := func(addr string) []string {
		return []string{"serve", "--addr", addr, "--admin-addr", "off", "--data-dir", data, "--database-url", "sqlite:" + filepath.Join(data, "roster.db")}
	}
	if _, err := b.timeToFirstAnswer(b.roster, serve); err != nil { // creates the database
		return err
	}
	for b.round = range b.rounds {
		var times, bareTimes, ratios []float64
		for range 10 {
			roster, err := b.timeToFirstAnswer(b.roster, serve)
			if err != nil {
				return err
			}
			bareServer, err := b.timeToFirstAnswer(bare, func(addr string) []string { return []string{addr} })
			if err != nil {
				return err
			}
			times, bareTimes, ratios = append(times, 1000*roster), append(bareTimes, 1000*bareServer), append(ratios, roster/bareServer)
		}
		b.results.figure("exec to the first 200, roster on SQLite", "ms", median(times))
		b.results.figure("exec to the first 200, a bare echo server", "ms", median(bareTimes))
		b.results.metric("start_vs_bare", median(ratios))
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

// timeToFirstAnswer starts and stops a server, and returns the seconds until its first answer.
func (b *bench) timeToFirstAnswer(program string, args func(addr string) []string) (float64, error) {
	start := time.Now()
	p, err := b.start(program, args)
	if err != nil {
		return 0, err
	}
	seconds := time.Since(start).Seconds()
	p.stop()
	return seconds, nil
}
