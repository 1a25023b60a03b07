package naming_test

import (
	"slices"
	"testing"

	"example.com/roster/cmd/scaffold/internal/naming"
)

func TestPlural(t *testing.T) {
	t.Parallel()
	for one, many := range map[string]string{
		"day": "days", "box": "boxes", "match": "matches", "wish": "wishes", "bus": "buses", "quiz": "quizzes", "hall2": "hall2s",
	} {
		if got := naming.Plural(one); got != many {
			t.Errorf("%s: got %s, want %s", one, got, many)
		}
	}
}

func TestArticle(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{"note": "a", "Entry": "an", "hour": "an", "user": "a", "unit": "a", "one": "a"} {
		if got := naming.Article(word); got != want {
			t.Errorf("%s: got %s, want %s", word, got, want)
		}
	}
}

func TestSplit(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"room": {"room"}, "roomBooking": {"room", "Booking"}, "APIKey": {"API", "Key"}, "COURSE": {"COURSE"}, "courseID": {"course", "ID"},
	} {
		if got := naming.Split(name); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}
