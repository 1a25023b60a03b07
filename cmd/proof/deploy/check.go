//go:build ignore

// Program check has kustomize build the base and the overlay into a folder, and checks each manifest as others do: strict decoding into
// the types of Kubernetes, its schemas (kubectl-validate), the rules of its API server (rules.go), and kube-score. Before, it shows with
// planted faults that each finds some.
//
// Its modules are in tools.mod, so that they are no requirements of this module. The tests beside it check the folder, too.
package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zegl/kube-score/config"
	"github.com/zegl/kube-score/domain"
	"github.com/zegl/kube-score/parser"
	"github.com/zegl/kube-score/score"
	"github.com/zegl/kube-score/scorecard"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/kubectl-validate/pkg/openapiclient"
	"sigs.k8s.io/kubectl-validate/pkg/validator"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

const source = "cmd/roster/deploy"

// The oldest Kubernetes on which the manifests work: it is the first to have preStop.sleep without a feature gate.
var oldest = config.Semver{Major: 1, Minor: 30}

// exceptions say why a finding of kube-score is no fault, by its rule.
var exceptions = map[string]string{
	"container-image-tag":         "of the base alone: the overlay names the release",
	"container-image-pull-policy": "a release never changes, so a node that has it needs no registry to start it",
}

// planted are faults, each in the manifests of the overlay, and what finds it.
var planted = []struct{ finder, old, new string }{
	{"decoding", "revisionHistoryLimit: 3", "revisionHistoryLimits: 3"},
	{"schema", "path: /readyz\n            port: http", "path: /readyz"},
	{"rules", "component: worker\n      app.kubernetes.io/name: roster\n  strategy", "component: serve\n  strategy"}, // a selector of other pods
	{"rules", "protocol: UDP", "protocol: UDX"},
	{"rules", "path: /healthz\n            port: http", "path: /healthz\n            port: http\n          exec:\n            command: [x]"},
	{"kube-score", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false"},
	{"kube-score", "minReplicas: 2", "minReplicas: 1"},
}

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "check:", err)
		os.Exit(1)
	}
}

func run(out string) error {
	c, err := newChecker()
	if err != nil {
		return err
	}
	built := make(map[string][]string)
	for _, folder := range []string{"base", "overlays/example"} {
		if built[folder], err = build(filepath.Join(source, folder)); err != nil {
			return err
		}
		file := filepath.Join(out, filepath.Base(folder)+".yaml")
		if err := os.WriteFile(file, []byte(strings.Join(built[folder], "---\n")), 0o600); err != nil {
			return err
		}
	}
	for _, fault := range planted {
		var changed []string
		for _, m := range built["overlays/example"] {
			changed = append(changed, strings.ReplaceAll(m, fault.old, fault.new))
		}
		if slices.Equal(changed, built["overlays/example"]) {
			return fmt.Errorf("no manifest has %s", fault.old)
		}
		if found, err := c.check(changed); err != nil || !slices.ContainsFunc(found, func(f string) bool { return strings.Contains(f, fault.finder) }) {
			return fmt.Errorf("%s does not find %s where it is planted: %q, %v", fault.finder, fault.new, found, err)
		}
	}
	faults := 0
	for _, folder := range slices.Sorted(maps.Keys(built)) {
		found, err := c.check(built[folder])
		if err != nil {
			return err
		}
		for _, f := range found {
			fmt.Println(folder+":", f)
		}
		faults += len(found)
		fmt.Printf("%s: %d manifests\n", folder, len(built[folder]))
	}
	for rule := range exceptions {
		if !c.excepted[rule] {
			faults++
			fmt.Printf("%s is no exception any more: remove it\n", rule)
		}
	}
	if faults > 0 {
		return fmt.Errorf("%d faults: fix them, or explain them in cmd/proof/deploy/check.go", faults)
	}
	return nil
}

// build returns the manifests that kustomize builds from a folder.
func build(folder string) (manifests []string, err error) {
	made, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		return nil, err
	}
	for _, r := range made.Resources() {
		text, err := r.AsYAML()
		if err != nil {
			return nil, err
		}
		manifests = append(manifests, string(text))
	}
	return manifests, nil
}

type checker struct {
	strict   runtime.Decoder
	schemas  *validator.Validator
	excepted map[string]bool // the exceptions that were needed
}

func newChecker() (*checker, error) {
	schemas, err := validator.New(openapiclient.NewHardcodedBuiltins(strings.TrimPrefix(oldest.String(), "v")))
	strict := serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	return &checker{strict, schemas, make(map[string]bool)}, err
}

// check returns what is wrong with manifests that belong together.
func (c *checker) check(manifests []string) (found []string, err error) {
	for _, m := range manifests {
		if _, _, err := c.strict.Decode([]byte(m), nil, nil); err != nil {
			found = append(found, fmt.Sprintf("decoding: %v", err))
		}
		_, parsed, err := c.schemas.Parse([]byte(m))
		if err == nil {
			err = c.schemas.Validate(parsed)
		}
		if err != nil {
			found = append(found, fmt.Sprintf("schema: %v", err))
		}
		if err := followRules([]byte(m)); err != nil {
			found = append(found, fmt.Sprintf("rules: %v", err))
		}
	}
	if len(found) > 0 { // kube-score would skip what it cannot decode
		return found, nil
	}
	return c.score(strings.Join(manifests, "---\n"))
}

// A file is a text that kube-score reads.
type file struct{ *strings.Reader }

func (file) Name() string { return "manifests.yaml" }

func (c *checker) score(manifests string) (found []string, err error) {
	p, err := parser.New(nil)
	if err != nil {
		return nil, err
	}
	objects, err := p.ParseFiles([]domain.NamedReader{file{strings.NewReader(manifests)}})
	if err != nil {
		return nil, err
	}
	rules := &config.RunConfiguration{
		IgnoreContainerCpuLimitRequirement: true, // a limit of CPU would make requests wait while cores are idle
		KubernetesVersion:                  oldest, MinReplicasDeployment: 2, MinReplicasHPA: 2,
	}
	card, err := score.Score(objects, score.RegisterAllChecks(objects, nil, rules), rules)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(*card)) {
		for _, s := range (*card)[name].Checks {
			switch {
			case s.Skipped || s.Grade > scorecard.GradeWarning:
			case exceptions[s.Check.ID] != "":
				c.excepted[s.Check.ID] = true
			default:
				var reasons bytes.Buffer
				for _, comment := range s.Comments {
					fmt.Fprintf(&reasons, " %s: %s", comment.Path, comment.Summary)
				}
				found = append(found, fmt.Sprintf("kube-score: %s: %s:%s", name, s.Check.ID, &reasons))
			}
		}
	}
	return found, nil
}
