package deploy

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A report lists what is wrong.
type report []string

func (r *report) add(m manifest, format string, args ...any) {
	*r = append(*r, strings.ToLower(m.Kind)+"/"+m.Metadata.Name+": "+fmt.Sprintf(format, args...))
}

// check returns what is wrong with the manifests: what would apply, and then not work.
func (c cluster) check(p program) report {
	var r report
	for _, check := range []func(cluster, program, *report){
		cluster.checkSelectors, cluster.checkPorts, cluster.checkScaling, cluster.checkNetwork, cluster.checkPrograms, cluster.checkVolumes,
		cluster.checkConfinement, cluster.checkTimes,
	} {
		check(c, p, &r)
	}
	return r
}

func (c cluster) checkSelectors(_ program, r *report) {
	for _, m := range c {
		selectors := map[string]selector{}
		switch m.Kind {
		case "Deployment":
			if !m.selects().matches(m.Spec.Template.Metadata.Labels) {
				r.add(m, "its selector does not match its pods")
			}
			for _, a := range m.Spec.Template.Spec.Affinity.PodAntiAffinity.Preferred {
				selectors["affinity"] = a.PodAffinityTerm.LabelSelector
			}
			for _, s := range m.Spec.Template.Spec.TopologySpreadConstraints {
				selectors["spread"] = s.LabelSelector
			}
		case "Service", "PodDisruptionBudget":
			selectors["selector"] = m.selects()
		case "NetworkPolicy":
			if len(c.selected(m.Spec.PodSelector)) == 0 {
				r.add(m, "it selects no pod")
			}
		}
		for name, s := range selectors { // of exactly one workload, and of the own pods if it is a workload's
			pods := c.selected(s)
			if len(pods) != 1 || m.Kind == "Deployment" && pods[0].Metadata.Name != m.Metadata.Name {
				r.add(m, "its %s selects the pods of %d workloads, or those of another", name, len(pods))
			}
		}
	}
}

// port returns the number of a container's port by its name.
func (of container) port(name string) (number int, ok bool) {
	for _, p := range of.Ports {
		if p.Name == name {
			return p.ContainerPort, true
		}
	}
	return 0, false
}

func (c cluster) checkPorts(p program, r *report) {
	for _, s := range c.all("Service") {
		for _, w := range c.selected(s.selects()) {
			for _, port := range s.Spec.Ports {
				if _, ok := w.Spec.Template.Spec.Containers[0].port(port.TargetPort); !ok {
					r.add(s, "no container has the port %q", port.TargetPort)
				}
			}
		}
	}
	for _, w := range c.workloads() {
		of := w.Spec.Template.Spec.Containers[0]
		listens := c.environment(of)["ROSTER_ADDR"]
		for _, port := range of.Ports {
			if want := ":" + strconv.Itoa(port.ContainerPort); !strings.HasSuffix(listens, want) {
				r.add(w, "it has the port %d, and the program listens on %q", port.ContainerPort, listens)
			}
		}
		for name, probe := range map[string]*probe{"startup": of.StartupProbe, "liveness": of.LivenessProbe, "readiness": of.ReadinessProbe} {
			if probe == nil {
				if listens != "" {
					r.add(w, "it has no %s probe", name)
				}
				continue
			}
			if _, ok := of.port(probe.HTTPGet.Port); !ok {
				r.add(w, "its %s probe asks at the port %q, which does not exist", name, probe.HTTPGet.Port)
			}
			if want := map[bool]string{true: "/readyz", false: "/healthz"}[name == "readiness"]; probe.HTTPGet.Path != want {
				r.add(w, "its %s probe asks for %q, want %q", name, probe.HTTPGet.Path, want)
			}
			if !p.answers(probe.HTTPGet.Path) {
				r.add(w, "its %s probe asks for %q, which the program does not answer with 200", name, probe.HTTPGet.Path)
			}
		}
	}
}

