package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// drawSVG draws throughput and latency over the number of clients. All axes are logarithmic: throughput in proportion to the
// number of clients is a straight line.
func drawSVG(curves []*curve) string {
	var b strings.Builder
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 440" font-family="sans-serif" font-size="12" fill="#333">` +
		"\n<rect width=\"960\" height=\"440\" fill=\"#fff\"/>\n")
	panel{60, "Answers per second, over clients", func(p point) float64 { return p.rate }}.draw(&b, curves)
	panel{540, "p99 in milliseconds, over clients", func(p point) float64 { return p.p99 }}.draw(&b, curves)
	b.WriteString(`<text x="930" y="30" text-anchor="end">one round</text>` + "\n") // plot measures each point once
	for i, c := range curves {
		x := 60 + 230*i
		fmt.Fprintf(&b, `<line x1="%d" y1="420" x2="%d" y2="420" %s/><text x="%d" y="424">%s</text>`+"\n", x, x+30, stroke(i), x+38, c.name)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// stroke is the style of curve i: the servers differ in colour, the workloads in dashes.
func stroke(i int) string {
	dashes := []string{"", ` stroke-dasharray="6 4"`}[i/2%2]
	return fmt.Sprintf(`fill="none" stroke="%s" stroke-width="2.5"%s`, []string{"#0b6e99", "#c0392b"}[i%2], dashes)
}

// A panel is one diagram.
type panel struct {
	left  float64
	title string
	value func(point) float64
}

const (
	top, width, height = 50.0, 390.0, 320.0
)

func (p panel) draw(b *strings.Builder, curves []*curve) {
	var clients, values []float64
	for _, c := range curves {
		for _, at := range c.points {
			clients, values = append(clients, at.clients), append(values, p.value(at))
		}
	}
	low, high := math.Floor(math.Log10(slices.Min(values))), math.Ceil(math.Log10(slices.Max(values)))
	high = max(high, low+1)
	right := max(1, math.Log2(slices.Max(clients)))
	x := func(clients float64) float64 { return p.left + width*math.Log2(clients)/right }
	y := func(value float64) float64 { return top + height*(high-math.Log10(value))/(high-low) }

	fmt.Fprintf(b, `<text x="%.0f" y="30" font-size="15">%s</text>`+"\n", p.left, p.title)
	for e := low; e <= high; e++ {
		at := y(math.Pow(10, e))
		fmt.Fprintf(b, `<line x1="%.0f" y1="%.1f" x2="%.0f" y2="%.1f" stroke="#ddd"/><text x="%.0f" y="%.1f" text-anchor="end">%g</text>`+"\n",
			p.left, at, p.left+width, at, p.left-6, at+4, math.Pow(10, e))
	}
	for n := 1.0; n <= slices.Max(clients); n *= 2 {
		fmt.Fprintf(b, `<line x1="%.1f" y1="%.0f" x2="%.1f" y2="%.0f" stroke="#eee"/><text x="%.1f" y="%.0f" text-anchor="middle">%g</text>`+"\n",
			x(n), top, x(n), top+height, x(n), top+height+18, n)
	}
	for i, c := range curves {
		var points []string
		for _, at := range c.points {
			points = append(points, fmt.Sprintf("%.1f,%.1f", x(at.clients), y(p.value(at))))
		}
		fmt.Fprintf(b, `<polyline points="%s" %s/>`+"\n", strings.Join(points, " "), stroke(i))
	}
}
