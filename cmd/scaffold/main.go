// Command scaffold makes a new service from this one, and adds use cases to a service.
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
	scaffold := &cobra.Command{Use: "scaffold", Short: "Make a new service, or add a use case to one.", SilenceErrors: true, SilenceUsage: true}
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
		Use: "new MODULE [DIR]", Short: "Make a new service from this one.", Args: cobra.RangeArgs(1, 2),
		Long: "Make a new service from this one.\n\nMODULE is its module path, such as example.com/team/booking. The last part is the service's name.\n" +
			"DIR is a folder that is missing or empty. By default, it has the service's name.",
		RunE: func(_ *cobra.Command, args []string) error {
			n.Module = args[0]
			if len(args) > 1 {
				n.Dir = args[1]
			}
			return n.Run(os.Stdout)
		},
	}
	f := c.Flags()
	f.StringToStringVar(&n.Words, "words", nil, "Replace words by those of your own field, `OLD=NEW,...`, such as course=flight,learner=passenger,\n"+
		"enroll=book,enrollment=booking. Separate irregular forms by slashes: learner=person/people,\nenroll=take/takes/took/taking/taken.")
	f.Lookup("words").DefValue = "" // instead of []
	f.StringSliceVar(&n.Without, "without", nil, "Leave out each `PART,...` with its wiring, configuration, tests and documents:\npostgres, nats, partner, oidc, telemetry, importer, schedule, unversioned, deploy, record.")
	f.BoolVar(&n.Bare, "bare", false, "Make only the layers, their wiring and one small use case, named by --usecase: no courses, and none of the parts.")
	f.StringVar(&n.Usecase, "usecase", "note", "With --bare, set the `NAME` of its use case, a noun such as note or room-booking.")
	f.BoolVar(&n.Git, "git", false, "Make a git repository, even inside of one.")
	f.BoolVar(&n.NoGit, "no-git", false, "Make no git repository. By default, there is one unless DIR is in a repository that does not ignore it.")
	c.MarkFlagsMutuallyExclusive("git", "no-git")
	f.BoolVar(&n.DryRun, "dry-run", false, "Print what would be written, and write nothing.")
	return c
}

func newUsecase() *cobra.Command {
	var u usecase.Command
	c := &cobra.Command{
		Use: "usecase NAME", Short: "Add a use case to the service in this folder.", Args: cobra.ExactArgs(1),
		Long: "Add a use case to the service in this folder. Run it in the root of the service.\n\n" +
			"NAME is a noun such as note, room-booking or RoomBooking.",
		RunE: func(_ *cobra.Command, args []string) error {
			u.Name = args[0]
			return u.Run(os.Stdout)
		},
	}
	c.Flags().StringVar(&u.Verb, "verb", "put", "Set the `VERB` of its command, such as reserve.")
	c.Flags().BoolVar(&u.DryRun, "dry-run", false, "Print what would be changed, and change nothing.")
	return c
}
