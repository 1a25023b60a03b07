package cli

import (
	"fmt"
	"strings"
	"unicode"
)

// Escape returns a line in which nothing acts on a terminal: control characters, line ends included, and those that change the
// direction of text are written as \u and four hexadecimal digits, as JSON has them. So text from outside forges and hides no lines.
func Escape(line string) string {
	acts := func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }
	line = strings.ToValidUTF8(line, "\uFFFD")
	if !strings.ContainsFunc(line, acts) {
		return line
	}
	var escaped strings.Builder
	for _, r := range line {
		if acts(r) {
			fmt.Fprintf(&escaped, `\u%04x`, r)
		} else {
			escaped.WriteRune(r)
		}
	}
	return escaped.String()
}
