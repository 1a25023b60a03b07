package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
)

// An address is one that serve listens on.
type address struct {
	flag, variable string // how serve and the environment name it
	hostPort       string
	other          string // an example of another one
}

// available returns an error if serve could not listen on all addresses. serve itself reports that only after the sample is loaded.
func available(ctx context.Context, addresses []address) error {
	var failures []error
	var others []string
	for _, a := range addresses {
		if a.hostPort == "off" {
			continue
		}
		listener, err := new(net.ListenConfig).Listen(ctx, "tcp", a.hostPort)
		if err != nil {
			failures = append(failures, err)
			others = append(others, a.variable+"="+a.other)
			continue
		}
		_ = listener.Close()
	}
	if failures == nil {
		return nil
	}
	return fmt.Errorf("%w\nstop the process that listens there, or choose another address, for example: %s make run",
		errors.Join(failures...), strings.Join(others, " "))
}
