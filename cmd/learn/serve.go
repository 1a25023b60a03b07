package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"example.com/roster/cmd/learn/exercise"
	"example.com/roster/cmd/learn/page"
)

// serve makes the command with the page, which is also what learn does without a command.
func serve(open opener) *cobra.Command {
	c := &cobra.Command{Use: "serve", Short: "Serve the page: exercises, the hexagon at work, the last seat.", Args: cobra.NoArgs}
	addr := c.Flags().String("addr", "127.0.0.1:8083", "Listen on this `HOST:PORT` of the loopback. Port 0 is a free one.")
	c.RunE = func(c *cobra.Command, _ []string) error {
		w, err := open()
		if err != nil {
			return err
		}
		return page.New(w.Checkout, onPage{w}).Serve(c.Context(), *addr, c.OutOrStdout())
	}
	return c
}

// onPage shows a workshop on the page.
type onPage struct{ exercise.Workshop }

func (p onPage) List() ([]page.Exercise, error) {
	exercises, progress, err := all(p.Workshop)
	if err != nil {
		return nil, err
	}
	rows := make([]page.Exercise, 0, len(exercises))
	for i, e := range exercises {
		rows = append(rows, page.Exercise{
			N: e.N, Chapter: e.Chapter + ". " + exercise.Chapters[e.Chapter], Title: e.Title,
			Started: !progress[i].Started.IsZero(), Done: !progress[i].Done.IsZero(),
		})
	}
	return rows, nil
}

func (p onPage) Text(n int) (string, error) {
	e, err := p.Find(n)
	if err != nil {
		return "", err
	}
	return e.Goal + "\n\n" + e.Task, nil
}

func (p onPage) Start(n int) (string, error) {
	e, err := p.Find(n)
	if err != nil {
		return "", err
	}
	if err := p.Workshop.Start(e); err != nil {
		return "", err
	}
	return fmt.Sprintf("Working copy: `%s`. Change there: `%s`.", p.Copy(e), strings.Join(e.Files, "`, `")), nil
}

func (p onPage) Check(ctx context.Context, n int) (page.Verdict, error) {
	e, err := p.Find(n)
	if err != nil {
		return page.Verdict{}, err
	}
	results, err := p.Workshop.Check(ctx, e)
	if err != nil {
		return page.Verdict{}, err
	}
	var says strings.Builder
	for _, r := range results {
		says.WriteString("- " + mark(r.OK) + " " + r.Says + "\n")
		if r.Detail != "" {
			says.WriteString("\n```\n" + r.Detail + "\n```\n\n")
		}
	}
	v := page.Verdict{Done: exercise.Done(results)}
	if v.Done {
		says.WriteString("\n## What it taught\n\n" + e.Taught)
	}
	v.Says = says.String()
	return v, nil
}

func (p onPage) Hint(n int) (string, error) {
	e, err := p.Find(n)
	if err != nil {
		return "", err
	}
	hint, number, err := p.Workshop.Hint(e)
	return fmt.Sprintf("**Hint %d of %d.** %s", number, len(e.Hints), hint), err
}

func (p onPage) Solution(n int) (string, error) {
	e, err := p.Find(n)
	if err != nil {
		return "", err
	}
	text, err := p.Workshop.Solution(e)
	return "A solution, as a patch of the starting state:\n\n```\n" + text + "```", err
}

func (p onPage) Reset(n int) (string, error) {
	e, err := p.Find(n)
	if err != nil {
		return "", err
	}
	saved, err := p.Workshop.Reset(e)
	switch {
	case err != nil:
		return "", err
	case saved == "":
		return "The working copy is new. Nothing had been changed.", nil
	}
	return fmt.Sprintf("The working copy is new. Your changes are saved in `%s`.", saved), nil
}
