package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"example.com/roster/cmd/demo/sample"
)

// expectedRejects are the codes of rows of the sample that the rules refuse.
const expectedRejects = "course_full,not_enrolled"

// load imports the sample's courses, if one is missing, and its commands. The import resumes an interrupted earlier run.
func (d demo) load(ctx context.Context, existing []course) error {
	dir, err := d.unpack()
	if err != nil {
		return err
	}
	if oneMissing(existing) {
		if _, err := d.roster(ctx, "course", "import", filepath.Join(dir, "courses.csv")); err != nil {
			return err
		}
	}
	fmt.Fprintln(d.stdout, "Loading "+sample.About+". If it is interrupted, the next start resumes it.")
	result, err := list[summary](ctx, d, "import", filepath.Join(dir, "commands.csv"), "--rejects", filepath.Join(dir, "rejects.csv"),
		"--allow-rejects", expectedRejects)
	if err != nil {
		return err
	}
	if len(result) != 1 {
		return errors.New("roster import printed no summary")
	}
	printSummary(d.stdout, result[0])
	return nil
}

// oneMissing reports whether a course of the sample does not exist. The data directory may have other courses.
func oneMissing(existing []course) bool {
	missing := sample.Expected().Courses
	for _, c := range existing {
		delete(missing, c.ID)
	}
	return len(missing) > 0
}

// unpack writes the sample's files and their notice into a folder of the data directory.
func (d demo) unpack() (string, error) {
	dir := filepath.Join(d.dataDir, "sample")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	for name, text := range map[string][]byte{
		"README.md":    []byte(sample.Notice),
		"commands.csv": sample.Commands(),
		"courses.csv":  sample.Courses(),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return "", err
		}
	}
	return dir, nil
}
