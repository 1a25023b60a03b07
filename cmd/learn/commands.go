package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"example.com/roster/cmd/learn/exercise"
)

// An opener finds the checkout and the learner's folder.
type opener func() (exercise.Workshop, error)

// about makes a command about one exercise, whose number is its argument.
func about(open opener, use, short string, run func(c *cobra.Command, w exercise.Workshop, e *exercise.Exercise) error) *cobra.Command {
	return &cobra.Command{
		Use: use + " N", Short: short, Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			n, err := strconv.Atoi(args[0])
			if err != nil {
				return usageError{fmt.Errorf("N must be the number of an exercise, got %q: see them by list", args[0])}
			}
			w, err := open()
			if err != nil {
				return err
			}
			e, err := w.Find(n)
			if err != nil {
				return err
			}
			err = run(c, w, e)
			if errors.Is(err, exercise.ErrNotStarted) {
				return fmt.Errorf("exercise %d is not started: start it by start %d", n, n)
			}
			return err
		},
	}
}

func list(open opener) *cobra.Command {
	c := &cobra.Command{Use: "list", Short: "List the exercises, and which are done.", Args: cobra.NoArgs}
	asJSON := c.Flags().Bool("json", false, "Print an array of JSON objects.")
	c.RunE = func(c *cobra.Command, _ []string) error {
		w, err := open()
		if err != nil {
			return err
		}
		exercises, progress, err := all(w)
		if err != nil {
			return err
		}
		type row struct {
			N       int    `json:"n"`
			Chapter string `json:"chapter"`
			Title   string `json:"title"`
			Done    bool   `json:"done"`
		}
		rows, chapter, out := make([]row, 0, len(exercises)), "", c.OutOrStdout()
		for i, e := range exercises {
			rows = append(rows, row{e.N, e.Chapter, e.Title, !progress[i].Done.IsZero()})
		}
		if *asJSON {
			return json.NewEncoder(out).Encode(rows)
		}
		for _, r := range rows {
			if r.Chapter != chapter {
				chapter = r.Chapter
				fmt.Fprintf(out, "\n%s. %s\n", chapter, exercise.Chapters[chapter])
			}
			done := " "
			if r.Done {
				done = mark(true)
			}
			fmt.Fprintf(out, "%s %2d  %s\n", done, r.N, r.Title)
		}
		return nil
	}
	return c
}

func progress(open opener) *cobra.Command {
	c := &cobra.Command{Use: "progress", Short: "Show what was started, tried and done.", Args: cobra.NoArgs}
	asJSON := c.Flags().Bool("json", false, "Print an array of JSON objects, for a teacher to collect.")
	c.RunE = func(c *cobra.Command, _ []string) error {
		w, err := open()
		if err != nil {
			return err
		}
		_, progress, err := all(w)
		if err != nil {
			return err
		}
		out := c.OutOrStdout()
		if *asJSON {
			return json.NewEncoder(out).Encode(progress)
		}
		done := 0
		for _, p := range progress {
			if !p.Done.IsZero() {
				done++
			}
			if !p.Started.IsZero() {
				fmt.Fprintf(out, "%2d  %-52s checks %d, hints %d%s\n", p.N, p.Title, p.Checks, p.Hints, ended(p))
			}
		}
		fmt.Fprintf(out, "%d of %d exercises done\n", done, len(progress))
		return nil
	}
	return c
}

func ended(p exercise.Progress) string {
	switch {
	case p.Done.IsZero() && p.SolutionSeen:
		return ", solution seen"
	case p.Done.IsZero():
		return ""
	case p.SolutionSeen:
		return ", done (solution seen)"
	}
	return ", done"
}

func all(w exercise.Workshop) ([]*exercise.Exercise, []exercise.Progress, error) {
	exercises, err := exercise.Load(os.DirFS(w.Checkout))
	if err != nil {
		return nil, nil, err
	}
	progress, err := w.Progress(exercises)
	return exercises, progress, err
}

