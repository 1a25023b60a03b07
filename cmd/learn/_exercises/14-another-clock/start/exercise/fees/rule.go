// Package fees says what a withdrawal from a course costs.
package fees

import "time"

// percent returns the part of the price that a withdrawal costs.
func percent(start, now time.Time) int {
	switch days := int(midnight(start).Sub(midnight(now)) / (24 * time.Hour)); {
	case days >= 2:
		return 0
	case days >= 1:
		return 50
	}
	return 100
}

// until returns when percent will be more, and the zero time if it will not.
func until(start, now time.Time) time.Time {
	switch percent(start, now) {
	case 0:
		return midnight(start).AddDate(0, 0, -1)
	case 50:
		return midnight(start)
	}
	return time.Time{}
}

// midnight returns the beginning of the day.
func midnight(t time.Time) time.Time {
	year, month, day := t.UTC().Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}
