package deploy

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// named are what a command of docs/kubernetes.md names, by kind.
var named = map[string]*regexp.Regexp{
	"Deployment":    regexp.MustCompile(`deployment/([\w-]+)`),
	"Job":           regexp.MustCompile(`job/([\w-]+)`),
	"NetworkPolicy": regexp.MustCompile("`(roster-(?:nats|requests))`"),
}

// The commands name what the manifests have, and create each key of each secret that they mount.
func TestDocument(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(root + "docs/kubernetes.md")
	if err != nil {
		t.Fatal(err)
	}
	files, maps := readBase(t)
	c := append(cluster{}, maps...)
	for _, file := range files {
		if err := c.decode([]byte(file)); err != nil {
			t.Fatal(err)
		}
	}
	if wrong := c.compareDocument(string(text)); wrong != nil {
		t.Error(strings.Join(wrong, "\n"))
	}
	for old, lie := range map[string]string{
		"job/roster-migrate":       "job/roster-migrations",
		"deployment/roster-worker": "deployment/roster-workers",
		"generic roster-owner":     "generic roster-admin",
		"--from-file=nats-url":     "--from-file=url",
	} {
		if c.compareDocument(strings.ReplaceAll(string(text), old, lie)) == nil {
			t.Errorf("%s is not noticed", lie)
		}
	}
}

func (c cluster) compareDocument(text string) (wrong []string) {
	for kind, pattern := range named {
		all := pattern.FindAllStringSubmatch(text, -1)
		for _, m := range all {
			if !slices.ContainsFunc(c.all(kind), func(o manifest) bool { return o.Metadata.Name == m[1] }) {
				wrong = append(wrong, m[0]+": the base has none of this name")
			}
		}
		if len(all) == 0 {
			wrong = append(wrong, "the document names no "+kind)
		}
	}
	for _, w := range c.workloads() {
		for _, v := range w.Spec.Template.Spec.Volumes {
			if v.Secret == nil {
				continue
			}
			_, command, _ := strings.Cut(text, "create secret generic "+v.Secret.SecretName+" ")
			command, _, _ = strings.Cut(command, "\n")
			for _, item := range v.Secret.Items {
				if !strings.Contains(command, "--from-file="+item.Key+"=") {
					wrong = append(wrong, "no command creates the key "+item.Key+" of the secret "+v.Secret.SecretName)
				}
			}
		}
	}
	return wrong
}
