// Package docs runs the commands of the documents and compares their output, so that the documents stay true.
package docs

import (
	"regexp"
	"strings"
)

// A block is a fenced part of a document.
type block struct {
	line  int    // of its fence
	kind  string // sh, console, go, ...
	lines []string
}

// blocks returns the fenced blocks of a document.
func blocks(markdown string) (found []block) {
	inside := false
	for i, line := range strings.Split(strings.ReplaceAll(markdown, "\r\n", "\n"), "\n") {
		kind, fence := strings.CutPrefix(line, "```")
		switch {
		case fence && !inside:
			found = append(found, block{line: i + 1, kind: kind})
			inside = true
		case fence:
			inside = false
		case inside:
			found[len(found)-1].lines = append(found[len(found)-1].lines, line)
		}
	}
	return found
}

// A step is one command of a document with the output that the document shows, or a whole script, which may print anything.
type step struct {
	line    int // of the document
	command string
	shown   []string // empty: the document shows no output
	script  bool
}

// steps returns the commands of a block of kind "console": lines that begin with "$ ", with the lines that follow a backslash at the
// end of a line. Output before the first command is a step without a command.
func (b block) steps() (found []step) {
	more := false
	for i, line := range b.lines {
		command, isCommand := strings.CutPrefix(line, "$ ")
		switch {
		case more:
			found[len(found)-1].command += "\n" + line
		case isCommand:
			found = append(found, step{line: b.line + i + 1, command: command})
		case len(found) == 0:
			found = append(found, step{line: b.line, shown: []string{line}})
		default:
			found[len(found)-1].shown = append(found[len(found)-1].shown, line)
		}
		more = (more || isCommand) && strings.HasSuffix(line, `\`)
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
