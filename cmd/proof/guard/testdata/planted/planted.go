// Package planted has faults that gosec must find.
package planted

import (
	"crypto/md5"
	"crypto/tls"
	"os/exec"
)

// Faults are three: a weak digest, a certificate that is not verified, and a shell that runs an argument.
func Faults(argument string) (any, any, any) {
	return md5.New(), &tls.Config{InsecureSkipVerify: true}, exec.Command("sh", "-c", argument)
}
