package create

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
)

// locate returns the folder that the program's source is in, and its version. Run within a checkout that is the checkout; run by
// version, as `go run example.com/roster/cmd/scaffold@VERSION`, it is what Go has downloaded to build the program.
func locate() (dir, version string, err error) {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Path != template {
		return "", "", errors.New("the program does not know what it was built from")
	}
	version = info.Main.Version
	if here, err := goList("list", "-m", "-json"); err == nil && here.Path == template {
		return here.Dir, version, nil
	}
	if version == "" || strings.HasPrefix(version, "(") || strings.Contains(version, "+dirty") {
		return "", "", fmt.Errorf("run it where its source is, or as: go run %s/cmd/scaffold@VERSION", template)
	}
	there, err := goList("mod", "download", "-json", template+"@"+version)
	if err != nil {
		return "", "", fmt.Errorf("find the source of %s@%s: %w", template, version, err)
	}
	return there.Dir, version, nil
}

// A listed module is what go tells of one.
type listed struct{ Path, Dir, Error string }

func goList(args ...string) (m listed, err error) {
	command := exec.Command("go", args...)
	command.Env = append(os.Environ(), "GOWORK=off")
	output, err := command.Output()
	if err == nil || len(output) > 0 {
		err = errors.Join(err, json.Unmarshal(output, &m))
	}
	if m.Error != "" {
		err = errors.New(m.Error)
	}
	return m, err
}
