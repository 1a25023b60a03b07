// Command learn has exercises about this architecture that check themselves. It needs Go alone.
//
//	go run ./cmd/learn            the page
//	go run ./cmd/learn list
//	go run ./cmd/learn start 1
//	go run ./cmd/learn check 1
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"example.com/roster/cmd/learn/exercise"
	"example.com/roster/cmd/learn/impact"
)

// Exit codes, as the service has them.
const (
	failed   = 1 // a check does not pass, or something unexpected happened
	wrongUse = 2
)

// A usageError is wrong with an argument, and found by a command that has begun.
type usageError struct{ error }

// errNotYet is the result of a check that does not pass. It has been explained already.
var errNotYet = errors.New("not yet")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := execute(ctx, command())
	stop()
	os.Exit(code)
}

// execute runs a command, prints its error, and returns the exit code.
func execute(ctx context.Context, c *cobra.Command) int {
	begun := false // after flags and arguments were read
	c.PersistentPreRun = func(*cobra.Command, []string) { begun = true }
	err := c.ExecuteContext(ctx)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errNotYet):
		return failed
	}
	fmt.Fprintln(c.ErrOrStderr(), "learn:", err)
	_, usage := errors.AsType[usageError](err)
	if !begun || usage || errors.Is(err, exercise.ErrUnknown) || errors.Is(err, impact.ErrUnknown) {
		return wrongUse
	}
	return failed
}

func command() *cobra.Command {
	learn := &cobra.Command{
		Use: "learn", Short: "Learn this architecture by exercises that check themselves.",
		Long: "Learn this architecture by exercises that check themselves.\n\n" +
			"Each exercise gets a working copy in a folder of yours; the checkout never changes. Start with:\n\n  go run ./cmd/learn list\n  go run ./cmd/learn start 1\n\nWithout a command, it serves the page until Ctrl-C.",
		SilenceErrors: true, SilenceUsage: true, Args: cobra.NoArgs,
	}
	dir := learn.PersistentFlags().String("dir", os.Getenv("ROSTER_LEARN_DIR"), "Keep working copies and progress in this `FOLDER` (ROSTER_LEARN_DIR; default: roster-learn in your home folder).")
	open := func() (exercise.Workshop, error) {
		checkout, err := findCheckout()
		if err != nil {
			return exercise.Workshop{}, err
		}
		folder := *dir
		if folder == "" {
			home, err := os.UserHomeDir()
			if err != nil {
				return exercise.Workshop{}, fmt.Errorf("%w: give a folder by --dir", err)
			}
			folder = filepath.Join(home, "roster-learn")
		}
		folder, err = filepath.Abs(folder)
		return exercise.Workshop{Checkout: checkout, Dir: folder}, err
	}
	server := serve(open)
	learn.Flags().AddFlagSet(server.Flags())
	learn.RunE = server.RunE
	learn.AddCommand(server, list(open), start(open), check(open), hint(open), reset(open), solution(open), progress(open), costs(open))
	return learn
}

// findCheckout returns the nearest folder from here upward that has exercises.
func findCheckout() (string, error) {
	here, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir := here; ; dir = filepath.Dir(dir) {
		if _, err := fs.Stat(os.DirFS(dir), exercise.Folder); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("%s is missing: run this in a checkout of the repository (a working copy has no exercises)", exercise.Folder)
		}
	}
}
