package contract_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"example.com/roster/cmd/proof/contract"
)

const api = "../../../adapters/httpapi/"

func file(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
}

// After an addition to the API, promise it: cp adapters/httpapi/openapi.yaml adapters/httpapi/baseline.yaml. Break a promise only in a
// commit that says why; docs/versioning.md says when that is allowed.
func TestAPIBreaksNoPromise(t *testing.T) {
	t.Parallel()
	breaks, err := contract.Breaking(file(t, api+"baseline.yaml"), file(t, api+"openapi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range breaks {
		t.Error(b)
	}
}

func TestBreaksOfTheAPIAreReported(t *testing.T) {
	t.Parallel()
	spec := string(file(t, api+"openapi.yaml"))
	for name, c := range map[string]struct {
		old, new string
		want     string // part of the report; empty: no break
	}{
		"a path renamed":  {"  /v1/courses:\n", "  /v1/lessons:\n", "/v1/courses"},
		"a method gone":   {"    delete:\n      operationId: withdraw", "    patch:\n      operationId: withdraw", "DELETE"},
		"a status gone":   {`"202":` + "\n          description: Waitlisted", `"299":` + "\n          description: Waitlisted", "202"},
		"a field renamed": {"        seatsTaken: { type", "        taken: { type", "seatsTaken"},
		"a field optional": {
			"    Course:\n      type: object\n      required: [courseId, ",
			"    Course:\n      type: object\n      required: [", "courseId",
		},
		"another type": {"        seatsTaken: { type: integer", "        seatsTaken: { type: string", "seatsTaken"},
		"a request field required": {
			"    Enroll:\n      type: object\n", "    Enroll:\n      type: object\n      required: [learnerId]\n", "learnerId",
		},
		"a request narrowed":   {"maximum: 1000000000", "maximum: 1000", "capacity"},
		"a parameter required": {"name: Idempotency-Key\n", "name: Idempotency-Key\n      required: true\n", "Idempotency-Key"},
		"a field added":        {"        seatsTaken: {", "        room: { type: string }\n        seatsTaken: {", ""},
		"a parameter added": {
			`        - $ref: "#/components/parameters/PageSize"`,
			"        - { name: title, in: query, schema: { type: string } }\n        - $ref: \"#/components/parameters/PageSize\"", "",
		},
		"a code added": {"        - course_full\n", "        - course_full\n        - room_full\n", ""},
		"a status added": {
			"    Status: { type: string, enum: [enrolled,", "    Status: { type: string, enum: [paused, enrolled,", "paused",
		},
		"a token required": {"      operationId: getHealth\n      security: []\n", "      operationId: getHealth\n", "GET /healthz: a client with []"},
		"another scheme":   {"scheme: bearer", "scheme: basic", "the security scheme bearer is of another kind"},
		"other words":      {"Enroll a learner, or add them to the end of the waitlist.", "Enroll.", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := strings.Replace(spec, c.old, c.new, 1)
			if changed == spec {
				t.Fatal("the edit changes nothing")
			}
			breaks, err := contract.Breaking([]byte(spec), []byte(changed))
			if err != nil {
				t.Fatal(err)
			}
			if all := strings.Join(breaks, "\n"); (c.want == "") != (all == "") || !strings.Contains(all, c.want) {
				t.Errorf("want a break of %q, got %q", c.want, all)
			}
		})
	}
}

func TestGeneratedCodeIsFresh(t *testing.T) {
	t.Parallel()
	if os.Getenv("ROSTER_LONG") == "" {
		t.Skip("NOT RUN in the short form: it builds the generator; make check does it")
	}
	committed := file(t, api+"internal/api/api.gen.go")
	if !bytes.Equal(committed, generate(t, "openapi.yaml")) {
		t.Error("stale generated code: run go generate ./adapters/httpapi")
	}
	other := filepath.Join(t.TempDir(), "openapi.yaml")
	changed := strings.Replace(string(file(t, api+"openapi.yaml")), "seatsTaken", "taken", 2)
	if err := os.WriteFile(other, []byte(changed), 0o644); err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(committed, generate(t, other)) {
		t.Error("a spec with another field generates the same code")
	}
}

func generate(t *testing.T, spec string) []byte {
	t.Helper()
	dir := t.TempDir()
	config, out := filepath.Join(dir, "codegen.yaml"), filepath.Join(dir, "api.gen.go")
	edited := bytes.Replace(file(t, api+"codegen.yaml"), []byte("internal/api/api.gen.go"), []byte(out), 1)
	if err := os.WriteFile(config, edited, 0o644); err != nil {
		t.Fatal(err)
	}
	generator := exec.CommandContext(t.Context(), "go", "tool", "oapi-codegen", "-config", config, spec)
	generator.Dir = api
	if text, err := generator.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return file(t, out)
}
