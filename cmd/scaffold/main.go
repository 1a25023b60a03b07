// Command scaffold makes a new service of this one, and gives a service its next use case.
//
//	go run ./cmd/scaffold new example.com/team/booking ../booking
//	go run ./cmd/scaffold usecase note
package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"example.com/roster/cmd/scaffold/create"
	"example.com/roster/cmd/scaffold/usecase"
)

func main() {
	scaffold := &cobra.Command{Use: "scaffold", Short: "Make a new service, and its next use case.", SilenceErrors: true, SilenceUsage: true}
	scaffold.AddCommand(
		newService(),
		newUsecase(),
	)
	if err := scaffold.Execute(); err != nil {
		fmt.Fprintln(os.Stderr, "scaffold:", err)
		os.Exit(1)
	}
}

func newService() *cobra.Command {
	var n create.New
	c := &cobra.Command{
		Use: "new MODULE [DIR]", Short: "Make a new service of this one.", Args: cobra.RangeArgs(1, 2),
		Long: "Make a new service of this one.\n\nMODULE is its module path, as example.com/team/booking; what it ends in is the service's name.\n" +
			"DIR is where it is to be: a folder that is not there yet, or empty. If not given: called as the service.",
		RunE: func(_ *cobra.Command, args []string) error {
			n.Module = args[0]
			if len(args) > 1 {
				n.Dir = args[1]
			}
			return n.Run(os.Stdout)
		},
	}
	f := c.Flags()
	f.StringToStringVar(&n.Words, "words", nil, "Put the words of your own field for those of this one, `OLD=NEW,...`, as course=flight,learner=passenger,\n"+
		"enroll=book,enrollment=booking. Forms that are no rule's stand between slashes: learner=person/people,\nenroll=take/takes/took/taking/taken.")
	f.Lookup("words").DefValue = "" // none, and not []
	f.StringSliceVar(&n.Without, "without", nil, "Leave out each `PART,...` with its wiring, configuration, tests and documents:\npostgres, nats, partner, oidc, telemetry.")
	f.BoolVar(&n.Bare, "bare", false, "Make only the rooms, their wiring and one small use case, named by --usecase: no courses, none of the parts.")
	f.StringVar(&n.Usecase, "usecase", "note", "With --bare: the `NAME` of what its use case is about, a noun such as note or room-booking.")
	f.BoolVar(&n.DryRun, "dry-run", false, "Tell what would be done, and do nothing.")
	return c
}

func newUsecase() *cobra.Command {
	var u usecase.Command
	c := &cobra.Command{
		Use: "usecase NAME", Short: "Add a use case to the service in whose root this is run.", Args: cobra.ExactArgs(1),
		Long: "Add a use case to the service in whose root this is run.\n\n" +
			"NAME is what it is about, a noun such as note, room-booking or RoomBooking.",
		RunE: func(_ *cobra.Command, args []string) error {
			u.Name = args[0]
			return u.Run(os.Stdout)
		},
	}
	c.Flags().StringVar(&u.Verb, "verb", "put", "Have it do `VERB` to it, such as reserve.")
	c.Flags().BoolVar(&u.DryRun, "dry-run", false, "Print what would be done, and do nothing.")
	return c
}
