// Package docs runs what the documents show, so that they can't rot.
package docs

import (
	"regexp"
	"strings"
)

// A step is one command that a document shows, with the lines that it shows for what came of it.
type step struct {
	line    int // of the document
	command string
	shown   []string // nothing: the document doesn't say
}

// steps returns the commands of a document's blocks that begin with "```console": lines that begin with "$ ", and go on
// where they end in a backslash.
func steps(markdown string) []step {
	var found []step
	inside, more := false, false
	for i, line := range strings.Split(strings.ReplaceAll(markdown, "\r\n", "\n"), "\n") {
		command, isCommand := strings.CutPrefix(line, "$ ")
		switch {
		case !inside:
			inside = line == "```console"
			if inside {
				found = append(found, step{line: i + 1}) // takes what is shown before any command
			}
			continue
		case line == "```":
			inside = false
		case more:
			found[len(found)-1].command += "\n" + line
		case isCommand:
			found = append(found, step{line: i + 1, command: command})
		default:
			found[len(found)-1].shown = append(found[len(found)-1].shown, line)
		}
		more = inside && (more || isCommand) && strings.HasSuffix(line, `\`)
	}
	return found
}

// is reports whether output is what the step shows: "..." stands for the rest of a line or a part of it, and alone on a
// line for any lines.
func (s step) is(output string) bool {
	var pattern strings.Builder
	for _, line := range s.shown {
		if line == "..." {
			pattern.WriteString(`(?:.*\n)*`)
			continue
		}
		pattern.WriteString(strings.ReplaceAll(regexp.QuoteMeta(line), `\.\.\.`, `.*`) + `\n`)
	}
	if output != "" && !strings.HasSuffix(output, "\n") {
		output += "\n"
	}
	return regexp.MustCompile(`^` + pattern.String() + `$`).MatchString(output)
}
