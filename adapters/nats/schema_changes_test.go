package nats_test

import (
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"testing"
)

// breakingChanges returns the changes of a schema that break a promise: to the readers of outgoing messages, or to the senders of
// incoming ones. It knows the part of JSON Schema that these schemas use; any other keyword must not change.
func breakingChanges(promised, now any, incoming bool) []string {
	was, ok := promised.(map[string]any)
	is, still := now.(map[string]any)
	if !ok || !still {
		return []string{"the schema was removed"}
	}
	return comparison{incoming}.objects("", was, is)
}

type comparison struct{ incoming bool }

// objects compares keyword by keyword.
func (c comparison) objects(path string, was, is map[string]any) (broken []string) {
	for keyword := range allKeys(was, is) {
		before, existed := was[keyword]
		after, exists := is[keyword]
		switch keyword {
		case "title", "description", "$schema", "$id", "examples":
		case "properties":
			broken = append(broken, c.properties(path, members(before), members(after))...)
		case "required", "enum":
			broken = append(broken, c.lists(path, keyword, texts(before), texts(after))...)
		default:
			switch {
			case existed && !(exists && reflect.DeepEqual(before, after)) && !(c.incoming && !exists):
				broken = append(broken, fmt.Sprintf("%s%s was %v and is %v", prefix(path), keyword, before, after))
			case keyword == "anyOf" && c.incoming && !existed && allows(after, was["required"]):
			case !existed && c.incoming: // a valid command must stay valid; an event may promise more
				broken = append(broken, fmt.Sprintf("%s%s is new: %v", prefix(path), keyword, after))
			}
		}
	}
	return broken
}

// allows reports whether one of the alternatives requires exactly these properties, and nothing else: what had them is valid still.
func allows(alternatives, required any) bool {
	list, _ := alternatives.([]any)
	return slices.ContainsFunc(list, func(a any) bool { return reflect.DeepEqual(a, map[string]any{"required": required}) })
}

// properties compares the promised properties; others may be added.
func (c comparison) properties(path string, was, is map[string]any) (broken []string) {
	for _, name := range slices.Sorted(maps.Keys(was)) {
		at := name
		if path != "" {
			at = path + "." + name
		}
		after, ok := is[name].(map[string]any)
		if !ok {
			broken = append(broken, at+" was removed")
			continue
		}
		broken = append(broken, c.objects(at, was[name].(map[string]any), after)...)
	}
	return broken
}

// lists compares the lists of required properties and of allowed values. A command may require less and allow more; an event may
// require more and allow less. A property that was removed is reported elsewhere.
func (c comparison) lists(path, keyword string, was, is []string) (broken []string) {
	for _, lost := range missing(was, is) {
		switch {
		case keyword == "enum" && c.incoming:
			broken = append(broken, fmt.Sprintf("%s%s was removed", prefix(path), lost))
		case keyword == "required" && !c.incoming:
			broken = append(broken, fmt.Sprintf("%s%s became optional", prefix(path), lost))
		}
	}
	for _, added := range missing(is, was) {
		switch {
		case keyword == "enum" && !c.incoming:
			broken = append(broken, fmt.Sprintf("%s%s is new", prefix(path), added))
		case keyword == "required" && c.incoming:
			broken = append(broken, fmt.Sprintf("%s%s became required", prefix(path), added))
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

// missing returns the elements of one list that are not in the other.
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
