package docs_test

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.com/roster/cmd/proof/docs"
)

// A learner who follows docs/teaching.md in a checkout sees what it shows.
func TestTeaching(t *testing.T) {
	t.Parallel()
	needShell(t)
	page, err := os.ReadFile(root + "docs/teaching.md")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // only a hang takes so long
	defer cancel()
	if err := docs.Run(ctx, string(page), root, t.TempDir()); err != nil {
		t.Errorf("docs/teaching.md: %v", err)
	}
}

var (
	slide   = regexp.MustCompile(`(?s)<section.*?</section>`)
	fetched = regexp.MustCompile(`(?i)\b(?:src|srcset|poster)=|<link\b|@import|url\([^#]|fetch\(|XMLHttpRequest`)
	planned = regexp.MustCompile(`(?m)^\| \d:\d\d \|.*\| (\d+)?(?:(?:–|, )(\d+))? \|$`)
)

// The slides are one file, which loads nothing. Each slide has a heading, each drawing has a title, and the class shows the last one.
func TestSlides(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(root + "docs/teaching-slides.html")
	if err != nil {
		t.Fatal(err)
	}
	if found := fetched.FindAllString(string(text), -1); len(found) > 0 {
		t.Errorf("the slides must load nothing, and have %q", found)
	}
	slides := slide.FindAllString(string(text), -1)
	for i, s := range slides {
		if !regexp.MustCompile(`<h[12]>`).MatchString(s) {
			t.Errorf("slide %d has no heading", i+1)
		}
		if strings.Count(s, "<svg") != strings.Count(s, "<title>") {
			t.Errorf("slide %d: want a title in each drawing", i+1)
		}
	}
	page, err := os.ReadFile(root + "docs/teaching.md")
	if err != nil {
		t.Fatal(err)
	}
	last := ""
	for _, row := range planned.FindAllStringSubmatch(string(page), -1) {
		if row[2] != "" {
			last = row[2]
		}
	}
	if want := len(slides); last != fmt.Sprint(want) {
		t.Errorf("the class of docs/teaching.md ends with slide %s, and there are %d", last, want)
	}
}
