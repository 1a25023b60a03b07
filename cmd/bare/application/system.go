package application

import "time"

// This is the only file of the core that uses the machine, so that embedding the core takes no options and no dependency.

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }
