package portstest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// An OpenDeadLetters returns a fresh, empty store of dead letters, and closes it with t.
type OpenDeadLetters func(t testing.TB) ports.DeadLetterStore

// TestDeadLetters holds the stores that open returns to the contract of [ports.DeadLetterStore].
func TestDeadLetters(t *testing.T, open OpenDeadLetters) { test(t, DeadLetterCases(), open) }

// DeadLetterCases returns the cases of [TestDeadLetters].
func DeadLetterCases() []Case[OpenDeadLetters] { return slices.Clone(deadLetterCases) }

var deadLetterCases = []Case[OpenDeadLetters]{
	{"dead letters", "Bury keeps dead letters, and DeadLetters returns them as they were", keepsDeadLetters},
	{"pages of dead letters", "DeadLetters returns a page in order of ID, empty past the end", pagesOfDeadLetters},
	{"bury again", "one whose ID is there already takes its place, and its Tries are added", buryAgain},
	{"settle", "Settle removes the dead letters of these IDs, those that are there", settle},
	{"dead letters apart", "the dead letters of one tenant are not there for another", deadLettersApart},
}

type deadLetters struct {
	*world
	ports.DeadLetterStore
}

func newDeadLetters(t testing.TB, open OpenDeadLetters) *deadLetters {
	return &deadLetters{worldOf(t, nil), open(t)}
}

// dead returns a dead letter with every field in use.
func (w *deadLetters) dead(id string) ports.DeadLetter {
	return ports.DeadLetter{
		ID: id, By: ports.Actor{Tenant: tenant, Subject: "queue", Role: ports.Staff}, Key: "key of " + id, Learner: "bob",
		Body: []byte(`{"courseId":"c"}`), Reason: domain.ErrCourseNotFound, Detail: "no course c", Attempts: 1, At: w.at,
	}
}

func (w *deadLetters) bury(whose domain.TenantID, letters ...ports.DeadLetter) {
	w.Helper()
	w.must(w.PutDeadLetters(w.ctx(), whose, letters))
}

// buried returns all dead letters of a tenant, in pages of so many.
func (w *deadLetters) buried(whose domain.TenantID, limit int) (all []ports.DeadLetter) {
	w.Helper()
	page := ports.DeadLetterPage{Limit: limit}
	for {
		some, err := w.ListDeadLetters(w.ctx(), whose, page)
		w.must(err)
		if len(some) > limit || len(some) > 0 && some[0].ID <= page.After {
			w.Fatalf("after %q come %+v, want %d at most of those behind", page.After, some, limit)
		}
		all = append(all, some...)
		if len(some) < limit {
			return all
		}
		page.After = some[limit-1].ID
	}
}

// buriedAre requires that these are a tenant's dead letters, in this order.
func (w *deadLetters) buriedAre(whose domain.TenantID, want ...ports.DeadLetter) {
	w.Helper()
	got := w.buried(whose, 2)
	if len(got) != len(want) {
		w.Fatalf("%d dead letters, want %d", len(got), len(want))
	}
	for i := range got {
		if !sameLetter(got[i], want[i]) {
			w.Fatalf("dead letter %d is\n%+v, want\n%+v", i, got[i], want[i])
		}
	}
}

func sameLetter(a, b ports.DeadLetter) bool {
	return a.ID == b.ID && a.By == b.By && a.Key == b.Key && a.Learner == b.Learner && bytes.Equal(a.Body, b.Body) &&
		a.Reason == b.Reason && a.Detail == b.Detail && a.Attempts == b.Attempts && a.At.Equal(b.At)
}

func keepsDeadLetters(t testing.TB, open OpenDeadLetters) {
	w := newDeadLetters(t, open)
	w.buriedAre(tenant)
	w.bury(tenant) // none
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	odd := w.dead(`z.*> "é" 😀 ?0 $1 \ '`)
	odd.Key, odd.Learner, odd.Detail = "", "", `' ?0 $1 \ "é" 😀`
	odd.By = ports.Actor{Tenant: tenant, Subject: "cli:ada", Role: ports.Learner}
	letters := []ports.DeadLetter{odd}
	for i, body := range [][]byte{nil, {0}, []byte("\xff\xfe"), every, bytes.Repeat(every, 4096), []byte(`' OR 1=1; -- ?0 $1 \ 😀`)} {
		l := w.dead(fmt.Sprint("letter ", i))
		l.Body, l.Attempts, l.At = body, i, w.at.Add(time.Duration(i)*time.Microsecond)
		letters = append(letters, l)
	}
	slices.SortFunc(letters, func(a, b ports.DeadLetter) int { return strings.Compare(a.ID, b.ID) })
	want := slices.Clone(letters)
	for i := range want {
		want[i].Body = slices.Clone(want[i].Body)
	}
	w.bury(tenant, letters...)
	w.buriedAre(tenant, want...)
	for _, l := range append(w.buried(tenant, 10), letters...) { // what was handed in or out is the caller's
		clear(l.Body)
	}
	w.buriedAre(tenant, want...)
}

