//go:build unix

package page

import (
	"flag"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/roster/cmd/example/browser/tab"
)

var pictures = flag.String("pictures", "", "write pictures of the pages to this folder")

// open opens a page of a server in a browser.
func open(t *testing.T, s *Server, path string) *tab.Tab {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(func() {
		s.end() // streams end
		server.Close()
	})
	b := tab.Open(t)
	visit(b, server.URL+path)
	return b
}

func visit(b *tab.Tab, url string) {
	b.Call("Page.navigate", map[string]any{"url": url}, nil)
	b.Until("the page is loaded", `document.readyState === "complete" && location.href === "`+url+`"`)
}

// look fails the test if the page cannot be read in light or dark colors or on a phone, and makes pictures of it on request.
func look(b *tab.Tab, name string) {
	b.Helper()
	for _, scheme := range []string{"light", "dark"} {
		b.Scheme(scheme)
		if faint := b.FaintTexts(); faint != "" {
			b.Errorf("%s: in %s colors these texts have too little contrast: %s", name, scheme, faint)
		}
		picture(b, name+"-"+scheme)
	}
	b.Scheme("light")
	b.Width(390)
	if got := b.Eval(`document.documentElement.scrollWidth <= document.documentElement.clientWidth`); got != "true" {
		b.Errorf("%s is wider than a phone: %s", name, b.Eval(`[...document.querySelectorAll("main *")].filter((e) => e.getBoundingClientRect().right > innerWidth && !e.closest(".wide, pre")).map((e) => e.tagName + "." + e.className).join(" ")`))
	}
	picture(b, name+"-phone")
	b.Width(1000)
}

func picture(b *tab.Tab, name string) {
	if *pictures == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(*pictures, name+".png"), b.Picture(), 0o600); err != nil {
		b.Error(err)
	}
}

// An exercise is done by keyboard alone, and a screen reader is told what a check says.
func TestExerciseInABrowser(t *testing.T) {
	t.Parallel()
	b := open(t, newServer(t), "/")
	look(b, "exercises")
	b.TabTo(`e.textContent === "A waitlist <b>rule</b>"`)
	b.Enter()
	b.Until("the exercise is there", `document.readyState === "complete" && location.pathname === "/exercises/2"`)
	for verb, want := range map[string]string{"start": "Change one file.", "hint": "there are no more hints", "check": "not yet: <script>"} {
		b.TabTo(`e.dataset.verb === "` + verb + `"`)
		b.Enter()
		b.Until(verb+" has answered", `document.getElementById("says").textContent.includes("`+want+`")`)
		if got := b.Eval(`document.activeElement.dataset.verb`); got != verb {
			t.Errorf("after %s, the focus is on %s", verb, got)
		}
	}
	b.Until("the exercise is done", `document.getElementById("state").textContent === "✓ done"`)
	b.RequireNames(map[string]int{"button": 5, "table": 1, "heading": 3})
	look(b, "exercise")
}

func TestWordsInABrowser(t *testing.T) {
	t.Parallel()
	b := open(t, newServer(t), "/words")
	look(b, "words")
	b.RequireNoErrors()
}

// The last seat runs in the page, and says what was oversold.
func TestLastSeatInABrowser(t *testing.T) {
	inLongForm(t)
	t.Parallel()
	s := newServer(t)
	s.cache = t.TempDir()
	for _, p := range []*program{s.naive, s.roster} { // a page waits for them, a test does not
		if _, err := s.get(p); err != nil {
			t.Fatal(err)
		}
	}
	b := open(t, s, "/seats")
	b.TabTo(`e.id === "run"`)
	b.Enter()
	b.Until("all have run", `document.getElementById("status").textContent.startsWith("All have run")`)
	t.Log(b.Eval(`document.getElementById("status").textContent`))
	if got, want := b.Eval(`[...document.querySelectorAll(".contender")].map((c) => c.querySelectorAll(".seats li").length + c.querySelectorAll(".waits li").length).join(" ")`), "64 64 64"; got != want {
		t.Errorf("the page has %s squares, want %s", got, want)
	}
	if got := b.Eval(`[...document.querySelectorAll(".contender")].slice(1).map((c) => c.querySelectorAll(".oversold").length).join(" ")`); got != "0 0" {
		t.Errorf("with a lock, %s seats are oversold", got)
	}
	b.RequireNames(map[string]int{"button": 1})
	look(b, "seats")
	b.RequireNoErrors()
}

