package create

import (
	"slices"
	"testing"
)

// A service keeps how it was made, and later versions of this program read that: neither the file's name, nor its JSON, nor the names of
// the parts may change. A new part and a new field that may be absent are no change.
func TestRecordIsPromised(t *testing.T) {
	t.Parallel()
	for _, part := range []string{"postgres", "nats", "partner", "oidc", "telemetry"} {
		if !slices.Contains(Parts, part) {
			t.Errorf("there is no part %s any more", part)
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
	} {
		c.Module = "example.com/acme/my-app2"
		tree, _, err := c.make(template, names, "v1.2.3")
		if err != nil {
			t.Fatal(err)
		}
		if got := tree[".scaffold.json"]; got != want {
			t.Errorf("the record is\n%s\nand was, for services that exist,\n%s", got, want)
		}
	}
}
