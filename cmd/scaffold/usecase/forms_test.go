package usecase

import (
	"strings"
	"testing"
)

func TestForms(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]forms{
		"note": {"note", "notes", "Note", "Notes", "Note", "Notes", "note", "notes", "note", "notes", "note", "notes", "note", "Put", "put"},
		"room-booking": {"room booking", "room bookings", "RoomBooking", "RoomBookings", "RoomBooking", "RoomBookings", "roomBooking", "roomBookings",
			"room_booking", "room_bookings", "room-booking", "room-bookings", "roombooking", "Put", "put"},
		"APIKey": {"api key", "api keys", "APIKey", "APIKeys", "ApiKey", "ApiKeys", "apiKey", "apiKeys",
			"api_key", "api_keys", "api-key", "api-keys", "apikey", "Put", "put"},
		"story": {"story", "stories", "Story", "Stories", "Story", "Stories", "story", "stories", "story", "stories", "story", "stories", "story",
			"Put", "put"},
	} {
		if got, err := parseName(name, "put"); err != nil || got != want {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
	for _, form := range []string{"price-list", "price_list", "priceList", "PriceList", "Price-List", "PRICE_LIST"} {
		if got, err := parseName(form, "put"); err != nil || got.Kebab != "price-list" {
			t.Errorf("%s: got %+v, %v", form, got, err)
		}
	}

}

func TestInvalidNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, verb, says string }{
		{"", "put", "identifier"}, {"2nd", "put", "identifier"}, {"a b", "put", "identifier"}, {"größe", "put", "identifier"},
		{"-note", "put", "identifier"}, {"note-", "put", "identifier"}, {"a--b", "put", "identifier"}, {"no/te", "put", "identifier"},
		{"../note", "put", "identifier"}, {"note.go", "put", "identifier"}, {"note\n", "put", "identifier"},
		{"type", "put", "keyword of Go"}, {"Func", "put", "keyword of Go"}, {"range", "put", "keyword of Go"},
		{"value", "put", "keyword of SQL"}, {"x", "put", "one letter"}, {"plan-b", "put", "one letter"},
		{strings.Repeat("n", 41), "put", "longer than 40"},
		{"note", "", "verb"}, {"note", "Put", "verb"}, {"note", "re-serve", "verb"}, {"note", "go", "verb"}, {"note", "show", "verb"},
	} {
		if _, err := parseName(c.name, c.verb); err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q %q: got %v", c.name, c.verb, err)
		}
	}
}
