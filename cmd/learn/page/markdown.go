package page

import (
	"fmt"
	"html"
	"html/template"
	"regexp"
	"slices"
	"strings"
)

// markdown renders what the exercises use of Markdown: headings, paragraphs, lists of one level, tables, fenced code, quotes, and in
// lines code, emphasis and links. All else is text, HTML too.
func markdown(text string) template.HTML {
	var b strings.Builder
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for len(lines) > 0 {
		for _, block := range blocks() {
			if n := block.lines(lines); n > 0 {
				block.render(&b, lines[:n])
				lines = lines[n:]
				break
			}
		}
	}
	return template.HTML(b.String()) // each text is escaped, by inline or html.EscapeString
}

// A block recognizes the lines of one kind of block at the start, and renders them.
type block struct {
	lines  func(lines []string) int
	render func(b *strings.Builder, lines []string)
}

var (
	heading   = regexp.MustCompile(`^(#{1,5}) +(.*)$`)
	bullet    = regexp.MustCompile(`^ {0,3}[-*] +`)
	number    = regexp.MustCompile(`^ {0,3}\d+[.)] +`)
	ruler     = regexp.MustCompile(`^\|[ :|-]+\|\s*$`)
	quotation = regexp.MustCompile(`^> ?`)
)

// blocks are the kinds of blocks, of which the last takes any line.
func blocks() []block {
	return []block{
		{func(l []string) int { return btoi(strings.TrimSpace(l[0]) == "") }, func(*strings.Builder, []string) {}},
		{fence, renderFence},
		{func(l []string) int { return btoi(heading.MatchString(l[0])) }, renderHeading},
		{table, renderTable},
		{func(l []string) int { return items(l, bullet) }, func(b *strings.Builder, l []string) { renderList(b, "ul", bullet, l) }},
		{func(l []string) int { return items(l, number) }, func(b *strings.Builder, l []string) { renderList(b, "ol", number, l) }},
		{func(l []string) int { return while(l, ">") }, renderQuotation},
		{paragraph, func(b *strings.Builder, l []string) { fmt.Fprintf(b, "<p>%s</p>\n", inline(strings.Join(l, "\n"))) }},
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// while returns how many lines begin with prefix.
func while(lines []string, prefix string) int {
	n := slices.IndexFunc(lines, func(l string) bool { return !strings.HasPrefix(l, prefix) })
	if n < 0 {
		return len(lines)
	}
	return n
}

// fence returns the length of fenced code, which ends with the text at the latest.
func fence(lines []string) int {
	if !strings.HasPrefix(lines[0], "```") {
		return 0
	}
	for i, l := range lines[1:] {
		if strings.HasPrefix(l, "```") {
			return i + 2
		}
	}
	return len(lines)
}

func renderFence(b *strings.Builder, lines []string) {
	code := lines[1:]
	if n := len(code); n > 0 && strings.HasPrefix(code[n-1], "```") {
		code = code[:n-1]
	}
	fmt.Fprintf(b, "<pre tabindex=\"0\"><code>%s</code></pre>\n", html.EscapeString(strings.Join(code, "\n")))
}

// renderHeading renders a heading below that of the page, whose texts begin with level 1 or 2.
func renderHeading(b *strings.Builder, lines []string) {
	m := heading.FindStringSubmatch(lines[0])
	fmt.Fprintf(b, "<h%d>%s</h%[1]d>\n", max(len(m[1]), 2), inline(m[2]))
}

// table returns the length of a table: a row, a ruler, and further rows.
func table(lines []string) int {
	if len(lines) < 2 || !strings.HasPrefix(lines[0], "|") || !ruler.MatchString(lines[1]) {
		return 0
	}
	return while(lines, "|")
}

// renderTable renders a table, whose name is its first row.
func renderTable(b *strings.Builder, lines []string) {
	fmt.Fprintf(b, "<div class=\"wide\" tabindex=\"0\"><table aria-label=\"%s\">\n", html.EscapeString(strings.Join(cells(lines[0]), ", ")))
	for i, line := range append(lines[:1:1], lines[2:]...) {
		name := "td"
		if i == 0 {
			name = "th"
		}
		b.WriteString("<tr>")
		for _, text := range cells(line) {
			fmt.Fprintf(b, "<%s>%s</%[1]s>", name, inline(text))
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</table></div>\n")
}

// cells returns the texts of a row, in which \| is a character.
func cells(row string) []string {
	texts := strings.Split(strings.ReplaceAll(strings.Trim(strings.TrimSpace(row), "|"), `\|`, "\x00"), "|")
	for i, text := range texts {
		texts[i] = strings.ReplaceAll(strings.TrimSpace(text), "\x00", "|")
	}
	return texts
}

// items returns the length of a list: its items, and the indented lines that continue them.
func items(lines []string, marker *regexp.Regexp) int {
	if !marker.MatchString(lines[0]) {
		return 0
	}
	n := 1
	for n < len(lines) && (marker.MatchString(lines[n]) || strings.HasPrefix(lines[n], "  ") && strings.TrimSpace(lines[n]) != "") {
		n++
	}
	return n
}

func renderList(b *strings.Builder, list string, marker *regexp.Regexp, lines []string) {
	fmt.Fprintf(b, "<%s>\n", list)
	for len(lines) > 0 {
		n := 1
		for n < len(lines) && !marker.MatchString(lines[n]) {
			n++
		}
		item := marker.ReplaceAllString(lines[0], "")
		for _, l := range lines[1:n] {
			item += "\n" + strings.TrimSpace(l)
		}
		fmt.Fprintf(b, "<li>%s</li>\n", inline(item))
		lines = lines[n:]
	}
	fmt.Fprintf(b, "</%s>\n", list)
}

func renderQuotation(b *strings.Builder, lines []string) {
	quoted := make([]string, len(lines))
	for i, l := range lines {
		quoted[i] = quotation.ReplaceAllString(l, "")
	}
	fmt.Fprintf(b, "<blockquote>%s</blockquote>\n", markdown(strings.Join(quoted, "\n")))
}

// paragraph returns the length of a paragraph, which ends before any other block.
func paragraph(lines []string) int {
	n, others := 1, blocks()
	others = others[:len(others)-1]
	for n < len(lines) && !slices.ContainsFunc(others, func(b block) bool { return b.lines(lines[n:]) > 0 }) {
		n++
	}
	return n
}

var (
	// spans are code, links, and two kinds of emphasis, in this order.
	spans = regexp.MustCompile("(?s)`([^`]+)`" + `|\[([^\]]+)\]\(([^)\s]+)\)|\*\*([^*]+)\*\*|\*([^*\s][^*]*)\*`)
	// target is what a link may lead to: a page, or a place on this one.
	target = regexp.MustCompile(`^(https?://|#|/[^/\\])`)
)

// inline renders the text of a block.
func inline(text string) string {
	var b strings.Builder
	for {
		at := spans.FindStringSubmatchIndex(text)
		if at == nil {
			b.WriteString(html.EscapeString(text))
			return b.String()
		}
		group := func(i int) string {
			if at[2*i] < 0 {
				return ""
			}
			return text[at[2*i]:at[2*i+1]]
		}
		b.WriteString(html.EscapeString(text[:at[0]]))
		switch {
		case group(1) != "":
			fmt.Fprintf(&b, "<code>%s</code>", html.EscapeString(group(1)))
		case group(2) != "" && target.MatchString(group(3)):
			fmt.Fprintf(&b, `<a href="%s" rel="noreferrer">%s</a>`, html.EscapeString(group(3)), inline(group(2)))
		case group(2) != "": // such as a file of the checkout, which the page does not serve
			fmt.Fprintf(&b, "%s (<code>%s</code>)", inline(group(2)), html.EscapeString(group(3)))
		case group(4) != "":
			fmt.Fprintf(&b, "<strong>%s</strong>", inline(group(4)))
		default:
			fmt.Fprintf(&b, "<em>%s</em>", inline(group(5)))
		}
		text = text[at[1]:]
	}
}
