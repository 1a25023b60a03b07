package page

import (
	"os"
	"path/filepath"
	"strings"
)

// An excerpt is lines of a file of the checkout.
type excerpt struct {
	File        string
	First, Last int
	Text        string
}

// excerptOf returns the lines from the first that contains from, to the next that begins with to. If the file has changed so that there are
// none, it returns the file alone.
func excerptOf(root, file, from, to string) excerpt {
	found := excerpt{File: file}
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
	if err != nil {
		return found
	}
	lines := strings.Split(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n")
	for i, line := range lines {
		if found.First == 0 && strings.Contains(line, from) {
			found.First = i + 1
		} else if found.First > 0 && strings.HasPrefix(line, to) {
			found.Last = i + 1
			first := lines[found.First-1]
			indent := first[:len(first)-len(strings.TrimLeft(first, "\t"))]
			for _, l := range lines[found.First-1 : found.Last] {
				found.Text += strings.TrimPrefix(l, indent) + "\n"
			}
			return found
		}
	}
	return excerpt{File: file}
}
