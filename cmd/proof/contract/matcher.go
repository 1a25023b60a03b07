package contract

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// A Rule says how a value must match the one in the pact: by all matchers, or, if Combine is OR, by one of them.
type Rule struct {
	Combine  string
	Matchers []Matcher
}

// A Matcher is one comparison of two values.
type Matcher struct {
	Match string
	Regex string
	Value string
	Min   int
	Max   *int
}

// rules are the rules of a body by path, such as "$.items[*].status".
type rules map[string]Rule

// match compares the value at a path with the pact's. Without a rule they must be equal, but an object may have further names. A rule
// applies below its path too, unless a longer path has a rule.
func (r rules) match(path string, want, got any) error {
	rule, own := r.at(path)
	if own || !isContainer(want) {
		if err := rule.check(want, got); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	switch want := want.(type) {
	case map[string]any:
		object, ok := got.(map[string]any)
		if !ok {
			return fmt.Errorf("%s: is %s, not an object", path, show(got))
		}
		for _, name := range slices.Sorted(maps.Keys(want)) {
			value, ok := object[name]
			if !ok {
				return fmt.Errorf("%s: lacks %s", path, name)
			}
			if err := r.match(path+"."+name, want[name], value); err != nil {
				return err
			}
		}
	case []any:
		list, ok := got.([]any)
		if !ok {
			return fmt.Errorf("%s: is %s, not a list", path, show(got))
		}
		if len(list) != len(want) && !rule.has("type") {
			return fmt.Errorf("%s: has %d items, not %d", path, len(list), len(want))
		}
		if len(want) == 0 {
			return nil
		}
		for i, value := range list { // the last example of the pact is compared with all further items
			if err := r.match(fmt.Sprintf("%s[%d]", path, i), want[min(i, len(want)-1)], value); err != nil {
				return err
			}
		}
	}
	return nil
}

func isContainer(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return true
	}
	return false
}

// at returns the rule of path or of its nearest parent that has one, and whether the rule is path's own.
func (r rules) at(path string) (found Rule, own bool) {
	steps, longest := split(path), 0
	for pattern, rule := range r {
		wanted := split(pattern)
		if len(wanted) <= longest || len(wanted) > len(steps) {
			continue
		}
		fits := true
		for i, step := range wanted {
			fits = fits && (step == "*" || step == steps[i])
		}
		if fits && (len(wanted) == len(steps) || rule.has("type")) { // only "type" applies to children
			found, longest, own = rule, len(wanted), len(wanted) == len(steps)
		}
	}
	return found, own
}

// split returns the steps of a path: "$", names, and indexes or "*".
func split(path string) []string {
	return strings.Split(brackets.Replace(path), ".")
}

var brackets = strings.NewReplacer("['", ".", "']", "", "[", ".", "]", "")

// has reports whether one of the rule's matchers has this name.
func (r Rule) has(match string) bool {
	return slices.ContainsFunc(r.Matchers, func(m Matcher) bool { return m.Match == match })
}

func (r Rule) check(want, got any) error {
	if len(r.Matchers) == 0 {
		return Matcher{Match: "equality"}.check(want, got)
	}
	var last error
	for _, m := range r.Matchers {
		err := m.check(want, got)
		switch {
		case err == nil && r.Combine == "OR":
			return nil
		case err != nil && r.Combine != "OR":
			return err
		case err != nil:
			last = err
		}
	}
	return last
}

func (m Matcher) check(want, got any) error {
	number, isNumber := got.(float64)
	text, isText := got.(string)
	ok := false
	switch m.Match {
	case "equality":
		ok = reflect.DeepEqual(want, got)
	case "type":
		list, isList := got.([]any)
		ok = reflect.TypeOf(want) == reflect.TypeOf(got)
		if isList {
			ok = ok && len(list) >= m.Min && (m.Max == nil || len(list) <= *m.Max)
		}
	case "integer":
		ok = isNumber && number == math.Trunc(number)
	case "decimal", "number":
		ok = isNumber
	case "regex":
		pattern, err := regexp.Compile("^(?:" + m.Regex + ")$")
		if err != nil {
			return err
		}
		ok = isText && pattern.MatchString(text)
	case "include":
		ok = isText && strings.Contains(text, m.Value)
	case "null":
		ok = got == nil
	default:
		return fmt.Errorf("matcher %q is unknown", m.Match)
	}
	if !ok {
		return fmt.Errorf("%s does not match %s by %s %s%s", show(got), show(want), m.Match, m.Regex, m.Value)
	}
	return nil
}

func show(v any) string {
	text, _ := json.Marshal(v) // it was read from JSON
	return string(text)
}
