// Package spreadsheet makes cells of CSV safe for spreadsheets, which run a cell that begins as a formula (OWASP, "CSV Injection").
package spreadsheet

import "strings"

// EscapeFormula returns a cell that spreadsheets show as text, even if it begins as a formula does: an apostrophe is put in front.
// Apostrophes before such a beginning count as part of it, so that UnescapeFormula finds every cell again.
func EscapeFormula(cell string) string {
	if formula(cell) {
		return "'" + cell
	}
	return cell
}

// UnescapeFormula returns what EscapeFormula was given.
func UnescapeFormula(cell string) string {
	if strings.HasPrefix(cell, "'") && formula(cell) {
		return cell[1:]
	}
	return cell
}

func formula(cell string) bool {
	begin := strings.TrimLeft(cell, "'")
	return begin != "" && strings.Contains("=+-@", begin[:1])
}
