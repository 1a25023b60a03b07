package views

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A manifest is a Kubernetes object, with the fields that are drawn.
type manifest struct {
	Kind     string
	Metadata struct{ Name string }
	Spec     struct {
		Replicas       int
		MinReplicas    int                   `yaml:"minReplicas"`
		MaxReplicas    int                   `yaml:"maxReplicas"`
		ScaleTargetRef struct{ Name string } `yaml:"scaleTargetRef"`
		Selector       map[string]any        // of a Service, labels
		PodSelector    selector              `yaml:"podSelector"`
		Ports          []port
		Ingress        []struct {
			From  []peer
			Ports []port
		}
		Egress []struct {
			To    []peer
			Ports []port
		}
		Template struct {
			Metadata struct{ Labels map[string]string }
			Spec     struct {
				Containers []container
				Volumes    []struct {
					Secret struct {
						Name string `yaml:"secretName"`
					}
				}
			}
		}
	}
}

type (
	container struct {
		Image   string
		Args    []string
		EnvFrom []struct {
			ConfigMapRef struct{ Name string } `yaml:"configMapRef"`
		} `yaml:"envFrom"`
	}
	selector struct {
		MatchLabels      map[string]string `yaml:"matchLabels"`
		MatchExpressions []struct {
			Key, Operator string
			Values        []string
		} `yaml:"matchExpressions"`
	}
	peer struct {
		NamespaceSelector selector `yaml:"namespaceSelector"`
		PodSelector       selector `yaml:"podSelector"`
		IPBlock           struct {
			CIDR   string `yaml:"cidr"`
			Except []string
		} `yaml:"ipBlock"`
	}
	port struct{ Port string }
)

// readManifests returns the objects of all files of a folder.
func readManifests(module fs.FS, folder string) (all []manifest, err error) {
	files, err := fs.Glob(module, folder+"/*.yaml")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		text, err := fs.ReadFile(module, file)
		if err != nil {
			return nil, err
		}
		documents := yaml.NewDecoder(bytes.NewReader(text))
		for {
			var m manifest
			err := documents.Decode(&m)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			all = append(all, m)
		}
	}
	return all, nil
}

// isWorkload reports whether the object runs pods.
func (m manifest) isWorkload() bool {
	return slices.Contains([]string{"Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"}, m.Kind)
}

// matches reports whether a selector selects the pods of a workload. An empty selector selects all.
func (s selector) matches(workload manifest) bool {
	labels := workload.Spec.Template.Metadata.Labels
	for key, value := range s.MatchLabels {
		if labels[key] != value {
			return false
		}
	}
	for _, e := range s.MatchExpressions {
		value, has := labels[e.Key]
		in := has && slices.Contains(e.Values, value)
		if matched, known := map[string]bool{"In": in, "NotIn": !in, "Exists": has, "DoesNotExist": !has}[e.Operator]; known && !matched {
			return false
		}
	}
	return true
}

// name returns what a policy calls the other side: the labels of its pods, else those of its namespace, else its addresses.
func (p peer) name() string {
	for _, s := range []selector{p.PodSelector, p.NamespaceSelector} {
		if len(s.MatchLabels) > 0 {
			var values []string
			for _, value := range s.MatchLabels {
				values = append(values, value)
			}
			slices.Sort(values)
			return strings.Join(values, ", ")
		}
	}
	if n := len(p.IPBlock.Except); n > 0 {
		return fmt.Sprintf("%s except %d networks", p.IPBlock.CIDR, n)
	}
	if p.IPBlock.CIDR != "" {
		return p.IPBlock.CIDR
	}
	return "every pod"
}