// A request is sent from the page, and its path is followed by keyboard.
func TestHexagonInABrowser(t *testing.T) {
	inLongForm(t)
	t.Parallel()
	s := newServer(t)
	s.cache = t.TempDir()
	if _, err := s.get(s.walker.program); err != nil {
		t.Fatal(err)
	}
	b := open(t, s, "/hexagon")
	b.Until("the recorded roster is ready", `document.getElementById("status").textContent.startsWith("Ready")`)
	b.TabTo(`e.id === "enroll"`)
	b.Enter()
	b.Until("the request has passed", `document.getElementById("status").textContent.startsWith("ada has a seat")`)
	if got := b.Eval(`[...document.querySelectorAll(".room.lit")].map((r) => r.dataset.room).join(" ")`); got != "adapters/httpapi" {
		t.Errorf("first, %s is lit", got)
	}
	b.Press("ArrowRight", "", 39)
	b.Until("the second step is shown", `document.getElementById("step-title").textContent.startsWith("Step 2 of")`)
	b.Press("ArrowLeft", "", 37)
	b.Until("the first step is shown", `document.getElementById("step-title").textContent.startsWith("Step 1 of")`)
	b.TabTo(`e.id === "next"`)
	for range 60 {
		b.Enter()
		if strings.Contains(b.Eval(`document.getElementById("step").textContent`), "INSERT INTO") {
			break
		}
	}
	if got := b.Eval(`[...document.querySelectorAll(".room.lit")].map((r) => r.dataset.room).join(" ")`); got != "adapters/sqlite" {
		t.Errorf("at the INSERT, %s is lit", got)
	}
	t.Log(b.Eval(`document.getElementById("steps").innerText`))
	b.RequireNames(map[string]int{"button": 4, "image": 1})
	look(b, "hexagon")
	b.RequireNoErrors()
}

// Courses work with a roster on this machine and with the core in the page, by keyboard alone; then, without the server.
func TestCoursesInABrowser(t *testing.T) {
	inLongForm(t)
	t.Parallel()
	s := newServer(t)
	s.cache = t.TempDir()
	for _, p := range []*program{s.roster, s.courses.core} {
		if _, err := s.get(p); err != nil {
			t.Fatal(err)
		}
	}
	server := httptest.NewServer(s)
	b := tab.Open(t)
	visit(b, server.URL+"/courses")
	says := func(want string) {
		t.Helper()
		b.Until("the page says "+want, `document.getElementById("status").textContent.startsWith("`+want+`")`)
	}
	for _, mode := range []string{"machine", "page"} {
		if mode == "machine" {
			b.TabTo(`e.name === "mode"`)
			b.Press(" ", " ", 32)
		} else {
			b.Eval(`document.querySelector("[name=mode]:checked").focus()`)
			b.Press("ArrowDown", "", 40)
		}
		says("Ready.")
		for _, learner := range []string{"ada", "bob <b>", "cyd"} {
			b.TabTo(`e.id === "learner"`)
			b.Write(learner)
			b.Enter()
			says(learner)
		}
		b.TabTo(`e.getAttribute("aria-label") === "Withdraw bob <b>"`)
		b.Enter()
		says("bob <b> has left go-101. cyd has the seat now.")
		b.Until("all events are there", `document.getElementById("events").children.length === 7`)
		if got, want := b.Eval(`document.getElementById("events").firstChild.textContent.split(" at ")[0]`), "go-101 6: learner.promoted cyd"; got != want {
			t.Errorf("%s: the newest event is %q, want %q", mode, got, want)
		}
		b.Until("the learners are drawn", `["enrolled", "waitlisted"].map((id) => document.getElementById(id).textContent).join("; ") === "ada Withdrawcyd Withdraw; no learner"`)
		b.RequireNames(map[string]int{"button": 4, "radio": 2, "textbox": 3, "table": 1})
		look(b, "courses-"+mode)
	}
	b.RequireNoErrors()
	s.end()
	server.Close()
	b.TabTo(`e.id === "learner"`)
	b.Write("dan")
	b.Enter()
	says("dan is number 1 on the waitlist of go-101.")
}
