package create

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"example.com/roster/cmd/scaffold/internal/naming"
)

// A spelling writes a name of several words: hospital bed, hospital_bed, hospital-bed, hospitalBed or hospitalbed.
type spelling func(words []string) string

func joined(by string) spelling {
	return func(words []string) string { return strings.Join(words, by) }
}

func camel(words []string) string { return words[0] + naming.Pascal(words[1:]) }

// An occasion is a word with the text around it.
type occasion struct {
	file                string // "" for an identifier of Go
	before, word, after string
	sql, raw            bool // in an SQL statement or a raw string of a Go file
}

// A spellingRule is for words between texts that match.
type spellingRule struct {
	before, after *regexp.Regexp
	spelling      spelling
}

// rule returns a rule for words that follow a text which ends with before, and precede one which begins with after.
func rule(before, after string, s spelling) spellingRule {
	return spellingRule{regexp.MustCompile(`(?:` + before + `)$`), regexp.MustCompile(`^[A-Za-z]+(?:` + after + `)`), s}
}

// spellings are the rules for a word in lowercase, in order. What none is for is prose.
var spellings = []spellingRule{
	rule(``, `(_[a-z_]+)?\.go\b`, joined("")), // go build gives suffixes such as _linux a meaning
	rule(``, `-[\w%"]`, joined("-")), rule(`--`, ``, joined("-")), rule(``, `\|(put|list|show|import)\b`, joined("-")),
	rule(``, `_|\.[\w{%>]|=|[,;|]\w|:[\w%]`, joined("_")),
	rule(`_|`+templateName+`\.|[=,;:|]`, ``, joined("_")),
	rule(`\.`, ``, camel),                                      // a path in JSON, or a member
	rule(`"/`, `[^s/]"`, camel),                                // a pointer in JSON
	rule("\\breference\\b[^`\n]*|Id\": \"|json:\"", ``, camel), // a field of the partner's request, or of a struct
	rule(`\\"`, `\\"\s*:`, camel),
	rule(`\w-|/|%2[fF]`, ``, joined("-")),
	rule(``, `/`, joined("-")),
	rule(templateName+` |(Group|Command|Func|Lookup|Changed)\("|Var\([&\w.]+, "`, ``, joined("-")),
	rule(``, ` (putt?|list|show|import)\b`, joined("-")), rule(`"`, `", "(--|(put|list|show|import)\b)`, joined("-")),
	rule(`"`, `\\?"`, joined("_")), rule(`'`, `'`, joined("_")), rule("`", "`", joined("_")),
	rule(`\{`, `\}`, joined("_")), rule(`<`, `>`, joined("_")), rule(`: \[`, `\]`, joined("_")),
}

var (
	events   = rule(``, `\.\* `, joined("_"))  // the types of one aggregate, as in course.* event
	title    = rule(`[a-z] `, ``, joined(" ")) // in a cell, such as The first course
	jsonKey  = rule(`"`, `"\s*:`, camel)
	yamlKey  = rule(`\n\s*(- )?`, `: |:\n`, camel)
	apiGroup = rule(`tags: \[|- name: `, ``, joined(" "))
)

var (
	sqlText       = regexp.MustCompile(`\b(SELECT|INTO|UPDATE [a-z]+|CREATE|FROM [a-z]+|JOIN|WHERE|REFERENCES|ON CONFLICT|TABLE|POLICY|REVOKE|tenant_id)\b|\b[a-z]+_id, [a-z]+, |excluded\.|^"[a-z]+ AS [a-z]"`)
	laterLine     = regexp.MustCompile(`\n[ \t]*//[^\n]*\n[ \t]*// $`) // of a comment of Go
	sentenceStart = regexp.MustCompile("(^|[\\s\"`(>|#])$")
	midSentence   = regexp.MustCompile(`([a-z,]|\bA) $`)
	sentenceWord  = regexp.MustCompile(`^([\s,.;!?')|<\\]|: |$)`)
)

// spell returns the words that replace the word of an occasion, which stands alone: not in a compound such as courseId.
func (c occasion) spell(words []string) string {
	before, after := c.before[max(0, len(c.before)-100):], c.after[:min(len(c.after), 100)]
	rules := spellings
	switch path.Ext(c.file) {
	case ".go":
		rules = append([]spellingRule{events}, rules...)
		if c.raw {
			rules = append([]spellingRule{jsonKey}, rules...)
		}
	case ".csv":
		rules = append([]spellingRule{title}, rules...)
	case ".yaml":
		rules = append([]spellingRule{yamlKey, jsonKey, apiGroup}, rules...)
	default:
		rules = append([]spellingRule{jsonKey}, rules...)
	}
	line := before[strings.LastIndexByte(before, '\n')+1:]
	i := slices.IndexFunc(rules, func(r spellingRule) bool { return r.before.MatchString(before) && r.after.MatchString(c.word+after) })
	switch {
	case c.word == strings.ToUpper(c.word):
		return strings.ToUpper(strings.Join(words, "_"))
	case c.word[0] <= 'Z':
		code := c.raw && strings.HasSuffix(before, "(") || path.Ext(c.file) == ".txt" || c.documents()
		if i < 0 && !code && sentenceStart.MatchString(before) && sentenceWord.MatchString(after) && !midSentence.MatchString(before) {
			return naming.Capital(strings.Join(words, " "))
		}
		return naming.Pascal(words)
	case c.sql || path.Ext(c.file) == ".sql" && !strings.Contains(line, "--"):
		return strings.Join(words, "_")
	case c.documents():
		return camel(words)
	case i < 0:
		return strings.Join(words, " ")
	}
	return rules[i].spelling(words)
}

// documents reports whether a comment of Go begins with the word and is about the declaration of that name.
func (c occasion) documents() bool {
	if path.Ext(c.file) != ".go" || !strings.HasSuffix(c.before, "// ") || laterLine.MatchString(c.before[max(0, len(c.before)-300):]) {
		return strings.HasPrefix(c.after, " returns ") // a quoted one
	}
	_, below, _ := strings.Cut(c.after, "\n")
	for line := range strings.Lines(below) {
		if code := strings.TrimSpace(line); !strings.HasPrefix(code, "//") {
			return identifiers(code)[c.word]
		}
	}
	return false
}