func pagesOfDeadLetters(t testing.TB, open OpenDeadLetters) {
	w := newDeadLetters(t, open)
	ids := []string{"-", "0", "10", "9", "A", "Z", "_", "a", "aa", "z", "é", "😀"}
	letters, shuffled := make([]ports.DeadLetter, len(ids)), make([]ports.DeadLetter, len(ids))
	for i, id := range ids {
		letters[i] = w.dead(id)
		shuffled[(i*5)%len(ids)] = letters[i]
	}
	w.bury(tenant, shuffled[:7]...)
	w.bury(tenant, shuffled[7:]...)
	w.buriedAre(tenant, letters...)
	for limit := 1; limit <= len(ids)+1; limit++ {
		for i, l := range w.buried(tenant, limit) {
			if l.ID != ids[i] {
				t.Fatalf("by %d: dead letter %d is %q, want %q", limit, i, l.ID, ids[i])
			}
		}
	}
	past, err := w.ListDeadLetters(w.ctx(), tenant, ports.DeadLetterPage{After: "😀", Limit: 5})
	w.must(err)
	if len(past) != 0 {
		t.Errorf("past the end are %+v", past)
	}
}

func buryAgain(t testing.TB, open OpenDeadLetters) {
	w := newDeadLetters(t, open)
	first, other, again := w.dead("a"), w.dead("b"), w.dead("a")
	first.Attempts, again.Attempts = 3, 4
	again.Learner, again.Key, again.Body, again.At = "cyd", "another", []byte("{}"), w.at.Add(time.Hour)
	again.Reason, again.Detail, again.By.Subject = domain.ErrInvalidArgument, "no learner", "cli:ada"
	w.bury(tenant, first, other)
	w.bury(tenant, again)
	again.Attempts = 7
	w.buriedAre(tenant, again, other)

	twice := w.dead("c") // a message that came twice is in one batch twice
	w.bury(tenant, twice, w.dead("d"), twice)
	twice.Attempts = 2
	w.buriedAre(tenant, again, other, twice, w.dead("d"))
	w.must(w.DeleteDeadLetters(w.ctx(), tenant, []string{"a"}))
	w.bury(tenant, first)
	w.buriedAre(tenant, first, other, twice, w.dead("d"))
}

func settle(t testing.TB, open OpenDeadLetters) {
	const many = 2100 // more than a page
	w := newDeadLetters(t, open)
	letters, ids := make([]ports.DeadLetter, many), make([]string, many)
	for i := range many {
		ids[i] = fmt.Sprintf("%04d", i)
		letters[i] = w.dead(ids[i])
	}
	w.bury(tenant, letters...)
	w.must(w.DeleteDeadLetters(w.ctx(), tenant, nil))
	w.must(w.DeleteDeadLetters(w.ctx(), tenant, []string{"nobody's", "%", "", "0007", "0007"}))
	if n := len(w.buried(tenant, 1000)); n != many-1 {
		t.Errorf("%d dead letters are left, want %d", n, many-1)
	}
	w.must(w.DeleteDeadLetters(w.ctx(), tenant, ids[:many-2]))
	w.buriedAre(tenant, letters[many-2:]...)
	w.must(w.DeleteDeadLetters(w.ctx(), tenant, ids))
	w.buriedAre(tenant)
}

func deadLettersApart(t testing.TB, open OpenDeadLetters) {
	w := newDeadLetters(t, open)
	mine, theirs := w.dead("a"), w.dead("a")
	theirs.By.Tenant, theirs.Detail = "other", "theirs"
	w.bury(tenant, mine)
	w.buriedAre("other")
	w.bury("other", theirs)
	w.buriedAre(tenant, mine)
	w.must(w.DeleteDeadLetters(w.ctx(), "third", []string{"a"}))
	w.must(w.DeleteDeadLetters(w.ctx(), tenant, []string{"a"}))
	w.buriedAre(tenant)
	w.buriedAre("other", theirs)
}
