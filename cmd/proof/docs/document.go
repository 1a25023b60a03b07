// Package docs runs the commands of the documents and compares their output, so that the documents stay true.
package docs

import (
	"regexp"
	"strings"
)

// A step is one command of a document, with the output that the document shows.
type step struct {
	line    int // of the document
	command string
	shown   []string // empty: the document shows no output
}

// steps returns the commands of a document's blocks that begin with "```console": lines that begin with "$ ", with the lines that
// follow a backslash at the end of a line.
func steps(markdown string) []step {
	var found []step
	inside, more := false, false
	for i, line := range strings.Split(strings.ReplaceAll(markdown, "\r\n", "\n"), "\n") {
		command, isCommand := strings.CutPrefix(line, "$ ")
		switch {
		case !inside:
			inside = line == "```console"
			if inside {
				found = append(found, step{line: i + 1}) // for output before the first command
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

// matches reports whether output is what the step shows. "..." stands for a part of a line, and alone on a line for any lines.
func (s step) matches(output string) bool {
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
