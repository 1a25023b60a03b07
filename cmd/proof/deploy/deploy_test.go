package deploy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestBase(t *testing.T) {
	t.Parallel()
	files, maps := readBase(t)
	if on, err := filepath.Glob(base + "*.yaml"); err != nil || len(on) != len(files)+1 {
		t.Errorf("the folder has %q, and kustomization.yaml lists %d: %v", on, len(files), err)
	}
	p := readProgram(t)
	if wrong := checkFiles(t, files, maps, p); wrong != nil {
		t.Errorf("%s", strings.Join(wrong, "\n"))
	}
	for _, lie := range lies {
		t.Run(lie.says, func(t *testing.T) { lie.require(t, files, maps, p) })
	}
}

// make deploy-check has kustomize build the base and the overlay into a folder.
func TestBuilt(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("ROSTER_BUILT_MANIFESTS")
	if dir == "" {
		t.Skip("NOT RUN in the short form: make deploy-check builds the manifests")
	}
	p := readProgram(t)
	names, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil || len(names) < 2 {
		t.Fatalf("%s has %q: %v", dir, names, err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if wrong := checkFiles(t, map[string]string{name: string(text)}, nil, p); wrong != nil {
			t.Errorf("%s:\n%s", filepath.Base(name), strings.Join(wrong, "\n"))
		}
	}
}

func checkFiles(t *testing.T, files map[string]string, maps cluster, p program) report {
	t.Helper()
	c := append(cluster{}, maps...)
	for name, text := range files {
		if err := c.decode([]byte(text)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	return c.check(p)
}

// A lie is a change of a file that would apply, and would not work. The checks have to find it.
type lie struct{ file, old, new, says string }

var lies = []lie{
	{"serve.yaml", "labels: {app.kubernetes.io/name: roster, app.kubernetes.io/component: serve}\n    spec:", "labels: {app.kubernetes.io/name: roster, app.kubernetes.io/component: server}\n    spec:", "its selector does not match its pods"},
	{"service.yaml", "component: serve}\n  ports", "component: web}\n  ports", "its selector selects the pods of 0 workloads"},
	{"disruption.yaml", "matchLabels: {app.kubernetes.io/name: roster, app.kubernetes.io/component: worker}", "matchLabels: {app.kubernetes.io/name: roster}", "its selector selects the pods of 3 workloads"},
	{"service.yaml", "targetPort: http", "targetPort: web", `no container has the port "web"`},
	{"serve.yaml", "containerPort: 8080", "containerPort: 8090", "it has the port 8090, and the program listens on"},
	{"serve.yaml", "readinessProbe:\n            httpGet: {path: /readyz, port: http}", "readinessProbe:\n            httpGet: {path: /readyz, port: web}", `its readiness probe asks at the port "web"`},
	{"serve.yaml", "readinessProbe:\n            httpGet: {path: /readyz", "readinessProbe:\n            httpGet: {path: /ready", `"/ready", which the program does not answer`},
	{"serve.yaml", "livenessProbe:\n            httpGet: {path: /healthz", "livenessProbe:\n            httpGet: {path: /readyz", `its liveness probe asks for "/readyz", want "/healthz"`},
	{"serve.yaml", "startupProbe:", "startProbe:", "it has no startup probe"},
	{"serve.yaml", "maxUnavailable: 0", "maxUnavailable: 1", "an upgrade stops a pod before its successor is ready"},
	{"serve.yaml", "  # No replicas:", "  replicas: 2\n  # No replicas:", "it has replicas, which each apply would set"},
	{"serve.yaml", "requests: {cpu: 250m, ", "requests: {", "it requests no cpu"},
	{"scaling.yaml", "kind: Deployment, name: roster-serve", "kind: Deployment, name: roster", "it scales Deployment/roster from"},
	{"scaling.yaml", "maxReplicas: 4", "maxReplicas: 5", "all pods open up to 378 connections"},
	{"network.yaml", "policyTypes: [Ingress, Egress]", "policyTypes: [Ingress]", "no policy denies its pods everything"},
	{"network.yaml", "port: 4222", "port: 4223", `"to TCP 4223"`},
	{"network.yaml", "port: http", "port: 8081", `"from TCP 8081"`},
	{"network.yaml", "values: [serve, worker]", "values: [serve, worker, migrate]", "job/roster-migrate: policies allow"},
	{"network.yaml", "      ports: [{protocol: TCP, port: 443}]\n", "", "it allows every port"},
	{"worker.yaml", "args: [worker]", "args: [work]", "the program has no command work"},
	{"worker.yaml", "args: [worker]", "args: [worker, --log-level=debug]", "want one command of the image's program"},
	{"worker.yaml", "ROSTER_DATABASE_URL_FILE", "ROSTER_DATABASE_FILE", "worker has no flag for ROSTER_DATABASE_FILE"},
	{"worker.yaml", "configMapRef: {name: roster}", "configMapRef: {name: roster-serve}", "worker has no flag for ROSTER_ADDR"},
	{"worker.yaml", "configMapRef: {name: roster}", "configMapRef: {name: roster-worker}", "there is no map roster-worker"},
	{"worker.yaml", "{name: ROSTER_NATS_URL_FILE, value: /secrets/nats/nats-url}", "{name: ROSTER_NATS_URL, value: 'nats://me:secret@nats:4222'}", "ROSTER_NATS_URL may be a secret"},
	{"worker.yaml", "{name: ROSTER_NATS_URL_FILE,", "{name: ROSTER_LOG_LEVEL, value: loud}\n            - {name: ROSTER_NATS_URL_FILE,", "worker refuses ROSTER_LOG_LEVEL=loud"},
	{"account.yaml", "kind: ServiceAccount", "kind: Secret", "a secret is in the manifests"},
	{"worker.yaml", "{key: nats-url, path: nats-url}", "{key: nats-url, path: url}", "ROSTER_NATS_URL_FILE names /secrets/nats/nats-url, which no secret has"},
	{"worker.yaml", "{key: nats-url, path: nats-url}", "{key: nats-url, path: nats-url}, {key: ca.crt, path: ca.crt}", "no variable names /secrets/nats/ca.crt"},
	{"worker.yaml", "            - {name: nats, mountPath: /secrets/nats, readOnly: true}\n", "", "the volume nats is not mounted"},
	{"worker.yaml", "            - {name: nats, mountPath: /secrets/nats, readOnly: true}\n", "            - {name: broker, mountPath: /secrets/nats}\n", "it mounts broker, which is no volume"},
	{"worker.yaml", "mountPath: /data", "mountPath: /var/data", "data is at /var/data"},
	{"migrate.yaml", "defaultMode: 0440", "defaultMode: 0444", "not readable by the group alone"},
	{"account.yaml", "Token: false", "Token: true", "its pods get a token"},
	{"migrate.yaml", "runAsUser: 65532", "runAsUser: 1000", "it runs as 1000:65532"},
	{"migrate.yaml", "RuntimeDefault", "Unconfined", "it may make any system call"},
	{"migrate.yaml", "serviceAccountName: roster", "serviceAccountName: default", "it gets a token, or another account"},
	{"migrate.yaml", "      enableServiceLinks: false\n", "", "it gets variables of the services"},
	{"migrate.yaml", "drop: [ALL]", "drop: []", "are not confined"},
	{"migrate.yaml", "limits: {memory: 256Mi, ", "limits: {", "no limit of memory"},
	{"serve.yaml", "terminationGracePeriodSeconds: 60", "terminationGracePeriodSeconds: 30", "its pods are killed after 30 seconds, and the program takes up to"},
	{"serve.yaml", "timeoutSeconds: 6", "timeoutSeconds: 1", "its readiness probe waits 1 seconds"},
	{"serve.yaml", "sleep: {seconds: 5}", "sleep: {seconds: 0}", "its pods end while proxies still send requests"},
}

func (l lie) require(t *testing.T, files map[string]string, maps cluster, p program) {
	changed := make(map[string]string)
	for name, text := range files {
		changed[name] = text
	}
	if !strings.Contains(changed[l.file], l.old) {
		t.Fatalf("%s has no %s", l.file, l.old)
	}
	changed[l.file] = strings.ReplaceAll(changed[l.file], l.old, l.new)
	if wrong := strings.Join(checkFiles(t, changed, maps, p), "\n"); !strings.Contains(wrong, l.says) {
		t.Errorf("reported %s", wrong)
	}
}
