package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"example.com/roster/adapters/sqlite"
	"example.com/roster/ports"
)

// fileDir returns the directory of SQLite's file, or "".
func (c configuration) fileDir() string {
	if path, ok := strings.CutPrefix(c.DatabaseURL, "sqlite:"); ok {
		return filepath.Dir(path)
	}
	if c.DatabaseURL == "" {
		return c.DataDir
	}
	return ""
}

// memoryChecks are for a database that ends with the process.
var memoryChecks = []check{{name: "database", try: func(context.Context) (string, error) {
	return "in memory: nothing is left when serve ends", nil
}}}

// sqliteChecks are for a database in a file.
func sqliteChecks(path string) []check {
	return []check{{name: "database", flag: "--database-url", try: func(ctx context.Context) (string, error) {
		file, err := os.OpenFile(path, os.O_RDWR, 0)
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Sprintf("%s is not there yet: serve creates it", path), nil
		}
		if err != nil {
			return "", broken("let the user of serve read and write it, or name another with --database-url", err)
		}
		_ = file.Close()
		if sqlite.Unrecovered(path) {
			return path + " was left by a process that was killed: serve recovers it", nil
		}
		s, err := sqlite.OpenReadOnly(path)
		if err == nil {
			defer s.Close()
			_, err = s.Courses(ctx, "default", ports.CoursePage{Limit: 1})
		}
		if schema, err := sqlite.ReadSchema(ctx, path); err == nil && schema.Version == 0 {
			return fmt.Sprintf("%s has no tables yet: serve creates them", path), nil
		}
		if err != nil {
			return "", broken("restore it from a backup, or name another with --database-url", fmt.Errorf("%s: %w", path, err))
		}
		return path, nil
	}}, {name: "migrations", flag: "--database-url", try: func(ctx context.Context) (string, error) {
		if sqlite.Unrecovered(path) {
			return "not known until serve has recovered the file", nil
		}
		schema, err := sqlite.ReadSchema(ctx, path)
		if err == nil && schema.Version > schema.Latest {
			err = newerTables(schema)
		}
		if schema.Version < schema.Latest {
			return fmt.Sprintf("version %d of %d: serve migrates", schema.Version, schema.Latest), err
		}
		return fmt.Sprintf("version %d of %d", schema.Version, schema.Latest), err
	}}}
}

func newerTables(s sqlite.Schema) error {
	return broken("use a newer roster", fmt.Errorf("the tables are of version %d, this program knows up to %d", s.Version, s.Latest))
}

const minFree = 256 << 20 // bytes

// diskCheck tries directories, which may not exist yet.
func diskCheck(dirs []string) check {
	return check{name: "disk", flag: "--data-dir", try: func(context.Context) (string, error) {
		var fine []string
		for _, dir := range dirs {
			free, err := freeSpace(dir)
			if err != nil {
				return "", err
			}
			if free < minFree {
				return "", wrong("make room: what cannot be stored is refused", "%s has only %d MB free", dir, free>>20)
			}
			if !slices.Contains(fine, dir) {
				fine = append(fine, dir)
			}
		}
		if fine == nil {
			return "no directory is needed", nil
		}
		return "enough room in " + strings.Join(fine, " and "), nil
	}}
}

// freeSpace returns how many bytes can be written in a directory, or in the one above it that exists.
func freeSpace(dir string) (uint64, error) {
	above, err := filepath.Abs(dir)
	if err != nil {
		return 0, err
	}
	info, err := os.Stat(above)
	for errors.Is(err, fs.ErrNotExist) && filepath.Dir(above) != above {
		above = filepath.Dir(above)
		info, err = os.Stat(above)
	}
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is not a directory", above)
	}
	var free uint64
	if err == nil {
		free, err = writableSpace(above)
	}
	if err != nil {
		return 0, wrong("let the user of serve write there, or choose another with --data-dir or --database-url", "%s cannot be written: %w", dir, err)
	}
	return free, nil
}
