//go:build unix

package tab

import (
	"fmt"
	"strings"
)

// RequireNames fails the test if a control has no name that a screen reader can say, if the page has no live text, or if it has not as many
// controls of each role as wanted.
func (b *Tab) RequireNames(want map[string]int) {
	b.Helper()
	var tree struct {
		Nodes []struct {
			Role, Name struct{ Value any }
		}
	}
	b.Call("Accessibility.getFullAXTree", nil, &tree)
	named, live := make(map[string]int), false
	for _, node := range tree.Nodes {
		role, name := fmt.Sprint(node.Role.Value), fmt.Sprint(node.Name.Value)
		live = live || role == "status"
		switch role {
		case "button", "textbox", "combobox", "spinbutton", "checkbox", "radio", "table", "region", "heading", "link", "image", "progressbar", "meter":
			named[role]++
			if node.Name.Value == nil || strings.TrimSpace(name) == "" {
				b.Errorf("a %s has no name", role)
			}
		}
	}
	for role, n := range want {
		if named[role] != n {
			b.Errorf("a screen reader finds %d of role %s, want %d; all are %v", named[role], role, n, named)
		}
	}
	if !live {
		b.Error("a screen reader finds no status, so it is not told what changes")
	}
}

// FaintTexts returns the texts whose contrast to what is behind them is less than 4.5, as WCAG 2.2 wants it.
func (b *Tab) FaintTexts() string { b.Helper(); return b.Eval(faintTexts) }

// faintTexts is JavaScript that lists the texts whose contrast to what is behind them is less than 4.5, as WCAG 2.2 wants it.
const faintTexts = `(() => {
	const parse = (color) => color.match(/[\d.]+/g).map(Number);
	const light = ([r, g, b]) => [r, g, b].map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
		.reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
	const behind = (e) => { const c = parse(getComputedStyle(e).backgroundColor); return c[3] === 0 && e.parentElement ? behind(e.parentElement) : c; };
	const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
	return [...document.querySelectorAll("body, body *")]
		.filter((e) => e.matches("input, select") || [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()))
		.filter((e) => !e.matches("script, noscript, option") && contrast(light(parse(getComputedStyle(e).color)), light(behind(e))) < 4.5)
		.map((e) => e.tagName + " " + e.textContent.trim().slice(0, 20)).join(", ");
})()`
