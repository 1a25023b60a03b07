package nats_test

import (
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"testing"
)

// breaks returns what in a schema is not as it was promised: to those who read what goes out, or to those who write what comes
// in. It knows as much of JSON Schema as these schemas have; what it does not know must not change.
func breaks(promised, now any, incoming bool) []string {
	was, ok := promised.(map[string]any)
	is, still := now.(map[string]any)
	if !ok || !still {
		return []string{"the schema is gone"}
	}
	return comparison{incoming}.objects("", was, is)
}

type comparison struct{ incoming bool }

// objects compares keyword by keyword.
func (c comparison) objects(path string, was, is map[string]any) (broken []string) {
	for keyword := range allKeys(was, is) {
		before, had := was[keyword]
		after, has := is[keyword]
		switch keyword {
		case "title", "description", "$schema", "$id", "examples":
		case "properties":
			broken = append(broken, c.properties(path, members(before), members(after))...)
		case "required", "enum":
			broken = append(broken, c.lists(path, keyword, texts(before), texts(after))...)
		default:
			switch {
			case had && !(has && reflect.DeepEqual(before, after)) && !(c.incoming && !has):
				broken = append(broken, fmt.Sprintf("%s%s was %v and is %v", prefix(path), keyword, before, after))
			case !had && c.incoming: // what was right has to be right still; what goes out may promise more
				broken = append(broken, fmt.Sprintf("%s%s is new: %v", prefix(path), keyword, after))
			}
		}
	}
	return broken
}

// properties compares those that were there; others may come.
func (c comparison) properties(path string, was, is map[string]any) (broken []string) {
	for _, name := range slices.Sorted(maps.Keys(was)) {
		at := name
		if path != "" {
			at = path + "." + name
		}
		after, ok := is[name].(map[string]any)
		if !ok {
			broken = append(broken, at+" is gone")
			continue
		}
		broken = append(broken, c.objects(at, was[name].(map[string]any), after)...)
	}
	return broken
}

// lists compares what is required and what the values may be. What comes in may be less of the one and more of the other, what
// goes out the other way round; a property that goes with all it was is told of already.
func (c comparison) lists(path, keyword string, was, is []string) (broken []string) {
	for _, lost := range missing(was, is) {
		switch {
		case keyword == "enum" && c.incoming:
			broken = append(broken, fmt.Sprintf("%s%s is gone", prefix(path), lost))
		case keyword == "required" && !c.incoming:
			broken = append(broken, fmt.Sprintf("%s%s may be missing", prefix(path), lost))
		}
	}
	for _, new := range missing(is, was) {
		switch {
		case keyword == "enum" && !c.incoming:
			broken = append(broken, fmt.Sprintf("%s%s is new", prefix(path), new))
		case keyword == "required" && c.incoming:
			broken = append(broken, fmt.Sprintf("%s%s has to be there", prefix(path), new))
		}
	}
	return broken
}

func prefix(path string) string {
	if path == "" {
		return ""
	}
	return path + ": "
}

func allKeys(a, b map[string]any) map[string]bool {
	all := make(map[string]bool)
	for _, m := range []map[string]any{a, b} {
		for k := range m {
			all[k] = true
		}
	}
	return all
}

func members(value any) map[string]any {
	m, _ := value.(map[string]any)
	return m
}

func texts(value any) (all []string) {
	list, _ := value.([]any)
	for _, v := range list {
		all = append(all, fmt.Sprint(v))
	}
	return all
}

// missing returns what of the one list is not in the other.
func missing(of, from []string) (lost []string) {
	for _, s := range of {
		if !slices.Contains(from, s) {
			lost = append(lost, s)
		}
	}
	return lost
}

func readSchema(t testing.TB, file string) any {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return read[any](t, text)
}
