package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// profileAddress is where roster shows its profiles, when they are asked for; of several at once only one can.
const profileAddress = "127.0.0.1:18081"

// profiled fetches a profile of roster while a phase runs, if profiles are asked for; stop waits for it.
func (b *bench) profiled(t *target, phase string) (stop func(), err error) {
	if b.profile == "" || t.tables != tablesOfRoster {
		return func() {}, nil
	}
	if err := os.MkdirAll(b.profile, 0o755); err != nil {
		return nil, err
	}
	file := filepath.Join(b.profile, strings.NewReplacer(", ", "-", " ", "-").Replace(phase)+".pprof")
	var fetching sync.WaitGroup
	fetching.Go(func() {
		if err := fetch(file, b.during); err != nil {
			log.Printf("profile of %s: %v", phase, err)
		}
	})
	return fetching.Wait, nil
}

func fetch(file string, during time.Duration) error {
	seconds := max(1, int(during.Seconds()))
	r, err := http.Get(fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", profileAddress, seconds))
	if err != nil {
		return err
	}
	defer r.Body.Close()
	content, err := io.ReadAll(r.Body)
	if err == nil && r.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", r.Status, content)
	}
	if err != nil {
		return err
	}
	return os.WriteFile(file, content, 0o644)
}
