package entry_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"example.com/roster/cmd/example/browser/entry"
	"example.com/roster/domain"
)

// in matches the answers of a script of calls, one after another, with what is wanted of each: fields that must be equal.
func in(t *testing.T, core *entry.Core, script ...[3]string) {
	t.Helper()
	for _, step := range script {
		answer := core.Call(step[0], step[1])
		var got, want any
		if err := json.Unmarshal([]byte(answer), &got); err != nil {
			t.Fatalf("%s %s: %v in %s", step[0], step[1], err, answer)
		}
		if err := json.Unmarshal([]byte(step[2]), &want); err != nil {
			t.Fatal(err)
		}
		if !includes(got, want) {
			t.Fatalf("%s %s\nanswered %s\nwant     %s", step[0], step[1], answer, step[2])
		}
	}
}

// includes reports whether got has everything that want has. A list must have the same length.
func includes(got, want any) bool {
	switch want := want.(type) {
	case map[string]any:
		got, ok := got.(map[string]any)
		for name := range want {
			ok = ok && includes(got[name], want[name])
		}
		return ok
	case []any:
		got, ok := got.([]any)
		ok = ok && len(got) == len(want)
		for i := range want {
			ok = ok && includes(got[i], want[i])
		}
		return ok
	}
	return reflect.DeepEqual(got, want)
}

func TestCalls(t *testing.T) {
	t.Parallel()
	in(t, entry.New(),
		[3]string{"listCourses", `{}`, `{"result":{"items":[]}}`},
		[3]string{"putCourse", `{"courseId":"go-101","title":"Go","capacity":1}`,
			`{"result":{"courseId":"go-101","title":"Go","capacity":1,"open":true,"waitlistEnabled":true,"seatsTaken":0,"waitlistLength":0,"sequence":1}}`},
		[3]string{"enroll", `{"courseId":"go-101","learnerId":"ada"}`, `{"result":{"courseId":"go-101","learnerId":"ada","status":"enrolled","position":0,"sequence":2}}`},
		[3]string{"enroll", `{"courseId":"go-101","learnerId":"bob"}`, `{"result":{"learnerId":"bob","status":"waitlisted","position":1,"sequence":3}}`},
		[3]string{"enroll", `{"courseId":"go-101","learnerId":"cyd","seatOnly":true}`, `{"error":{"code":"course_full"}}`},
		[3]string{"enroll", `{"courseId":"go-101","learnerId":"ada"}`, `{"error":{"code":"already_enrolled","standing":{"status":"enrolled","sequence":2}}}`},
		[3]string{"listCourses", `{}`, `{"result":{"items":[{"courseId":"go-101","seatsTaken":1,"waitlistLength":1,"sequence":3}]}}`},
		[3]string{"withdraw", `{"courseId":"go-101","learnerId":"ada","enrollmentId":"another"}`, `{"error":{"code":"enrollment_mismatch"}}`},
		[3]string{"withdraw", `{"courseId":"go-101","learnerId":"ada","key":"k"}`, `{"result":{"status":"withdrawn","promoted":{"learnerId":"bob","status":"enrolled"}}}`},
		[3]string{"withdraw", `{"courseId":"go-101","learnerId":"ada","key":"k"}`, `{"result":{"status":"withdrawn","promoted":{"learnerId":"bob"}}}`},
		[3]string{"withdraw", `{"courseId":"go-101","learnerId":"bob","key":"k"}`, `{"error":{"code":"idempotency_key_reused"}}`},
		[3]string{"listEnrollments", `{"courseId":"go-101"}`, `{"result":{"items":[{"learnerId":"ada","status":"withdrawn"},{"learnerId":"bob","status":"enrolled"}]}}`},
		[3]string{"listEnrollments", `{"courseId":"go-101","status":"waitlisted"}`, `{"result":{"items":[]}}`},
		[3]string{"listEvents", `{"courseId":"go-101"}`, `{"result":{"items":[{"type":"course.opened","sequence":1},{"type":"learner.enrolled","learnerId":"ada"},
			{"type":"learner.waitlisted","learnerId":"bob"},{"type":"learner.withdrawn","learnerId":"ada"},{"type":"learner.promoted","learnerId":"bob","sequence":5,"aggregateId":"go-101"}]}}`},
	)
}

func TestCallers(t *testing.T) {
	t.Parallel()
	in(t, entry.New(),
		[3]string{"putCourse", `{"courseId":"c","title":"C","capacity":1,"by":{"subject":"ada","role":"learner"}}`, `{"error":{"code":"forbidden"}}`},
		[3]string{"putCourse", `{"courseId":"c","title":"C","capacity":1,"by":{"subject":"me","role":"staff"}}`, `{"result":{"courseId":"c"}}`},
		[3]string{"enroll", `{"courseId":"c","learnerId":"bob","by":{"subject":"ada","role":"learner"}}`, `{"error":{"code":"forbidden"}}`},
		[3]string{"enroll", `{"courseId":"c","learnerId":"ada","by":{"subject":"ada","role":"learner"}}`, `{"result":{"status":"enrolled"}}`},
		[3]string{"listEnrollments", `{"courseId":"c","by":{"subject":"ada","role":"learner"}}`, `{"error":{"code":"forbidden"}}`},
		[3]string{"listEvents", `{"courseId":"c","by":{"subject":"ada","role":"learner"}}`, `{"error":{"code":"forbidden"}}`},
		[3]string{"listCourses", `{"by":{"subject":"ada","role":"nonsense"}}`, `{"error":{"code":"unauthenticated"}}`},
	)
}

// Each core has a store of its own.
func TestCoresAreApart(t *testing.T) {
	t.Parallel()
	in(t, entry.New(), [3]string{"putCourse", `{"courseId":"c","title":"C","capacity":1}`, `{"result":{"courseId":"c"}}`})
	in(t, entry.New(), [3]string{"enroll", `{"courseId":"c","learnerId":"ada"}`, `{"error":{"code":"course_not_found"}}`})
}

func TestInvalidArguments(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{
		{"fly", `{}`, "call must be one of enroll, listCourses, listEnrollments, listEvents, putCourse, withdraw"},
		{"enroll", `{"courseId":"c"}`, "learnerId must be 1 to 255 bytes"},
		{"enroll", `{"courseId":"c","learnerId":"ada","learner":"bob"}`, `unknown field "learner"`},
		{"enroll", `{"courseId":1}`, "argument must be a JSON object with the call's fields"},
		{"enroll", `{} {}`, "argument must be one JSON object, with nothing after it"},
		{"enroll", ``, "argument must be a JSON object"},
		{"putCourse", `{"courseId":"c","title":"C","capacity":-3}`, "capacity must be between 0 and 1000000000, got -3"},
	} {
		answer := entry.New().Call(c[0], c[1])
		var got struct{ Error struct{ Code, Detail string } }
		if err := json.Unmarshal([]byte(answer), &got); err != nil || got.Error.Code != "invalid_argument" || !strings.Contains(got.Error.Detail, c[2]) {
			t.Errorf("%s %s answered %s, want invalid_argument: %s", c[0], c[1], answer, c[2])
		}
	}
}

// Each refusal by a rule has a detail of its own, which is a sentence and not the code.
func TestEveryRefusalHasADetail(t *testing.T) {
	t.Parallel()
	for _, kind := range domain.Kinds() {
		if !strings.Contains(entry.DetailOf(kind), " ") && kind != domain.ErrInvalidArgument && kind != domain.ErrAlreadyExists {
			t.Errorf("%s has no detail", kind)
		}
	}
}