func (c cluster) checkScaling(p program, r *report) {
	connections := 0
	for _, d := range c.all("Deployment") {
		if d.Spec.Strategy.RollingUpdate.MaxUnavailable == nil || *d.Spec.Strategy.RollingUpdate.MaxUnavailable != 0 {
			r.add(d, "an upgrade stops a pod before its successor is ready")
		}
		if d.Spec.Replicas != nil {
			connections += (*d.Spec.Replicas + 1) * p.connections
		}
	}
	for _, h := range c.all("HorizontalPodAutoscaler") {
		connections += (h.Spec.MaxReplicas + 1) * p.connections
		found := false
		for _, d := range c.all(h.Spec.ScaleTargetRef.Kind) {
			if d.Metadata.Name != h.Spec.ScaleTargetRef.Name {
				continue
			}
			found = true
			if d.Spec.Replicas != nil {
				r.add(d, "it has replicas, which each apply would set against %s", h.Metadata.Name)
			}
			if d.Spec.Template.Spec.Containers[0].Resources.Requests["cpu"] == "" {
				r.add(d, "it requests no cpu, in percent of which %s counts", h.Metadata.Name)
			}
		}
		if !found || h.Spec.MinReplicas < 2 {
			r.add(h, "it scales %s/%s from %d pods", h.Spec.ScaleTargetRef.Kind, h.Spec.ScaleTargetRef.Name, h.Spec.MinReplicas)
		}
	}
	if connections != p.connectionsInComment {
		*r = append(*r, fmt.Sprintf("all pods open up to %d connections to PostgreSQL, and scaling.yaml says %d", connections, p.connectionsInComment))
	}
}

// needs are the ports to which a process connects if it has a variable.
var needs = map[string]string{"ROSTER_DATABASE_URL_FILE": "TCP 5432", "ROSTER_NATS_URL_FILE": "TCP 4222", "ROSTER_OIDC_ISSUER": "TCP 443"}

