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

// startProfile fetches a CPU profile of roster while a phase runs, into a file of [bench.profileFile]. It does nothing without
// -cpuprofile. The returned function waits for the profile.
func (b *bench) startProfile(t *target, phase string) (wait func()) {
	if t.admin == "off" {
		return func() {}
	}
	file := b.profileFile(t, phase)
	var fetching sync.WaitGroup
	fetching.Go(func() {
		if err := fetch(t.admin, file, b.during); err != nil {
			log.Printf("profile of %s: %v", phase, err)
		}
	})
	return fetching.Wait
}

// profileFile returns the path of a profile, such as DIR/SQLite-hot-roster-round-1.pprof. Each build and each round has its own.
func (b *bench) profileFile(t *target, phase string) string {
	name := fmt.Sprintf("%s, %s, round %d.pprof", phase, t.name, b.round+1)
	return filepath.Join(b.profile, strings.NewReplacer(", ", "-", " ", "-").Replace(name))
}

func fetch(admin, file string, during time.Duration) error {
	r, err := http.Get(fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", admin, max(1, int(during.Seconds()))))
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
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, content, 0o644)
}
