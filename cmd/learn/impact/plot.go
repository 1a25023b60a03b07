package impact

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// The plot has a row for each change: two bars of lines on the left, and two rows of three marks on the right, one mark for each slip.
const (
	rowHeight = 46
	barsLeft  = 160
	barsWidth = 410
	marksLeft = 660
)

// plot draws the results. The lines are on a scale of square roots, so that 1 and 300 can both be seen.
func plot(results []Result) string {
	var b strings.Builder
	height := 96 + rowHeight*len(results)
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 860 %d" font-family="sans-serif" font-size="12" role="img" aria-labelledby="title">`+"\n", height)
	b.WriteString(`<title id="title">What each change costs in naive and in roster, and what notices a mistake in it</title>
<style>
.page{fill:#fff} text{fill:#333} .naive{fill:#c0392b} .roster{fill:#0b6e99} .tests{opacity:.45} .missed{fill:none;stroke-width:2} .missed.naive{stroke:#c0392b} .missed.roster{stroke:#0b6e99}
@media (prefers-color-scheme:dark){.page{fill:#16191d} text{fill:#ddd} .naive{fill:#e8806f} .roster{fill:#5bb8dd} .missed{fill:none} .missed.naive{stroke:#e8806f} .missed.roster{stroke:#5bb8dd}}
</style>
`)
	fmt.Fprintf(&b, `<rect class="page" width="860" height="%d"/>`+"\n", height)
	fmt.Fprintf(&b, `<text x="%d" y="26" font-size="15">Lines by hand (paler: of tests), square-root scale</text><text x="%d" y="26" font-size="15">Slips noticed</text>`+"\n", barsLeft, marksLeft)
	most := 1
	for _, r := range results {
		most = max(most, r.Naive.Lines+r.Naive.TestLines, r.Roster.Lines+r.Roster.TestLines)
	}
	for i, r := range results {
		y := 48 + rowHeight*i
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%s</text>`+"\n", barsLeft-12, y+18, html.EscapeString(shortTitle(r.Title)))
		for j, service := range services {
			c, at := r.cost(service), y+16*j
			code, all := scale(c.Lines, most), scale(c.Lines+c.TestLines, most)
			fmt.Fprintf(&b, `<rect class="%[1]s" x="%[2]d" y="%[3]d" width="%.1[4]f" height="12"/><rect class="%[1]s tests" x="%.1[5]f" y="%[3]d" width="%.1[6]f" height="12"/>`+
				`<text x="%.1[7]f" y="%[8]d" font-size="10">%[9]d + %[10]d</text>`+"\n",
				service, barsLeft, at, code, barsLeft+code, all-code, barsLeft+all+5, at+10, c.Lines, c.TestLines)
			for k, s := range r.Slips {
				class, word := service, s.verdict(service).By
				if word == byNothing {
					class += " missed"
				}
				fmt.Fprintf(&b, `<circle class="%s" cx="%d" cy="%d" r="5"><title>%s: %s</title></circle>`+"\n", class, marksLeft+8+26*k, at+6, html.EscapeString(s.Mistake), word)
			}
		}
	}
	y := height - 22
	fmt.Fprintf(&b, `<rect class="naive" x="%d" y="%d" width="14" height="12"/><text x="%d" y="%d">naive</text><rect class="roster" x="%d" y="%[2]d" width="14" height="12"/><text x="%[6]d" y="%[4]d">roster</text>`,
		barsLeft, y-10, barsLeft+20, y, barsLeft+80, barsLeft+100)
	fmt.Fprintf(&b, `<text x="%d" y="%d">a ring: nothing notices the slip</text>`+"\n</svg>\n", marksLeft, y)
	return b.String()
}

// shortTitle is the title up to its colon.
func shortTitle(title string) string {
	short, _, _ := strings.Cut(title, ":")
	return short
}

func scale(n, most int) float64 { return barsWidth * math.Sqrt(float64(n)/float64(most)) }
