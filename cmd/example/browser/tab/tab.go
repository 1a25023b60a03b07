//go:build unix

// Package tab drives a page in Chromium, for tests.
package tab

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

// A Tab is a page of a browser without a window, driven by the DevTools protocol over two pipes.
type Tab struct {
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

// Open starts a browser on an empty page, and ends it with t.
func Open(t testing.TB) *Tab {
	t.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("NOT RUN: no chromium on this machine, so no page in a browser")
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
	b := &Tab{TB: t, commands: commands, answers: make(chan message, 1)}
	reading := make(chan bool)
	go func() {
		defer close(reading)
		b.read(answers)
	}()
	t.Cleanup(func() {
		b.session = ""
		b.Call("Browser.close", nil, nil)
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
		b.Call("Target.getTargets", nil, &found)
		return len(found.TargetInfos) > 0 && found.TargetInfos[0].Type == "page"
	})
	var attached struct{ SessionID string }
	b.Call("Target.attachToTarget", map[string]any{"targetId": found.TargetInfos[0].TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		b.Call(domain+".enable", nil, nil)
	}
	return b
}

// read receives messages, each of which ends with a NUL, until the browser closes the pipe.
func (b *Tab) read(from io.Reader) {
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
			if bytes.Contains(m.Params, []byte(`"canceled":true`)) {
				continue // the page itself has ended a request, such as a stream of events
			}
			b.note("%s %s", m.Method, m.Params)
		}
	}
}

func (b *Tab) note(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.errors = append(b.errors, fmt.Sprintf(format, args...))
}

// Call runs a command of the protocol, and decodes its result unless that is nil.
func (b *Tab) Call(method string, params, result any) {
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

// Eval returns what an expression of JavaScript is in the page, as text.
func (b *Tab) Eval(expression string) string {
	b.Helper()
	var found struct {
		Result           struct{ Value any }
		ExceptionDetails json.RawMessage
	}
	b.Call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true}, &found)
	if found.ExceptionDetails != nil {
		b.Fatalf("%s: %s", expression, found.ExceptionDetails)
	}
	return fmt.Sprint(found.Result.Value)
}

// Write types a text into the element with the focus.
func (b *Tab) Write(text string) { b.Call("Input.insertText", map[string]any{"text": text}, nil) }

// Press presses a key.
func (b *Tab) Press(key, text string, code int) {
	for _, kind := range []string{"keyDown", "keyUp"} {
		b.Call("Input.dispatchKeyEvent", map[string]any{"type": kind, "key": key, "code": key, "text": text, "windowsVirtualKeyCode": code}, nil)
	}
}

func (b *Tab) Enter() { b.Press("Enter", "\r", 13) }

// TabTo presses Tab until the focus is on an element for which the expression holds.
func (b *Tab) TabTo(expression string) {
	b.Helper()
	for range 50 {
		b.Press("Tab", "", 9)
		if b.Eval("(e => "+expression+")(document.activeElement)") == "true" {
			return
		}
	}
	b.Fatalf("Tab does not lead to an element for which %s", expression)
}

// Scheme sets the colors that the page's reader prefers: light or dark.
func (b *Tab) Scheme(name string) {
	b.Call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": name}}}, nil)
}

// Picture returns the page as PNG.
func (b *Tab) Picture() []byte {
	var shot struct{ Data []byte }
	b.Call("Page.captureScreenshot", map[string]any{"captureBeyondViewport": true}, &shot)
	return shot.Data
}

// RequireNoErrors fails the test if the console has an error, or a request failed.
func (b *Tab) RequireNoErrors() {
	b.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.errors {
		b.Errorf("in the browser: %s", e)
	}
}

// Until waits until the expression holds in the page.
func (b *Tab) Until(what, expression string) {
	b.Helper()
	portstest.Eventually(b.TB, what, func() bool { return b.Eval(expression) == "true" })
}

// Width sets the width of the window, such as that of a phone.
func (b *Tab) Width(pixels int) {
	b.Call("Emulation.setDeviceMetricsOverride", map[string]any{"width": pixels, "height": 900, "deviceScaleFactor": 1, "mobile": pixels < 600}, nil)
}
