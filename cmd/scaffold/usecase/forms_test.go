package usecase

import (
	"strings"
	"testing"
)

func TestForms(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]forms{
		"note": {"note", "notes", "Note", "Notes", "note", "notes", "note", "notes", "note", "notes", "note", "put", ""},
		"room-booking": {"room booking", "room bookings", "RoomBooking", "RoomBookings", "roomBooking", "roomBookings",
			"room_booking", "room_bookings", "room-booking", "room-bookings", "roombooking", "put", ""},
		"APIKey": {"api key", "api keys", "APIKey", "APIKeys", "apiKey", "apiKeys",
			"api_key", "api_keys", "api-key", "api-keys", "apikey", "put", ""},
		"story": {"story", "stories", "Story", "Stories", "story", "stories", "story", "stories", "story", "stories", "story", "put", ""},
	} {
		if got, err := parseName(name, "", "put"); err != nil || got != want {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
	for _, form := range []string{"price-list", "price_list", "priceList", "PriceList", "Price-List", "PRICE_LIST"} {
		if got, err := parseName(form, "", "put"); err != nil || got.Kebab != "price-list" {
			t.Errorf("%s: got %+v, %v", form, got, err)
		}
	}
}

func TestPlural(t *testing.T) {
	t.Parallel()
	if f, err := parseName("staff", "staff-members", "put"); err != nil || f.Types != "StaffMembers" || f.Kebabs != "staff-members" || f.Snakes != "staff_members" {
		t.Errorf("got %+v, %v", f, err)
	}
	for _, plural := range []string{"staff", "-", "all", "a b"} {
		if _, err := parseName("staff", plural, "put"); err == nil || !strings.Contains(err.Error(), "--plural") {
			t.Errorf("%q: got %v", plural, err)
		}
	}
}

// The names of the sample are replaced in all their forms, and an article follows its noun.
func TestReplacer(t *testing.T) {
	t.Parallel()
	f, err := parseName("API_key", "", "issue")
	if err != nil {
		t.Fatal(err)
	}
	f.Further = "revoke"
	const sample = "Revise a sample note. A SampleNote of SampleNotes: sampleNote, sampleNotes, sample_note, sample_notes, sample-note, samplenote; archiveSampleNote, Archive"
	const want = "Issue an api key. An APIKey of APIKeys: apiKey, apiKeys, api_key, api_keys, api-key, apikey; revokeAPIKey, Revoke"
	if got := f.replacer().Replace(sample); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestInvalidNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, verb, says string }{
		{"", "put", "identifier"}, {"2nd", "put", "identifier"}, {"a b", "put", "identifier"}, {"größe", "put", "identifier"},
		{"-note", "put", "identifier"}, {"note-", "put", "identifier"}, {"a--b", "put", "identifier"}, {"no/te", "put", "identifier"},
		{"../note", "put", "identifier"}, {"note.go", "put", "identifier"}, {"note\n", "put", "identifier"},
		{"type", "put", "keyword of Go"}, {"Func", "put", "keyword of Go"}, {"range", "put", "keyword of Go"},
		{"value", "put", "keyword of SQL"}, {"news", "put", "another plural"}, {"x", "put", "one letter"}, {"plan-b", "put", "one letter"},
		{strings.Repeat("n", 41), "put", "longer than 40"},
		{"note", "", "verb"}, {"note", "Put", "verb"}, {"note", "re-serve", "verb"}, {"note", "go", "verb"}, {"note", "show", "verb"},
	} {
		if _, err := parseName(c.name, "", c.verb); err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q %q: got %v", c.name, c.verb, err)
		}
	}
}
