package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/google/licensecheck"
)

// listLicences returns the text of licenceList. A module without a licence that is known is an error.
func listLicences(modules []module) (string, error) {
	var b strings.Builder
	b.WriteString("# The modules that the program is linked from, on any platform, and the licence of each. From their files, by go generate.\n")
	for _, m := range modules {
		licence, err := licenceOf(m.path, os.DirFS(m.dir))
		if err != nil {
			return "", err
		}
		fmt.Fprintln(&b, m.path, licence)
	}
	return b.String(), nil
}

// licenceFile matches names such as LICENSE, LICENCE.md, COPYING and LICENSE-3RD-PARTY.
var licenceFile = regexp.MustCompile(`(?i)^([a-z]+-)?(licen[cs]e|copying)([.-]|$)`)

// covered is the least part of a licence file, in percent, that must be the text of known licences.
const covered = 75

// read are files that a person has read, because they are not covered so far: what of them applies to what is linked, and why.
var read = map[string][]string{
	"modernc.org/libc LICENSE-3RD-PARTY.md":   {"BSD-3-Clause", "MIT"}, // of Go and musl; the rest is a list of authors
	"modernc.org/memory LICENSE-LOGO":         nil,                     // of a picture
	"modernc.org/sqlite LICENSE-3RD-PARTY.md": {"BSD-3-Clause", "MIT"}, // its other licences are of tests, and of what nothing links
	"modernc.org/sqlite LICENSE-SQLITE":       {"blessing"},            // SQLite itself is in the public domain
}

// licenceOf returns the licences of a module as an SPDX expression: those of all the licence files in its folder.
func licenceOf(module string, dir fs.FS) (string, error) {
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return "", err
	}
	var ids []string
	for _, entry := range entries {
		if entry.IsDir() || !licenceFile.MatchString(entry.Name()) {
			continue
		}
		if known, ok := read[module+" "+entry.Name()]; ok {
			ids = append(ids, known...)
			continue
		}
		text, err := fs.ReadFile(dir, entry.Name())
		if err != nil {
			return "", err
		}
		found := licensecheck.Scan(text)
		if found.Percent < covered {
			return "", fmt.Errorf("%s: %.0f%% of %s is a known licence: read it, and add it to cmd/proof/inventory/licences.go or do without the module",
				module, found.Percent, entry.Name())
		}
		for _, m := range found.Match {
			ids = append(ids, m.ID)
		}
	}
	if len(ids) == 0 {
		return "", errors.New(module + " has no file with a licence: without one, it may not be used")
	}
	slices.Sort(ids)
	return strings.Join(slices.Compact(ids), " AND "), nil
}
