package create

import (
	"slices"
	"testing"
)

// A service keeps the record of how it was made, and later versions of this program read it. The file's name, its JSON and the names
// of the parts must not change. A new part, or a new field that may be absent, is allowed.
func TestRecordIsPromised(t *testing.T) {
	t.Parallel()
	for _, part := range []string{"postgres", "nats", "partner", "oidc", "telemetry", "record"} {
		if !slices.Contains(Parts, part) {
			t.Errorf("the part %s is missing", part)
		}
	}
	template := readTemplate(t)
	names, err := NamesOf("example.com/acme/my-app2")
	if err != nil {
		t.Fatal(err)
	}
	for want, c := range map[string]New{
		`{
  "version": "v1.2.3",
  "module": "example.com/acme/my-app2",
  "words": {
    "learner": "guest"
  },
  "without": [
    "nats"
  ]
}
`: {Words: map[string]string{"learner": "guest"}, Without: []string{"nats"}},
		`{
  "version": "v1.2.3",
  "module": "example.com/acme/my-app2",
  "bare": true,
  "usecase": "note"
}
`: {Bare: true, Usecase: "note"},
		`{
  "version": "v1.2.3",
  "module": "example.com/acme/my-app2",
  "plural": {
    "staff": "staff-members"
  },
  "bare": true,
  "usecase": "staff"
}
`: {Bare: true, Usecase: "staff", Plurals: map[string]string{"staff": "staff-members"}},
		`{
  "version": "v1.2.3",
  "module": "example.com/acme/my-app2",
  "words": {
    "course": "news",
    "learner": "person"
  },
  "plural": {
    "news": "news-items",
    "person": "people"
  }
}
`: {Words: map[string]string{"course": "news", "learner": "person"}, Plurals: map[string]string{"news": "newsItems"}},
	} {
		c.Module = "example.com/acme/my-app2"
		tree, _, err := c.transform(template, names, "v1.2.3")
		if err != nil {
			t.Fatal(err)
		}
		if got := tree[".scaffold.json"]; got != want {
			t.Errorf("the record is\n%s\nwant, as in existing services,\n%s", got, want)
		}
	}
}
