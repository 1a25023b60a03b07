// Package lines is an entry point: it reads commands from a text, such as the standard input, one a line.
package lines

import (
	"context"
	"io"

	"example.com/roster/ports"
)

// Run submits the commands of in to the core, in order, and writes an answer to each, with the number of its line:
//
//	1: enrolled
//	2: waitlisted, position 1
//	3: withdrawn
//	4: malformed: want "enroll COURSE LEARNER" or "withdraw COURSE LEARNER"
//	5: course_closed: the course takes no one at the moment
//
// The last form has the kind of the error, and words for a person. No line ends the run. It ends with in, with ctx, or if it
// can't read or write; unless in has ended, Run returns the reason.
func Run(ctx context.Context, core ports.Commands, by ports.Actor, in io.Reader, out io.Writer) error {
	return nil
}
