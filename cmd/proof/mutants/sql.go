package main

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	sqlAnd        = regexp.MustCompile(`\bAND\b`)
	sqlFirst      = regexp.MustCompile(`\bWHERE\b`)
	sqlEnd        = regexp.MustCompile(`^(AND|OR|ORDER BY|GROUP BY|HAVING|LIMIT|FOR|RETURNING|ON CONFLICT|UNION|WINDOW|THEN|WHEN)\b`)
	sqlDirection  = regexp.MustCompile(`\b(DESC|ASC)\b`)
	sqlComparison = regexp.MustCompile(` (<=|>=|<>|=|<|>) `)
	sqlNumber     = regexp.MustCompile(`[ (]\d+\b`)
	sqlClause     = regexp.MustCompile(` (FOR UPDATE|FOR NO KEY UPDATE|FOR SHARE|SKIP LOCKED|DISTINCT|LIMIT \S+|ON CONFLICT DO NOTHING)`)
	sqlNot        = regexp.MustCompile(`\bNOT `)
	sqlComment    = regexp.MustCompile(`(?m)--.*$`)
)

var comparisons = map[string]string{"<=": "<", ">=": ">", "<": "<=", ">": ">=", "=": "<>", "<>": "="}

// changesOfSQL returns the changes of SQL, or of a part of it, that begins at an offset of its file.
func changesOfSQL(text string, at int) (found []mutant) {
	text = sqlComment.ReplaceAllStringFunc(text, func(comment string) string { return strings.Repeat(" ", len(comment)) })
	add := func(operator string, from, to int, new string) {
		found = append(found, mutant{operator: operator, from: at + from, to: at + to, new: new})
	}
	for _, m := range sqlAnd.FindAllStringIndex(text, -1) {
		if before := strings.ToUpper(text[max(0, m[0]-40):m[0]]); !strings.Contains(before, "BETWEEN") {
			add("remove SQL condition", m[0], conditionEnd(text, m[1]), "")
		}
	}
	for _, m := range sqlFirst.FindAllStringIndex(text, -1) {
		if end := conditionEnd(text, m[1]); end > m[1] && strings.TrimSpace(text[m[1]:end]) != "" {
			add("remove SQL condition", m[1], end, " 1 = 1 ")
		}
	}
	for _, m := range sqlDirection.FindAllStringIndex(text, -1) {
		other := map[string]string{"ASC": "DESC", "DESC": "ASC"}[text[m[0]:m[1]]]
		add("other SQL order", m[0], m[1], other)
	}
	for _, m := range sqlComparison.FindAllStringSubmatchIndex(text, -1) {
		add("other SQL comparison", m[2], m[3], comparisons[text[m[2]:m[3]]])
	}
	for _, m := range sqlNumber.FindAllStringIndex(text, -1) {
		if n, err := strconv.Atoi(text[m[0]+1 : m[1]]); err == nil {
			add("SQL constant + 1", m[0]+1, m[1], strconv.Itoa(n+1))
		}
	}
	for _, m := range sqlClause.FindAllStringIndex(text, -1) {
		add("remove SQL clause", m[0], m[1], "")
	}
	for _, m := range sqlNot.FindAllStringIndex(text, -1) {
		add("remove SQL NOT", m[0], m[1], "")
	}
	return found
}

// conditionEnd returns the end of the condition that begins at from: a keyword, a bracket that closes an outer one, a semicolon, or
// the end of the text.
func conditionEnd(text string, from int) int {
	depth := 0
	for i := from; i < len(text); i++ {
		switch c := text[i]; {
		case c == '(':
			depth++
		case c == ')':
			if depth--; depth < 0 {
				return i
			}
		case c == ';' && depth == 0:
			return i
		case depth == 0 && i > 0 && strings.IndexByte(" \t\n", text[i-1]) >= 0 && sqlEnd.MatchString(text[i:]):
			return i
		}
	}
	return len(text)
}
