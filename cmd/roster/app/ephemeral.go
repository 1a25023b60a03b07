package app

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"example.com/roster/adapters/httpapi"
	"example.com/roster/adapters/identity"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// ephemeralFlags are the flags that may be given with --ephemeral, each with its default then; "" leaves the usual one. The others name
// what --ephemeral does not have, such as files.
var ephemeralFlags = map[string]string{
	"ephemeral": "", "addr": "127.0.0.1:0", "admin-addr": "127.0.0.1:0", "database-url": "memory:",
	"rate-limit": "off", "write-limit": "", "cache": "", "base-path": "", "cors-origin": "", "tls-cert": "", "tls-key": "",
	"tenant": "", "json": "", "log-level": "", "log-format": "",
}

// setEphemeral sets what --ephemeral stands for, if it is among the flags, and refuses what contradicts it.
func setEphemeral(flags *pflag.FlagSet) (err error) {
	if on, _ := flags.GetBool("ephemeral"); !on {
		return nil
	}
	flags.VisitAll(func(f *pflag.Flag) {
		value, allowed := ephemeralFlags[f.Name]
		switch {
		case err != nil:
		case f.Changed && (!allowed || f.Name == "database-url" && f.Value.String() != value):
			err = fmt.Errorf("--%s (or %s) and --ephemeral are both given: --ephemeral serves from memory alone", f.Name, variable(f))
		case !f.Changed && value != "":
			err = f.Value.Set(value)
		}
	})
	return err
}

// An ephemeralServer is a server for the tests of another program, in any language. It keeps everything in memory, and gives a token to
// any program of this machine. So each test can have a tenant of its own. It ends with its parent, even if that is killed.
type ephemeralServer struct {
	*server
	p *program
}

// addresses are the JSON view of where an ephemeral server is.
type addresses struct {
	URL      string `json:"url"`
	AdminURL string `json:"adminUrl,omitempty"`
	NATSURL  string `json:"natsUrl,omitempty"`
	TokenURL string `json:"tokenUrl"`
}

// runEphemeral is Run with --ephemeral.
func (c serve) runEphemeral(p *program) (err error) {
	if p.key, err = identity.NewLocalKey(time.Now); err != nil {
		return err
	}
	s, cleanup, err := newServe(p.ctx, p, c)
	return p.run(&ephemeralServer{s, p}, cleanup, err)
}

// run prints the addresses, and serves until ctx, standard input or the parent process ends.
func (e *ephemeralServer) run(ctx context.Context) error {
	listener, closeListener, err := listen(ctx, "--ephemeral", "127.0.0.1:0", "")
	if err != nil {
		return err
	}
	defer closeListener()
	ctx, end := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer end()
	tokens := &http.Server{Handler: httpapi.LoopbackOnly(issueTokens(e.p.key)), ReadHeaderTimeout: 5 * time.Second}
	running.Go(func() { _ = tokens.Serve(listener) })
	defer tokens.Close()
	parent := os.Getppid() // before the addresses are printed: who reads them may end at once
	running.Go(func() { waitForEnd(ctx, parent); end() })
	if in := e.options.Stdin; in != nil {
		go func() { _, _ = bufio.NewReader(in).Discard(math.MaxInt); end() }() // not waited for: only its sender can end it
	}

	at := addresses{URL: e.url(), TokenURL: "http://" + listener.Addr().String() + "/token"}
	if e.admin.listener != nil {
		at.AdminURL = "http://" + e.admin.listener.Addr().String()
	}
	at.NATSURL = e.bus.URL()
	printer := e.p.session()
	printer.JSON = true
	if err := printer.Print(at); err != nil {
		return err
	}
	return e.server.run(ctx)
}

// waitForEnd returns when ctx or the parent process ends. Standard input does not show that end if another process has it, too.
// Windows does not report it at all.
func waitForEnd(ctx context.Context, parent int) {
	tick := time.NewTicker(time.Second / 4)
	defer tick.Stop()
	for os.Getppid() == parent {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

const ephemeralTTL = 24 * time.Hour // longer than any test

// issueTokens answers POST /token with a token for the subject, the role and the tenant that the query names.
func issueTokens(key *identity.LocalKey) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		token, _, err := key.Sign(query.Get("subject"), ports.Role(query.Get("role")), domain.TenantID(query.Get("tenant")), ephemeralTTL)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{"token": token})
	})
	return mux
}