func start(open opener) *cobra.Command {
	return about(open, "start", "Make the working copy of an exercise, and say what to do.", func(c *cobra.Command, w exercise.Workshop, e *exercise.Exercise) error {
		out := c.OutOrStdout()
		err := w.Start(e)
		if err != nil && !errors.Is(err, exercise.ErrStarted) {
			return err
		}
		fmt.Fprintf(out, "# %d. %s\n\n%s\n\n%s\n\n", e.N, e.Title, e.Goal, e.Task)
		if err != nil {
			fmt.Fprintf(out, "It is started already: your working copy stays as it is. To start again, saving your work: reset %d\n", e.N)
		}
		fmt.Fprintf(out, "Working copy: %s\n", w.Copy(e))
		for _, file := range e.Files {
			fmt.Fprintf(out, "Change:       %s\n", filepath.Join(w.Copy(e), filepath.FromSlash(file)))
		}
		fmt.Fprintf(out, "Then:         go run ./cmd/learn check %d\n", e.N)
		return nil
	})
}

func check(open opener) *cobra.Command {
	return about(open, "check", "Check an exercise: exit code 0 if it is done, 1 if not yet.", func(c *cobra.Command, w exercise.Workshop, e *exercise.Exercise) error {
		results, err := w.Check(c.Context(), e)
		if err != nil {
			return err
		}
		out := c.OutOrStdout()
		report(out, results)
		if !exercise.Done(results) {
			fmt.Fprintf(out, "\nNot yet. Another look may help: hint %d\n", e.N)
			return errNotYet
		}
		fmt.Fprintf(out, "\nDone. What it taught:\n\n%s\n", e.Taught)
		return nil
	})
}

func report(out io.Writer, results []exercise.Result) {
	for _, r := range results {
		fmt.Fprintln(out, mark(r.OK), r.Says)
		if r.Detail != "" {
			fmt.Fprintln(out, indent(r.Detail))
		}
	}
}

func mark(ok bool) string {
	if ok {
		return "✓"
	}
	return "✗"
}

func hint(open opener) *cobra.Command {
	return about(open, "hint", "Show the next of three hints.", func(c *cobra.Command, w exercise.Workshop, e *exercise.Exercise) error {
		text, number, err := w.Hint(e)
		if err != nil {
			return err
		}
		out := c.OutOrStdout()
		fmt.Fprintf(out, "Hint %d of %d\n\n%s\n", number, len(e.Hints), text)
		if number == len(e.Hints) {
			fmt.Fprintf(out, "\nThat was the last one. See a solution by: solution %d\n", e.N)
		}
		return nil
	})
}

func reset(open opener) *cobra.Command {
	return about(open, "reset", "Make the working copy again, and save what was changed.", func(c *cobra.Command, w exercise.Workshop, e *exercise.Exercise) error {
		saved, err := w.Reset(e)
		if err != nil {
			return err
		}
		sayWhatIsNew(c.OutOrStdout(), w, e, saved)
		return nil
	})
}

func sayWhatIsNew(out io.Writer, w exercise.Workshop, e *exercise.Exercise, saved string) {
	if saved != "" {
		fmt.Fprintf(out, "Your changes are saved in %s\n", saved)
	}
	fmt.Fprintf(out, "The working copy is new: %s\n", w.Copy(e))
}

func solution(open opener) *cobra.Command {
	var apply bool
	c := about(open, "solution", "Show a solution, as a patch of the starting state.", func(c *cobra.Command, w exercise.Workshop, e *exercise.Exercise) error {
		text, err := w.Solution(e)
		if err != nil {
			return err
		}
		out := c.OutOrStdout()
		if !apply {
			fmt.Fprint(out, text)
			return nil
		}
		saved, err := w.Apply(e, "solution.patch")
		if err != nil {
			return err
		}
		sayWhatIsNew(out, w, e, saved)
		fmt.Fprintf(out, "It has the solution. See what it taught by: check %d\n", e.N)
		return nil
	})
	c.Flags().BoolVar(&apply, "apply", false, "Write it into the working copy. Your changes are saved.")
	return c
}

func indent(text string) string { return "    " + strings.ReplaceAll(text, "\n", "\n    ") }
