package page

import "testing"

func TestMarkdown(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                "",
		"# A\n\ntext\nmore\n":             "<h2>A</h2>\n<p>text\nmore</p>\n",
		"text\n## B `c`\n### D":           "<p>text</p>\n<h2>B <code>c</code></h2>\n<h3>D</h3>\n",
		"a < b & <i>c</i>":                "<p>a &lt; b &amp; &lt;i&gt;c&lt;/i&gt;</p>\n",
		"**bold** and *soft* 2*3":         "<p><strong>bold</strong> and <em>soft</em> 2*3</p>\n",
		"`**a** <b>`":                     "<p><code>**a** &lt;b&gt;</code></p>\n",
		"[a](https://x.example/?a=1&b=2)": "<p><a href=\"https://x.example/?a=1&amp;b=2\" rel=\"noreferrer\">a</a></p>\n",
		"[a](javascript:alert) [b](//x) [c](/words)": "<p>a (<code>javascript:alert</code>) b (<code>//x</code>) <a href=\"/words\" rel=\"noreferrer\">c</a></p>\n",
		"[\"](https://x\"onclick=\"y)":               "<p><a href=\"https://x&#34;onclick=&#34;y\" rel=\"noreferrer\">&#34;</a></p>\n",
		"- a\n  more\n- b\n\n1. c\n2) d\n":           "<ul>\n<li>a\nmore</li>\n<li>b</li>\n</ul>\n<ol>\n<li>c</li>\n<li>d</li>\n</ol>\n",
		"text\n- a":                                  "<p>text</p>\n<ul>\n<li>a</li>\n</ul>\n",
		"```go\nif a < b {\n\n}\n```\nafter":         "<pre tabindex=\"0\"><code>if a &lt; b {\n\n}</code></pre>\n<p>after</p>\n",
		"```\nopen":                                  "<pre tabindex=\"0\"><code>open</code></pre>\n",
		"```":                                        "<pre tabindex=\"0\"><code></code></pre>\n",
		"> a\n> b\n":                                 "<blockquote><p>a\nb</p>\n</blockquote>\n",
		"| a | b |\r\n| --- | :-: |\r\n| `1` | x\\|y |\r\n": "<div class=\"wide\" tabindex=\"0\"><table aria-label=\"a, b\">\n<tr><th>a</th><th>b</th></tr>\n<tr><td><code>1</code></td><td>x|y</td></tr>\n</table></div>\n",
		"| not | a table |": "<p>| not | a table |</p>\n",
	} {
		if got := string(markdown(text)); got != want {
			t.Errorf("%q is\n%s\nwant\n%s", text, got, want)
		}
	}
}

// No text makes it panic or run forever.
func FuzzMarkdown(f *testing.F) {
	for _, text := range []string{"- a\n", "|\n|-|\n|", "```", "> > a", "[a](b)", "#"} {
		f.Add(text)
	}
	f.Fuzz(func(_ *testing.T, text string) { markdown(text) })
}
