//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"

	"example.com/roster/ports/portstest"
)

// A tab is a page of a browser without a window, driven by the DevTools protocol over two pipes.
type tab struct {
	testing.TB
	commands *os.File
	session  string
	last     int
	answers  chan message

	mu     sync.Mutex
	errors []string // what the console has
}

type message struct {
	ID        int             `json:"id,omitempty"`
	SessionID string          `json:"sessionId,omitempty"`
	Method    string          `json:"method,omitempty"`
	Params    json.RawMessage `json:"params,omitempty"`
	Result    json.RawMessage `json:"result,omitempty"`
	Error     json.RawMessage `json:"error,omitempty"`
}

// open starts a browser on an empty page, and ends it with t.
func open(t testing.TB) *tab {
	t.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("NOT RUN: no chromium on this machine, so no page with the core in a browser")
	}
	its, commands, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	answers, theirs, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	browser := exec.Command(program, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--window-size=900,1000",
		"--user-data-dir="+t.TempDir(), "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "about:blank")
	browser.ExtraFiles = []*os.File{its, theirs} // descriptors 3 and 4
	var log bytes.Buffer
	browser.Stderr = &log
	if err := browser.Start(); err != nil {
		t.Fatal(err)
	}
	_, _ = its.Close(), theirs.Close()
	b := &tab{TB: t, commands: commands, answers: make(chan message, 1)}
	reading := make(chan bool)
	go func() {
		defer close(reading)
		b.read(answers)
	}()
	t.Cleanup(func() {
		b.session = ""
		b.call("Browser.close", nil, nil)
		_ = commands.Close()
		if err := browser.Wait(); err != nil {
			t.Errorf("the browser ended with %v\n%s", err, &log)
		}
		<-reading
		_ = answers.Close()
	})
	var found struct {
		TargetInfos []struct{ TargetID, Type string }
	}
	portstest.Eventually(t, "the browser has a page", func() bool {
		b.call("Target.getTargets", nil, &found)
		return len(found.TargetInfos) > 0 && found.TargetInfos[0].Type == "page"
	})
	var attached struct{ SessionID string }
	b.call("Target.attachToTarget", map[string]any{"targetId": found.TargetInfos[0].TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		b.call(domain+".enable", nil, nil)
	}
	return b
}

// read receives messages, each of which ends with a NUL, until the browser closes the pipe.
func (b *tab) read(from io.Reader) {
	for in := bufio.NewReader(from); ; {
		text, err := in.ReadBytes(0)
		if err != nil {
			close(b.answers)
			return
		}
		var m message
		if err := json.Unmarshal(text[:len(text)-1], &m); err != nil {
			b.note("a message that is no JSON: %s", text)
		}
		switch m.Method {
		case "":
			b.answers <- m
		case "Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled", "Network.loadingFailed":
			b.note("%s %s", m.Method, m.Params)
		}
	}
}

func (b *tab) note(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.errors = append(b.errors, fmt.Sprintf(format, args...))
}

// call runs a command of the protocol, and decodes its result unless that is nil.
func (b *tab) call(method string, params, result any) {
	b.Helper()
	b.last++
	encoded, err := json.Marshal(params)
	if err != nil {
		b.Fatal(err)
	}
	m := message{ID: b.last, SessionID: b.session, Method: method, Params: encoded}
	if params == nil {
		m.Params = nil
	}
	text, err := json.Marshal(m)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := b.commands.Write(append(text, 0)); err != nil {
		b.Fatal(err)
	}
	answer := portstest.Receive(b.TB, method, b.answers)
	if answer.ID != b.last || answer.Error != nil {
		b.Fatalf("%s %s: %s %s", method, encoded, answer.Result, answer.Error)
	}
	if result != nil {
		if err := json.Unmarshal(answer.Result, result); err != nil {
			b.Fatal(err)
		}
	}
}

// eval returns what an expression of JavaScript is in the page, as text.
func (b *tab) eval(expression string) string {
	b.Helper()
	var found struct {
		Result           struct{ Value any }
		ExceptionDetails json.RawMessage
	}
	b.call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true}, &found)
	if found.ExceptionDetails != nil {
		b.Fatalf("%s: %s", expression, found.ExceptionDetails)
	}
	return fmt.Sprint(found.Result.Value)
}

// write types a text into the element with the focus.
func (b *tab) write(text string) { b.call("Input.insertText", map[string]any{"text": text}, nil) }

// press presses a key.
func (b *tab) press(key, text string, code int) {
	for _, kind := range []string{"keyDown", "keyUp"} {
		b.call("Input.dispatchKeyEvent", map[string]any{"type": kind, "key": key, "code": key, "text": text, "windowsVirtualKeyCode": code}, nil)
	}
}

func (b *tab) enter() { b.press("Enter", "\r", 13) }

// tabTo presses Tab until the focus is on an element for which the expression holds.
func (b *tab) tabTo(expression string) {
	b.Helper()
	for range 50 {
		b.press("Tab", "", 9)
		if b.eval("(e => "+expression+")(document.activeElement)") == "true" {
			return
		}
	}
	b.Fatalf("Tab does not lead to an element for which %s", expression)
}

// scheme sets the colors that the page's reader prefers: light or dark.
func (b *tab) scheme(name string) {
	b.call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": name}}}, nil)
}

// picture returns the page as PNG.
func (b *tab) picture() []byte {
	var shot struct{ Data []byte }
	b.call("Page.captureScreenshot", map[string]any{"captureBeyondViewport": true}, &shot)
	return shot.Data
}

// requireNoErrors fails the test if the console has an error, or a request failed.
func (b *tab) requireNoErrors() {
	b.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.errors {
		b.Errorf("in the browser: %s", e)
	}
}

// until waits until the expression holds in the page.
func (b *tab) until(what, expression string) {
	b.Helper()
	portstest.Eventually(b.TB, what, func() bool { return b.eval(expression) == "true" })
}
