// Command scaffold makes a new service from this one, and adds use cases to a service. It takes changes of the template over into a
// service.
//
//	go run ./cmd/scaffold new example.com/team/booking ../booking
//	go run ./cmd/scaffold update ../booking
//	go run ./cmd/scaffold usecase note
//	go run ./cmd/scaffold usecase note --command archive
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"example.com/roster/cmd/scaffold/create"
	"example.com/roster/cmd/scaffold/internal/program"
	"example.com/roster/cmd/scaffold/merge"
	"example.com/roster/cmd/scaffold/usecase"
)

func main() {
	scaffold := &cobra.Command{Use: "scaffold", Short: "Make a new service, or add a use case to one.", SilenceErrors: true, SilenceUsage: true}
	scaffold.AddCommand(
		newService(),
		newUsecase(),
		newUpdate(),
		newPart("with", "Add a part to a service that was made without it.", func(c *merge.Change, part string) { c.With = part }),
		newPart("without", "Leave a part out of a service, with its wiring, configuration, tests and documents.",
			func(c *merge.Change, part string) { c.Without = part }),
	)
	program.EndAtInterrupt()
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
		"enroll=book,enrollment=booking. A noun may have several words, as course=hospital-bed. Separate irregular forms by slashes:\n"+
		"enroll=take/takes/took/taking/taken.")
	f.StringToStringVar(&n.Plurals, "plural", nil, "Set plurals of new nouns, `NEW=PLURAL,...`, such as staff=staff-members. They become URLs.")
	f.Lookup("words").DefValue, f.Lookup("plural").DefValue = "", "" // instead of []
	f.StringSliceVar(&n.Without, "without", nil, "Leave out each `PART,...` with its wiring, configuration, tests and documents:\n"+strings.Join(create.Parts, ", ")+".")
	f.BoolVar(&n.Bare, "bare", false, "Make only the layers, their wiring and one small use case, named by --usecase: no courses, and none of the parts.")
	f.StringVar(&n.Usecase, "usecase", "", "With --bare, set the `NAME` of its use case, a noun such as room-booking. By default, it is note.")
	f.BoolVar(&n.Learn, "with-learn", false, "Add the exercises of cmd/learn, and the programs that they run.")
	f.BoolVar(&n.Git, "git", false, "Make a git repository, even inside of one.")
	f.BoolVar(&n.NoGit, "no-git", false, "Make no git repository. By default, there is one unless DIR is in a repository that does not ignore it.")
	c.MarkFlagsMutuallyExclusive("git", "no-git")
	f.BoolVar(&n.DryRun, "dry-run", false, "Print what would be written, and write nothing.")
	return c
}

func newUsecase() *cobra.Command {
	var u usecase.Command
	c := &cobra.Command{
		Use: "usecase NAME", Short: "Add a use case to the service in this folder, or a command to one.", Args: cobra.ExactArgs(1),
		Long: "Add a use case to the service in this folder: a simple record, with a command that changes it and a query.\n" +
			"With --command, add a further command to one. Run it in the root of the service.\n\n" +
			"NAME is a noun such as note, room-booking or RoomBooking.",
		RunE: func(_ *cobra.Command, args []string) error {
			u.Name = args[0]
			return u.Run(os.Stdout)
		},
	}
	c.Flags().StringVar(&u.Verb, "verb", "put", "Set the `VERB` of its first command, such as reserve.")
	c.Flags().StringVar(&u.Plural, "plural", "", "Set the plural of NAME to `NAMES`, which becomes a URL, such as staff-members.")
	c.Flags().StringVar(&u.Further, "command", "", "Add a command to an earlier use case NAME: a `VERB` such as archive.")
	c.MarkFlagsMutuallyExclusive("verb", "command")
	c.Flags().BoolVar(&u.DryRun, "dry-run", false, "Print what would be changed, and change nothing.")
	return c
}

// newChange returns a command that merges. Its last argument is the folder of the service.
func newChange(use, short string, arguments cobra.PositionalArgs, set func(c *merge.Change, args []string)) *cobra.Command {
	change := &merge.Change{Source: create.Source}
	c := &cobra.Command{
		Use: use, Short: short, Args: arguments,
		Long: short + "\n\nIt makes the service of DIR twice, as it was made and as it is to be, and merges the difference into what you have made of it.\n" +
			"Commit everything first. If you and the template have changed the same lines, there are conflicts, as in any merge of git.",
		RunE: func(_ *cobra.Command, args []string) error {
			set(change, args)
			return change.Run(os.Stdout)
		},
	}
	f := c.Flags()
	f.StringVar(&change.Template, "template", "", "Take the template from this git repository, a `PATH or URL`. By default, it is the URL that was given the last time,\n"+
		"or the repository that this program is of.")
	f.StringVar(&change.From, "from", "", "Set the `REV` of the template that the service was made from. By default, it is the one in .scaffold.json.")
	f.BoolVar(&change.DryRun, "dry-run", false, "Print what would be changed, and change nothing.")
	return c
}

func newUpdate() *cobra.Command {
	var to string
	c := newChange("update [DIR]", "Take a later version of the template over into a service.", cobra.MaximumNArgs(1), func(c *merge.Change, args []string) {
		c.To, c.Dir = to, strings.Join(args, "")
	})
	c.Flags().StringVar(&to, "to", "", "Set the `REV` of the template to take over. By default, it is the latest: HEAD of its repository.")
	return c
}

// newPart returns a command about a part of a service.
func newPart(verb, short string, set func(c *merge.Change, part string)) *cobra.Command {
	return newChange(verb+" PART [DIR]", short, cobra.RangeArgs(1, 2), func(c *merge.Change, args []string) {
		set(c, args[0])
		c.Dir = strings.Join(args[1:], "")
	})
}
