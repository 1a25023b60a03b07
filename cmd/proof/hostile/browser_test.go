package hostile_test

import (
	"bytes"
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"

	"example.com/roster/adapters/memstore"
)

// In a browser, the page of the API shows its operations, reports no error and asks no other host: the content security policy
// allows all that the page needs.
func TestPageInABrowser(t *testing.T) {
	t.Parallel()
	if !long {
		t.Skip("NOT RUN in the short form: it starts a browser; make check does it")
	}
	program, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("NOT RUN: no chromium on this machine, so no page in a browser")
	}
	address := newServer(t, memstore.New()).listen(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	browser := exec.CommandContext(ctx, program, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir="+t.TempDir(),
		"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", // an address elsewhere is an error in the console
		"--enable-logging=stderr", "--virtual-time-budget=20000", "--dump-dom", "http://"+address+"/docs")
	browser.WaitDelay = 10 * time.Second
	var page, log bytes.Buffer
	browser.Stdout, browser.Stderr = &page, &log
	if err := browser.Run(); err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	if !strings.Contains(page.String(), "/v1/courses") || !strings.Contains(page.String(), "opblock") {
		t.Errorf("the page shows no operation:\n%.2000s", page.String())
	}
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, ":CONSOLE") {
			t.Errorf("the console of the browser has %s", line)
		}
	}
}
