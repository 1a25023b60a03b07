package importer

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"example.com/roster/domain"
)

// A Limit is a number, or a percentage of one. It is the value of a flag. The zero value is 0.
type Limit struct {
	number  int
	percent bool
}

// ParseLimit reads N or N%.
func ParseLimit(text string) (Limit, error) {
	digits, percent := strings.CutSuffix(text, "%")
	n, err := strconv.Atoi(digits)
	if err != nil || n < 0 || percent && n > 100 {
		return Limit{}, fmt.Errorf("must be a number, such as 20, or a percentage, such as 10%%, got %.100q", text)
	}
	return Limit{n, percent}, nil
}

func (l Limit) String() string {
	if l.percent {
		return fmt.Sprint(l.number, "%")
	}
	return fmt.Sprint(l.number)
}

// Set implements the value of a flag.
func (l *Limit) Set(text string) (err error) {
	*l, err = ParseLimit(text)
	return err
}

// Type implements the value of a flag.
func (*Limit) Type() string { return "N|N%" }

// of returns how many of n the limit allows. A percentage is rounded up, so above 0% it allows at least one.
func (l Limit) of(n int) int {
	if l.percent {
		return (n*l.number + 99) / 100
	}
	return l.number
}

// Allowed says which rejects are expected: all with one of the codes, and of the others as many as Limit. It is the value of a flag.
// The zero value expects none.
type Allowed struct {
	Codes []domain.Kind
	Limit Limit // a percentage is of the rows
}

// codes are those of rejects, in order.
func codes() []domain.Kind {
	return slices.Sorted(func(yield func(domain.Kind) bool) {
		maps.Keys(enrollments.refusals)(yield)
		yield(InvalidRow)
	})
}

// Set implements the value of a flag: codes and a limit, in any order, with commas between them.
func (a *Allowed) Set(text string) error {
	*a = Allowed{}
	for _, word := range strings.Split(text, ",") {
		if code := domain.Kind(word); slices.Contains(codes(), code) {
			a.Codes = append(a.Codes, code)
			continue
		}
		limit, err := ParseLimit(word)
		if err != nil || a.Limit != (Limit{}) {
			return fmt.Errorf("must be one of N, N%% and codes of %v with commas between them, got %.100q", codes(), word)
		}
		a.Limit = limit
	}
	return nil
}

func (a *Allowed) String() string {
	words := make([]string, 0, len(a.Codes)+1)
	for _, code := range a.Codes {
		words = append(words, string(code))
	}
	if a.Limit != (Limit{}) {
		words = append(words, a.Limit.String())
	}
	return strings.Join(words, ",")
}

// Type implements the value of a flag.
func (*Allowed) Type() string { return "N|N%|CODE,CODE" }

// Has reports whether rejects with a code are expected.
func (a Allowed) Has(code domain.Kind) bool { return slices.Contains(a.Codes, code) }

// Unexpected returns how many rejects of a run have none of the codes, if these are more than the limit; else 0.
func (a Allowed) Unexpected(s Summary) int {
	n := s.Rejected
	for _, code := range a.Codes {
		n -= s.Outcomes[string(code)]
	}
	if l := a.Limit; !l.percent && n <= l.number || l.percent && n*100 <= l.number*s.Rows {
		return 0
	}
	return n
}
