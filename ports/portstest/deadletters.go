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

// An OpenDeadLetters returns a new, empty store of dead letters, and closes it with t.
type OpenDeadLetters func(t testing.TB) ports.DeadLetterStore

// TestDeadLetters tests the stores that open returns against the contract of [ports.DeadLetterStore].
func TestDeadLetters(t *testing.T, open OpenDeadLetters) { test(t, DeadLetterCases(), open) }

// DeadLetterCases returns the cases of [TestDeadLetters].
func DeadLetterCases() []Case[OpenDeadLetters] { return slices.Clone(deadLetterCases) }

var deadLetterCases = []Case[OpenDeadLetters]{
	{"dead letters", "PutDeadLetters saves dead letters of one tenant as they are.", keepsDeadLetters},
	{"pages of dead letters", "ListDeadLetters returns a page in order of ID (by bytes), empty past the end.", pagesOfDeadLetters},
	{"put again", "One whose ID exists replaces the earlier one, and adds to its Attempts.", putAgain},
	{"delete dead letters", "DeleteDeadLetters removes the dead letters that have one of these IDs. An unknown ID is not an error.", deletesDeadLetters},
	{"dead letters apart", "A tenant must never see what another tenant has.", deadLettersApart},
}

type deadLetters struct {
	*fixture
	ports.DeadLetterStore
}

func newDeadLetters(t testing.TB, open OpenDeadLetters) *deadLetters {
	return &deadLetters{fixtureOf(t, nil), open(t)}
}

// deadLetter returns a dead letter that uses every field.
func (f *deadLetters) deadLetter(id string) ports.DeadLetter {
	return ports.DeadLetter{
		ID: id, By: ports.Actor{Tenant: tenant, Subject: "queue", Role: ports.Staff}, Key: "key of " + id, Learner: "bob",
		Body: []byte(`{"courseId":"c"}`), Reason: domain.ErrCourseNotFound, Detail: "no course c", Attempts: 1, At: f.at,
	}
}

func (f *deadLetters) put(owner domain.TenantID, letters ...ports.DeadLetter) {
	f.Helper()
	f.must(f.PutDeadLetters(f.ctx(), owner, letters))
}

// list returns all dead letters of a tenant. It reads pages of limit.
func (f *deadLetters) list(owner domain.TenantID, limit int) (all []ports.DeadLetter) {
	f.Helper()
	page := ports.DeadLetterPage{Limit: limit}
	for {
		some, err := f.ListDeadLetters(f.ctx(), owner, page)
		f.must(err)
		if len(some) > limit || len(some) > 0 && some[0].ID <= page.After {
			f.Fatalf("after %q come %+v, want at most %d with greater IDs", page.After, some, limit)
		}
		all = append(all, some...)
		if len(some) < limit {
			return all
		}
		page.After = some[limit-1].ID
	}
}

// deadLettersAre requires that a tenant has exactly these dead letters, in this order.
func (f *deadLetters) deadLettersAre(owner domain.TenantID, want ...ports.DeadLetter) {
	f.Helper()
	got := f.list(owner, 2)
	if len(got) != len(want) {
		f.Fatalf("%d dead letters, want %d", len(got), len(want))
	}
	for i := range got {
		if !sameDeadLetter(got[i], want[i]) {
			f.Fatalf("dead letter %d is\n%+v, want\n%+v", i, got[i], want[i])
		}
	}
}

func sameDeadLetter(a, b ports.DeadLetter) bool {
	return a.ID == b.ID && a.By == b.By && a.Key == b.Key && a.Learner == b.Learner && bytes.Equal(a.Body, b.Body) &&
		a.Reason == b.Reason && a.Detail == b.Detail && a.Attempts == b.Attempts && a.At.Equal(b.At)
}

func keepsDeadLetters(t testing.TB, open OpenDeadLetters) {
	f := newDeadLetters(t, open)
	f.deadLettersAre(tenant)
	f.put(tenant) // none
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	odd := f.deadLetter(`z.*> "é" 😀 ?0 $1 \ '`)
	odd.Key, odd.Learner, odd.Detail = "", "", `' ?0 $1 \ "é" 😀`
	odd.By = ports.Actor{Tenant: tenant, Subject: "cli:ada", Role: ports.Learner}
	letters := []ports.DeadLetter{odd}
	for i, body := range [][]byte{nil, {0}, []byte("\xff\xfe"), every, bytes.Repeat(every, 4096), []byte(`' OR 1=1; -- ?0 $1 \ 😀`)} {
		l := f.deadLetter(fmt.Sprint("letter ", i))
		l.Body, l.Attempts, l.At = body, i, f.at.Add(time.Duration(i)*time.Microsecond)
		letters = append(letters, l)
	}
	slices.SortFunc(letters, func(a, b ports.DeadLetter) int { return strings.Compare(a.ID, b.ID) })
	want := slices.Clone(letters)
	for i := range want {
		want[i].Body = slices.Clone(want[i].Body)
	}
	f.put(tenant, letters...)
	f.deadLettersAre(tenant, want...)
	for _, l := range append(f.list(tenant, 10), letters...) { // arguments and results are the caller's
		clear(l.Body)
	}
	f.deadLettersAre(tenant, want...)
}

func pagesOfDeadLetters(t testing.TB, open OpenDeadLetters) {
	f := newDeadLetters(t, open)
	ids := []string{"-", "0", "10", "9", "A", "Z", "_", "a", "aa", "z", "é", "😀"}
	letters, shuffled := make([]ports.DeadLetter, len(ids)), make([]ports.DeadLetter, len(ids))
	for i, id := range ids {
		letters[i] = f.deadLetter(id)
		shuffled[(i*5)%len(ids)] = letters[i]
	}
	f.put(tenant, shuffled[:7]...)
	f.put(tenant, shuffled[7:]...)
	f.deadLettersAre(tenant, letters...)
	for limit := 1; limit <= len(ids)+1; limit++ {
		for i, l := range f.list(tenant, limit) {
			if l.ID != ids[i] {
				t.Fatalf("in pages of %d: dead letter %d is %q, want %q", limit, i, l.ID, ids[i])
			}
		}
	}
	past, err := f.ListDeadLetters(f.ctx(), tenant, ports.DeadLetterPage{After: "😀", Limit: 5})
	f.must(err)
	if len(past) != 0 {
		t.Errorf("past the end are %+v", past)
	}
}

func putAgain(t testing.TB, open OpenDeadLetters) {
	f := newDeadLetters(t, open)
	first, other, again := f.deadLetter("a"), f.deadLetter("b"), f.deadLetter("a")
	first.Attempts, again.Attempts = 3, 4
	again.Learner, again.Key, again.Body, again.At = "cyd", "another", []byte("{}"), f.at.Add(time.Hour)
	again.Reason, again.Detail, again.By.Subject = domain.ErrInvalidArgument, "no learner", "cli:ada"
	f.put(tenant, first, other)
	f.put(tenant, again)
	again.Attempts = 7
	f.deadLettersAre(tenant, again, other)

	twice := f.deadLetter("c") // a message that was delivered twice, in one call
	f.put(tenant, twice, f.deadLetter("d"), twice)
	twice.Attempts = 2
	f.deadLettersAre(tenant, again, other, twice, f.deadLetter("d"))
	f.must(f.DeleteDeadLetters(f.ctx(), tenant, []string{"a"}))
	f.put(tenant, first)
	f.deadLettersAre(tenant, first, other, twice, f.deadLetter("d"))
}

func deletesDeadLetters(t testing.TB, open OpenDeadLetters) {
	const many = 2100 // more than a page
	f := newDeadLetters(t, open)
	letters, ids := make([]ports.DeadLetter, many), make([]string, many)
	for i := range many {
		ids[i] = fmt.Sprintf("%04d", i)
		letters[i] = f.deadLetter(ids[i])
	}
	f.put(tenant, letters...)
	f.must(f.DeleteDeadLetters(f.ctx(), tenant, nil))
	f.must(f.DeleteDeadLetters(f.ctx(), tenant, []string{"unknown", "%", "", "0007", "0007"}))
	if n := len(f.list(tenant, 1000)); n != many-1 {
		t.Errorf("%d dead letters are left, want %d", n, many-1)
	}
	f.must(f.DeleteDeadLetters(f.ctx(), tenant, ids[:many-2]))
	f.deadLettersAre(tenant, letters[many-2:]...)
	f.must(f.DeleteDeadLetters(f.ctx(), tenant, ids))
	f.deadLettersAre(tenant)
}

func deadLettersApart(t testing.TB, open OpenDeadLetters) {
	f := newDeadLetters(t, open)
	mine, theirs := f.deadLetter("a"), f.deadLetter("a")
	theirs.By.Tenant, theirs.Detail = "other", "theirs"
	f.put(tenant, mine)
	f.deadLettersAre("other")
	f.put("other", theirs)
	f.deadLettersAre(tenant, mine)
	f.must(f.DeleteDeadLetters(f.ctx(), "third", []string{"a"}))
	f.must(f.DeleteDeadLetters(f.ctx(), tenant, []string{"a"}))
	f.deadLettersAre(tenant)
	f.deadLettersAre("other", theirs)
}
