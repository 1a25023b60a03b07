package views

import (
	"fmt"
	"slices"
	"strings"

	"example.com/roster/cmd/proof/source"
)

// manifestFolder has the Kubernetes manifests that are drawn.
const manifestFolder = "cmd/roster/deploy/base"

// Deployment returns a Mermaid block of the Kubernetes manifests: the workloads with their configuration and secrets, the services before
// them, and what the network policies let them reach.
func Deployment(tree *source.Tree) (string, error) {
	all, err := readManifests(tree.FS, manifestFolder)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("```mermaid\n" + wide + "flowchart LR\n")
	var reads []string // what workloads read, in order
	readers := make(map[string][]string)
	for _, w := range all {
		if w.isWorkload() {
			fmt.Fprintf(&b, "  %s[[%q]]\n", w.id(), describe(w, all))
			for _, name := range w.reads() {
				if readers[name] == nil {
					reads = append(reads, name)
				}
				readers[name] = append(readers[name], w.id())
			}
		}
	}
	together := make(map[string][]string) // by readers
	for _, name := range reads {
		by := strings.Join(readers[name], " & ")
		together[by] = append(together[by], name)
	}
	for i, name := range reads {
		if by := strings.Join(readers[name], " & "); together[by][0] == name {
			fmt.Fprintf(&b, "  read%d[%q] -.-> %s\n", i, strings.Join(together[by], "<br/>"), by)
		}
	}
	var drawn []string
	draw := func(line string, values ...any) {
		if line = fmt.Sprintf(line, values...); !slices.Contains(drawn, line) {
			drawn = append(drawn, line)
			b.WriteString(line)
		}
	}
	for _, m := range all {
		for _, w := range all {
			switch {
			case !w.isWorkload():
			case m.Kind == "Service" && serves(m, w):
				draw("  %s([%q]) --> %s\n", m.id(), "Service <b>"+m.Metadata.Name+"</b>"+ports(m.Spec.Ports), w.id())
			case m.Kind == "NetworkPolicy" && m.Spec.PodSelector.matches(w):
				for _, rule := range m.Spec.Ingress {
					for _, p := range rule.From {
						draw("  %s(%q) --> %s\n", p.id(), p.name(), front(all, w))
					}
				}
				for _, rule := range m.Spec.Egress {
					for _, p := range rule.To {
						draw("  %s --> %s(%q)\n", w.id(), p.id(), p.name()+ports(rule.Ports))
					}
				}
			}
		}
	}
	b.WriteString("```\n")
	return b.String(), nil
}

// describe returns the text of a workload: its name, how many pods it has, and its command.
func describe(w manifest, all []manifest) string {
	count := fmt.Sprint(max(w.Spec.Replicas, 1))
	for _, m := range all {
		if m.Kind == "HorizontalPodAutoscaler" && m.Spec.ScaleTargetRef.Name == w.Metadata.Name {
			count = fmt.Sprintf("%d to %d", m.Spec.MinReplicas, m.Spec.MaxReplicas)
		}
	}
	text := fmt.Sprintf("%s <b>%s</b>", w.Kind, w.Metadata.Name)
	for _, c := range w.Spec.Template.Spec.Containers {
		text += "<br/>" + count + " × " + c.Image + " " + strings.Join(c.Args, " ")
	}
	return text
}

// reads returns the configuration and the secrets of a workload.
func (m manifest) reads() (names []string) {
	for _, c := range m.Spec.Template.Spec.Containers {
		for _, e := range c.EnvFrom {
			names = append(names, "ConfigMap <b>"+e.ConfigMapRef.Name+"</b>")
		}
	}
	for _, v := range m.Spec.Template.Spec.Volumes {
		if v.Secret.Name != "" {
			names = append(names, "Secret <b>"+v.Secret.Name+"</b>")
		}
	}
	return names
}

// serves reports whether a Service sends connections to a workload.
func serves(service, w manifest) bool {
	labels := selector{MatchLabels: make(map[string]string)}
	for key, value := range service.Spec.Selector {
		labels.MatchLabels[key] = fmt.Sprint(value)
	}
	return labels.matches(w)
}

// front returns the id of the Service before a workload, or of the workload.
func front(all []manifest, w manifest) string {
	for _, m := range all {
		if m.Kind == "Service" && serves(m, w) {
			return m.id()
		}
	}
	return w.id()
}

// id returns a name that Mermaid allows, unique among kinds.
func (m manifest) id() string { return m.Kind + "-" + m.Metadata.Name }

func (p peer) id() string {
	return "peer-" + strings.NewReplacer("/", "-", ", ", "-", " ", "-", ".", "-").Replace(p.name())
}

// ports returns the numbers of ports, each once.
func ports(all []port) string {
	var numbers []string
	for _, p := range all {
		if !slices.Contains(numbers, p.Port) {
			numbers = append(numbers, p.Port)
		}
	}
	if len(numbers) == 0 {
		return ""
	}
	return " :" + strings.Join(numbers, ", ")
}
