package container

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// byTag are the images that have no digest yet, and why.
var byTag = map[string]string{
	"nats:2.15.2": "the digest of this release could not be looked up when it was chosen; add it with the next release",
}

var (
	image    = regexp.MustCompile(`(?m)^\s*(?:FROM\s+(?:--\S+\s+)*|image:\s*)["']?([^\s"']+)`)
	digest   = regexp.MustCompile(`^[a-z0-9./-]+:[\w.-]+@sha256:[0-9a-f]{64}$`)
	action   = regexp.MustCompile(`(?m)^[\s-]*uses:\s*(.+)$`)
	commit   = regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	checkout = regexp.MustCompile(`(?m)^( *)- uses: actions/checkout@.*\n((?: {8,}.*\n)*)`)
)

// unpinned returns what a file uses of others by a name that may mean something else tomorrow, and each checkout that leaves its
// token in the files.
func unpinned(text string) (found []string) {
	for _, m := range image.FindAllStringSubmatch(text, -1) {
		if own := m[1] == "scratch" || m[1] == "roster"; !own && !digest.MatchString(m[1]) {
			found = append(found, m[1])
		}
	}
	for _, m := range action.FindAllStringSubmatch(text, -1) {
		if local := strings.HasPrefix(m[1], "./"); !local && !commit.MatchString(m[1]) {
			found = append(found, m[1])
		}
	}
	for _, m := range checkout.FindAllStringSubmatch(text, -1) {
		if !strings.Contains(m[2], "persist-credentials: false") {
			found = append(found, "a checkout that keeps its credentials")
		}
	}
	return found
}

// Images have a digest beside their tag, and actions are a commit beside their version, in this repository and in what it makes
// others of: a tag can be moved.
func TestImagesAndActionsAreNamedByDigest(t *testing.T) {
	t.Parallel()
	left := maps.Clone(byTag)
	var read []string
	err := fs.WalkDir(os.DirFS(root), ".", func(file string, entry fs.DirEntry, err error) error {
		hidden := strings.HasPrefix(entry.Name(), ".") && file != "." && file != ".github"
		workflow := path.Dir(file) == ".github/workflows"
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (hidden || file == "bin"):
			return fs.SkipDir
		case entry.IsDir() || !workflow && entry.Name() != "Dockerfile" && entry.Name() != "compose.yaml":
			return nil
		}
		text, err := os.ReadFile(root + file)
		if err != nil {
			return err
		}
		read = append(read, file)
		for _, found := range unpinned(string(text)) {
			if byTag[found] == "" {
				t.Errorf("%s: %s", file, found)
			}
			delete(left, found)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(read, "Dockerfile") || !slices.Contains(read, ".github/workflows/ci.yml") {
		t.Errorf("read only %q", read)
	}
	if slices.Contains(read, "compose.yaml") {
		for name := range left {
			t.Errorf("%s is no exception any more: remove it from byTag", name)
		}
	}
}

func TestUnpinned(t *testing.T) {
	t.Parallel()
	sum := strings.Repeat("0123456789abcdef", 4)
	for text, want := range map[string]string{
		"FROM golang:1.26.8 AS build\n":                            "golang:1.26.8",
		"FROM --platform=linux/amd64 golang:1.26.8\n":              "golang:1.26.8",
		"FROM golang:1.26.8@sha256:abc\n":                          "golang:1.26.8@sha256:abc",
		"FROM golang@sha256:" + sum + "\n":                         "golang@sha256:" + sum,
		"FROM golang:1.26.8@sha256:" + sum + " AS build\n":         "",
		"FROM scratch\n":                                           "",
		"  image: \"nats:2\"\n":                                    "nats:2",
		"  image: postgres:15.18@sha256:" + sum + "\n":             "",
		"      - uses: actions/setup-go@v6\n":                      "actions/setup-go@v6",
		"      - uses: actions/setup-go@" + sum[:40] + "\n":        "actions/setup-go@" + sum[:40],
		"      - uses: actions/setup-go@" + sum[:40] + " # v6.5.0": "",
		"      - uses: ./.github/actions/own\n":                    "",

		"      - uses: actions/checkout@" + sum[:40] + " # v5.1.0\n      - run: make\n": "a checkout that keeps its credentials",
		"      - uses: actions/checkout@" + sum[:40] + " # v5.1.0\n        with:\n" +
			"          persist-credentials: true\n": "a checkout that keeps its credentials",
		"      - uses: actions/checkout@" + sum[:40] + " # v5.1.0\n        with:\n" +
			"          persist-credentials: false\n": "",
	} {
		if got := strings.Join(unpinned(text), ", "); got != want {
			t.Errorf("%s\nis %q, want %q", text, got, want)
		}
	}
}
