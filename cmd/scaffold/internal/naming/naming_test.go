package naming_test

import (
	"slices"
	"testing"

	"example.com/roster/cmd/scaffold/internal/naming"
)

func TestPlural(t *testing.T) {
	t.Parallel()
	for one, many := range map[string]string{
		"day": "days", "box": "boxes", "match": "matches", "wish": "wishes", "bus": "buses", "quiz": "quizzes", "person": "people", "shelf": "shelves", "news": "news",
		"hospital bed": "hospital beds", "virus": "viruses", "staff": "staff", "hall2": "hall2s",
	} {
		if got := naming.Plural(one); got != many {
			t.Errorf("%s: got %s, want %s", one, got, many)
		}
	}
}

func TestIsRegular(t *testing.T) {
	t.Parallel()
	for noun, want := range map[string]bool{
		"flight": true, "class": true, "city": true, "hospital bed": true, "person": false, "bus": false, "roof": false, "hero": false,
	} {
		if got := naming.IsRegular(noun, naming.Plural(noun)); got != want {
			t.Errorf("%s: got %t", noun, got)
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"hospital-bed", "hospital_bed", "hospital bed", "hospitalBed", "HospitalBed", "HOSPITAL_BED"} {
		if got := naming.Words(name); !slices.Equal(got, []string{"hospital", "bed"}) {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

func TestIsReserved(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]bool{"table": true, "values": true, "user": true, "tables": false, "waitlist": false} {
		if got := naming.IsReserved(word); got != want {
			t.Errorf("%s: got %t", word, got)
		}
	}
}

func TestArticle(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{"note": "a", "Entry": "an", "hour": "an", "user": "a", "unit": "a", "one": "a", "uninsured": "an", "urban": "an"} {
		if got := naming.Article(word); got != want {
			t.Errorf("%s: got %s, want %s", word, got, want)
		}
	}
}

func TestSplit(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"room": {"room"}, "roomBooking": {"room", "Booking"}, "APIKey": {"API", "Key"}, "ROOM": {"ROOM"}, "roomID": {"room", "ID"},
	} {
		if got := naming.Split(name); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}