// checkNetwork requires that each pod is denied everything, and allowed exactly the ports that it needs.
func (c cluster) checkNetwork(_ program, r *report) {
	for _, w := range c.workloads() {
		of := w.Spec.Template.Spec.Containers[0]
		want := map[string]bool{"to UDP 53": true, "to TCP 53": true}
		for variable := range c.environment(of) {
			if port := needs[variable]; port != "" {
				want["to "+port] = true
			}
		}
		for _, port := range of.Ports {
			want["from TCP "+port.Name] = true
		}
		if of.Args[0] == "serve" {
			want["to "+needs["ROSTER_OIDC_ISSUER"]] = true // the overlay names it
		}
		denied, got := false, map[string]bool{}
		for _, policy := range c.all("NetworkPolicy") {
			if !policy.Spec.PodSelector.matches(w.Spec.Template.Metadata.Labels) {
				continue
			}
			denied = denied || slices.Equal(policy.Spec.PolicyTypes, []string{"Ingress", "Egress"}) && len(policy.Spec.Ingress)+len(policy.Spec.Egress) == 0
			for direction, rules := range map[string][]rule{"from": policy.Spec.Ingress, "to": policy.Spec.Egress} {
				for _, rule := range rules {
					for _, port := range rule.Ports {
						got[fmt.Sprint(direction, " ", port.Protocol, " ", port.Port)] = true
					}
					if len(rule.Ports) == 0 {
						r.add(policy, "it allows every port")
					}
				}
			}
		}
		if !denied {
			r.add(w, "no policy denies its pods everything")
		}
		if !maps.Equal(got, want) {
			r.add(w, "policies allow %q, want %q", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
		}
	}
}

// checkPrograms requires that the program has each command, and a flag for each variable.
func (c cluster) checkPrograms(p program, r *report) {
	for _, w := range c.workloads() {
		of := w.Spec.Template.Spec.Containers[0]
		if len(of.Command) > 0 || len(of.Args) != 1 {
			r.add(w, "it runs %q %q, want one command of the image's program", of.Command, of.Args)
			continue
		}
		help := p.help(of.Args[0])
		if help == "" {
			r.add(w, "the program has no command %s", of.Args[0])
		}
		for _, from := range of.EnvFrom {
			if !slices.ContainsFunc(c.all("ConfigMap"), func(m manifest) bool { return m.Metadata.Name == from.ConfigMapRef.Name }) {
				r.add(w, "there is no map %s", from.ConfigMapRef.Name)
			}
		}
		for variable, value := range c.environment(of) {
			if !strings.Contains(help, "($"+variable+")") {
				r.add(w, "%s has no flag for %s", of.Args[0], variable)
			} else if !p.accepts(of.Args[0], variable, value) {
				r.add(w, "%s refuses %s=%s", of.Args[0], variable, value)
			}
			if strings.Contains(value, "@") || strings.Contains(strings.ToLower(variable), "password") {
				r.add(w, "%s may be a secret: read it from a file", variable)
			}
		}
	}
	for _, m := range c.all("Secret") {
		r.add(m, "a secret is in the manifests")
	}
}

// checkVolumes requires that each key of a secret is a file that a variable names, and the reverse, and that all is mounted.
func (c cluster) checkVolumes(p program, r *report) {
	for _, w := range c.workloads() {
		of, volumes := w.Spec.Template.Spec.Containers[0], w.Spec.Template.Spec.Volumes
		files := make(map[string]bool) // whether a variable names it
		for _, v := range volumes {
			mounted := ""
			for _, mount := range of.VolumeMounts {
				if mount.Name == v.Name {
					mounted = mount.MountPath
				}
			}
			switch {
			case mounted == "":
				r.add(w, "the volume %s is not mounted", v.Name)
			case v.EmptyDir != nil && (mounted != p.dataDir || v.EmptyDir.SizeLimit == ""):
				r.add(w, "%s is at %s, or has no limit; the image's data directory is %s", v.Name, mounted, p.dataDir)
			case v.Secret != nil && (len(v.Secret.Items) == 0 || v.Secret.DefaultMode != 0o440):
				r.add(w, "the secret of %s has no list of keys, or is not readable by the group alone", v.Name)
			case v.Secret != nil:
				for _, item := range v.Secret.Items {
					files[mounted+"/"+item.Path] = false
				}
			}
		}
		for _, mount := range of.VolumeMounts {
			if !slices.ContainsFunc(volumes, func(v volume) bool { return v.Name == mount.Name }) {
				r.add(w, "it mounts %s, which is no volume", mount.Name)
			}
		}
		for variable, value := range c.environment(of) {
			if !strings.HasPrefix(value, "/") {
				continue
			}
			if _, ok := files[value]; !ok {
				r.add(w, "%s names %s, which no secret has", variable, value)
			}
			files[value] = true
		}
		for file, named := range files {
			if !named {
				r.add(w, "no variable names %s", file)
			}
		}
	}
}

func (c cluster) checkConfinement(p program, r *report) {
	no := func(b *bool) bool { return b != nil && !*b }
	for _, a := range c.all("ServiceAccount") {
		if !no(a.AutomountServiceAccountToken) {
			r.add(a, "its pods get a token")
		}
	}
	for _, w := range c.workloads() {
		s := w.Spec.Template.Spec
		if user := fmt.Sprintf("%d:%d", s.SecurityContext.RunAsUser, s.SecurityContext.RunAsGroup); user != p.user || !s.SecurityContext.RunAsNonRoot {
			r.add(w, "it runs as %s, and the image as %s", user, p.user)
		}
		if s.SecurityContext.SeccompProfile.Type != "RuntimeDefault" {
			r.add(w, "it may make any system call")
		}
		if !no(s.AutomountServiceAccountToken) || len(c.all("ServiceAccount")) != 1 || s.ServiceAccountName != c.all("ServiceAccount")[0].Metadata.Name {
			r.add(w, "it gets a token, or another account")
		}
		if !no(s.EnableServiceLinks) {
			r.add(w, "it gets variables of the services, which look like the program's")
		}
		if len(s.Containers) != 1 {
			r.add(w, "it has %d containers", len(s.Containers))
		}
		confined := s.Containers[0].SecurityContext
		if !confined.ReadOnlyRootFilesystem || !no(confined.AllowPrivilegeEscalation) || !slices.Equal(confined.Capabilities.Drop, []string{"ALL"}) {
			r.add(w, "its root file system, privileges or capabilities are not confined")
		}
		for _, limit := range []string{"memory", "ephemeral-storage"} {
			if s.Containers[0].Resources.Limits[limit] == "" || s.Containers[0].Resources.Requests[limit] == "" {
				r.add(w, "it has no request or no limit of %s", limit)
			}
		}
	}
}

// checkTimes compares the times that Kubernetes waits with those that the program takes.
func (c cluster) checkTimes(p program, r *report) {
	for _, d := range c.all("Deployment") {
		s := d.Spec.Template.Spec
		most := s.Containers[0].Lifecycle.PreStop.Sleep.Seconds + p.seconds["attemptTimeout"] + p.seconds["flushTimeout"]
		if probe := s.Containers[0].ReadinessProbe; probe != nil {
			most += p.seconds["grace"]
			if s.Containers[0].Lifecycle.PreStop.Sleep.Seconds == 0 {
				r.add(d, "its pods end while proxies still send requests")
			}
			if probe.TimeoutSeconds <= p.seconds["checkTimeout"] {
				r.add(d, "its readiness probe waits %d seconds, and the program takes up to %d", probe.TimeoutSeconds, p.seconds["checkTimeout"])
			}
		}
		if s.TerminationGracePeriodSeconds <= most {
			r.add(d, "its pods are killed after %d seconds, and the program takes up to %d", s.TerminationGracePeriodSeconds, most)
		}
	}
}
