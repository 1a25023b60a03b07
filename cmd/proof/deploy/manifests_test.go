package deploy

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// A manifest is what the checks read of one, of any kind.
type manifest struct {
	Kind                         string
	Metadata                     metadata
	AutomountServiceAccountToken *bool
	Data                         map[string]string
	Spec                         spec
}

type metadata struct {
	Name   string
	Labels labels
}

type spec struct {
	Replicas                 *int
	MinReplicas, MaxReplicas int
	Selector                 json.RawMessage
	Template                 struct {
		Metadata metadata
		Spec     pod
	}
	Strategy        struct{ RollingUpdate struct{ MaxUnavailable *int } }
	Ports           []struct{ TargetPort string } // of a Service
	ScaleTargetRef  struct{ Kind, Name string }
	PodSelector     selector
	PolicyTypes     []string
	Ingress, Egress []rule
}

type pod struct {
	AutomountServiceAccountToken, EnableServiceLinks *bool
	ServiceAccountName                               string
	TerminationGracePeriodSeconds                    int
	SecurityContext                                  security
	Affinity                                         struct {
		PodAntiAffinity struct{ Preferred []affinity }
	}
	TopologySpreadConstraints []struct{ LabelSelector selector }
	Containers                []container
	Volumes                   []volume
}

type affinity struct {
	PodAffinityTerm struct{ LabelSelector selector }
}

type container struct {
	Name, Image   string
	Command, Args []string
	Env           []struct{ Name, Value string }
	EnvFrom       []struct{ ConfigMapRef struct{ Name string } }
	Ports         []struct {
		Name          string
		ContainerPort int
	}
	StartupProbe, LivenessProbe, ReadinessProbe *probe
	Lifecycle                                   struct {
		PreStop struct{ Sleep struct{ Seconds int } }
	}
	Resources       struct{ Requests, Limits map[string]string }
	SecurityContext security
	VolumeMounts    []struct{ Name, MountPath string }
}

type probe struct {
	HTTPGet        struct{ Path, Port string }
	TimeoutSeconds int
}

type security struct {
	RunAsNonRoot, ReadOnlyRootFilesystem bool
	RunAsUser, RunAsGroup                int
	AllowPrivilegeEscalation             *bool
	Capabilities                         struct{ Drop []string }
	SeccompProfile                       struct{ Type string }
}

type volume struct {
	Name     string
	EmptyDir *struct{ SizeLimit string }
	Secret   *struct {
		SecretName  string
		DefaultMode int
		Items       []struct{ Key, Path string }
	}
}

type rule struct {
	Ports []struct {
		Protocol string
		Port     any
	}
}

type labels map[string]string

type selector struct {
	MatchLabels      labels
	MatchExpressions []struct {
		Key, Operator string
		Values        []string
	}
}

// matches reports whether the selector selects something with these labels. It selects all if it is empty, and nothing by an operator
// that the manifests do not use.
func (s selector) matches(l labels) bool {
	for key, value := range s.MatchLabels {
		if l[key] != value {
			return false
		}
	}
	for _, e := range s.MatchExpressions {
		if e.Operator != "In" || !slices.Contains(e.Values, l[e.Key]) {
			return false
		}
	}
	return true
}

// selects returns the selector of a Deployment, a PodDisruptionBudget or a Service.
func (m manifest) selects() (s selector) {
	if m.Kind == "Service" {
		_ = json.Unmarshal(m.Spec.Selector, &s.MatchLabels)
	} else {
		_ = json.Unmarshal(m.Spec.Selector, &s)
	}
	return s
}

// A cluster is manifests that belong together.
type cluster []manifest

// all returns the manifests of a kind.
func (c cluster) all(kind string) (found []manifest) {
	for _, m := range c {
		if m.Kind == kind {
			found = append(found, m)
		}
	}
	return found
}

// workloads returns the manifests that run pods.
func (c cluster) workloads() []manifest { return append(c.all("Job"), c.all("Deployment")...) }

// selected returns the workloads whose pods a selector selects.
func (c cluster) selected(s selector) (found []manifest) {
	for _, w := range c.workloads() {
		if s.matches(w.Spec.Template.Metadata.Labels) {
			found = append(found, w)
		}
	}
	return found
}

// environment returns the variables of a container: its own, and those of the maps that it names. Kustomize appends a hash to the name
// of a map.
func (c cluster) environment(of container) map[string]string {
	variables := make(map[string]string)
	for _, from := range of.EnvFrom {
		for _, m := range c.all("ConfigMap") {
			if m.Metadata.Name == from.ConfigMapRef.Name {
				maps.Copy(variables, m.Data)
			}
		}
	}
	for _, v := range of.Env {
		variables[v.Name] = v.Value
	}
	return variables
}

// decode adds the manifests of a file.
func (c *cluster) decode(text []byte) error {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var document any
		if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		converted, err := json.Marshal(document) // package json ignores the case of names, so that the structs need no tags
		if err != nil {
			return err
		}
		converted = bytes.ReplaceAll(converted, []byte(`"preferredDuringSchedulingIgnoredDuringExecution"`), []byte(`"preferred"`))
		var m manifest
		if err := json.Unmarshal(converted, &m); err != nil {
			return err
		}
		*c = append(*c, m)
	}
}

// readBase returns the texts of the base by name, without kustomization.yaml, and the maps that this generates.
func readBase(t *testing.T) (files map[string]string, maps cluster) {
	t.Helper()
	var k struct {
		Resources          []string
		ConfigMapGenerator []struct {
			Name     string
			Literals []string
		} `yaml:"configMapGenerator"`
	}
	text, err := os.ReadFile(base + "kustomization.yaml")
	if err == nil {
		err = yaml.Unmarshal(text, &k)
	}
	if err != nil {
		t.Fatal(err)
	}
	files = make(map[string]string)
	for _, name := range k.Resources {
		text, err := os.ReadFile(base + name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(text)
	}
	for _, g := range k.ConfigMapGenerator {
		m := manifest{Kind: "ConfigMap", Metadata: metadata{Name: g.Name}, Data: make(map[string]string)}
		for _, literal := range g.Literals {
			name, value, _ := strings.Cut(literal, "=")
			m.Data[name] = value
		}
		maps = append(maps, m)
	}
	return files, maps
}
