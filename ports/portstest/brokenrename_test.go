package portstest_test

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strings"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Stores whose renames, or whose view of a learner, are broken on purpose.

// spoilsChanges changes what decide returns.
type spoilsChanges struct {
	store
	spoil func(*ports.Changes)
}

func (s spoilsChanges) Update(ctx context.Context, need ports.Need, decide decide) error {
	return s.store.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		c, err := decide(l)
		s.spoil(&c)
		return c, err
	})
}

// renamesNothing leaves the standing to the earlier id.
type renamesNothing struct{ spoilsChanges }

func newRenamesNothing(s store) store {
	return renamesNothing{spoilsChanges{s, func(c *ports.Changes) { c.Renamed = nil }}}
}

// renamesFirstOnly renames on the first course of an Update.
type renamesFirstOnly struct{ spoilsChanges }

func newRenamesFirstOnly(s store) store {
	return renamesFirstOnly{spoilsChanges{s, func(c *ports.Changes) { c.Renamed = c.Renamed[:min(1, len(c.Renamed))] }}}
}

// losesPrevious does not save the id before a rename.
type losesPrevious struct{ spoilsChanges }

func newLosesPrevious(s store) store {
	return losesPrevious{spoilsChanges{s, func(c *ports.Changes) {
		for i := range c.Journal {
			c.Journal[i].Previous = ""
		}
	}}}
}

// movesRenamedToEnd makes a rename a new place on the waitlist.
type movesRenamedToEnd struct{ store }

func (s movesRenamedToEnd) Update(ctx context.Context, need ports.Need, decide decide) error {
	return s.store.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		c, err := decide(l)
		for _, r := range c.Renamed {
			for _, loaded := range l.Rosters {
				if renamed := loaded.Standing(r.To); loaded.Course.ID == r.Course {
					renamed.Sequence = loaded.Course.Sequence
					c.Standings = append(c.Standings, renamed)
				}
			}
		}
		return c, err
	})
}

// renamesLast renames after the other standings are saved.
type renamesLast struct{ store }

func (s renamesLast) Update(ctx context.Context, need ports.Need, decide decide) error {
	var renamed []ports.RenamedStanding
	err := s.store.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		c, err := decide(l)
		renamed, c.Renamed = c.Renamed, nil
		return c, err
	})
	if err != nil || len(renamed) == 0 {
		return err
	}
	return s.store.Update(ctx, need, func(ports.Loaded) (ports.Changes, error) { return ports.Changes{Renamed: renamed}, nil })
}

// renamesBeforeRefusal saves renames even if decide returns an error.
type renamesBeforeRefusal struct{ store }

func (s renamesBeforeRefusal) Update(ctx context.Context, need ports.Need, decide decide) error {
	var renamed []ports.RenamedStanding
	err := s.store.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		c, err := decide(l)
		renamed = c.Renamed
		return c, err
	})
	if err != nil && len(renamed) > 0 {
		_ = s.store.Update(ctx, need, func(ports.Loaded) (ports.Changes, error) { return ports.Changes{Renamed: renamed}, nil })
	}
	return err
}

// renamesEverywhere renames on course d, too.
type renamesEverywhere struct{ store }

func (s renamesEverywhere) Update(ctx context.Context, need ports.Need, decide decide) error {
	return s.store.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		c, err := decide(l)
		for _, r := range c.Renamed {
			if r.Course == "c" {
				c.Renamed = append(c.Renamed, ports.RenamedStanding{Course: "d", From: r.From, To: r.To})
			}
		}
		return c, err
	})
}

// ordersCoursesByLetter ignores case in the order of courses.
type ordersCoursesByLetter struct{ store }

func (s ordersCoursesByLetter) Courses(ctx context.Context, t domain.TenantID, page ports.CoursePage) ([]domain.Course, error) {
	found, err := s.store.Courses(ctx, t, page)
	slices.SortStableFunc(found, func(a, b domain.Course) int {
		return cmp.Compare(strings.ToLower(string(a.ID)), strings.ToLower(string(b.ID)))
	})
	return found, err
}

// cutsCourseIDs takes two courses as one if they differ after 200 bytes, or in a blank.
type cutsCourseIDs struct{ spoilsChanges }

func newCutsCourseIDs(s store) store {
	cut := func(id domain.CourseID) domain.CourseID { return id[:min(200, len(id))] }
	return cutsCourseIDs{spoilsChanges{s, func(c *ports.Changes) {
		for i := range c.Courses {
			c.Courses[i].ID = cut(c.Courses[i].ID)
		}
	}}}
}

// spoilsPage changes a page of a learner's standings.
type spoilsPage struct {
	store
	spoil func(ports.LearnerPage, []ports.RankedStanding) []ports.RankedStanding
}

func (s spoilsPage) LearnerStandings(ctx context.Context, t domain.TenantID, l domain.LearnerID, page ports.LearnerPage) ([]ports.RankedStanding, error) {
	found, err := s.store.LearnerStandings(ctx, t, l, page)
	return s.spoil(page, found), err
}

type reversesLearnerPage struct{ spoilsPage }

func newReversesLearnerPage(s store) store {
	return reversesLearnerPage{spoilsPage{s, func(_ ports.LearnerPage, found []ports.RankedStanding) []ports.RankedStanding {
		slices.Reverse(found)
		return found
	}}}
}

type losesPosition struct{ spoilsPage }

func newLosesPosition(s store) store {
	return losesPosition{spoilsPage{s, func(_ ports.LearnerPage, found []ports.RankedStanding) []ports.RankedStanding {
		for i := range found {
			found[i].Position = 0
		}
		return found
	}}}
}

type hidesWithdrawn struct{ spoilsPage }

func newHidesWithdrawn(s store) store {
	return hidesWithdrawn{spoilsPage{s, func(_ ports.LearnerPage, found []ports.RankedStanding) []ports.RankedStanding {
		return slices.DeleteFunc(found, func(s ports.RankedStanding) bool { return s.Status == domain.Withdrawn })
	}}}
}

// cutsPage returns one standing less than were asked for.
type cutsPage struct{ spoilsPage }

func newCutsPage(s store) store {
	return cutsPage{spoilsPage{s, func(page ports.LearnerPage, found []ports.RankedStanding) []ports.RankedStanding {
		return found[:min(len(found), max(1, page.Limit-1))]
	}}}
}

// readsLearnerOfT returns the standings of tenant t to every tenant.
type readsLearnerOfT struct{ store }

func (s readsLearnerOfT) LearnerStandings(ctx context.Context, _ domain.TenantID, l domain.LearnerID, page ports.LearnerPage) ([]ports.RankedStanding, error) {
	return s.store.LearnerStandings(ctx, "t", l, page)
}

// trimsLearner takes ids as one if they differ in outer blanks.
type trimsLearner struct{ store }

func (s trimsLearner) LearnerStandings(ctx context.Context, t domain.TenantID, l domain.LearnerID, page ports.LearnerPage) ([]ports.RankedStanding, error) {
	return s.store.LearnerStandings(ctx, t, domain.LearnerID(strings.TrimSpace(string(l))), page)
}

// lagsBehind returns a learner's standings without the newest.
type lagsBehind struct{ store }

func (s lagsBehind) LearnerStandings(ctx context.Context, t domain.TenantID, l domain.LearnerID, page ports.LearnerPage) ([]ports.RankedStanding, error) {
	found, err := s.store.LearnerStandings(ctx, t, l, page)
	return slices.DeleteFunc(found, func(f ports.RankedStanding) bool {
		c, _ := s.store.Course(ctx, t, f.Course)
		return c.Sequence == f.Sequence
	}), err
}

// spoilsAbout changes what About returns.
type spoilsAbout struct {
	store
	spoil func(domain.LearnerID, *ports.PersonalData)
}

func (s spoilsAbout) About(ctx context.Context, t domain.TenantID, l domain.LearnerID) (ports.PersonalData, error) {
	data, err := s.store.About(ctx, t, l)
	s.spoil(l, &data)
	return data, err
}

type unordersAbout struct{ spoilsAbout }

func newUnordersAbout(s store) store {
	return unordersAbout{spoilsAbout{s, func(_ domain.LearnerID, d *ports.PersonalData) { slices.Reverse(d.Replies) }}}
}

// hidesEarlierIDs returns the events under the current id alone.
type hidesEarlierIDs struct{ spoilsAbout }

func newHidesEarlierIDs(s store) store {
	return hidesEarlierIDs{spoilsAbout{s, func(l domain.LearnerID, d *ports.PersonalData) {
		d.Events = slices.DeleteFunc(d.Events, func(e ports.Entry) bool { return e.Learner != l })
	}}}
}

// hidesDeadLetters returns no dead letters.
type hidesDeadLetters struct{ spoilsAbout }

func newHidesDeadLetters(s store) store {
	return hidesDeadLetters{spoilsAbout{s, func(_ domain.LearnerID, d *ports.PersonalData) { d.DeadLetters = nil }}}
}

// remembersForgotten returns what it had returned before Forget.
type remembersForgotten struct {
	store
	before map[domain.LearnerID]ports.PersonalData
}

func (s *remembersForgotten) About(ctx context.Context, t domain.TenantID, l domain.LearnerID) (data ports.PersonalData, err error) {
	if before, ok := s.before[l]; ok {
		return before, nil
	}
	data, err = s.store.About(ctx, t, l)
	s.before[l] = data
	return data, err
}

// looksTwice reads the standings of an earlier moment than all else.
type looksTwice struct{ store }

func (s looksTwice) About(ctx context.Context, t domain.TenantID, l domain.LearnerID) (ports.PersonalData, error) {
	before, _ := s.store.About(ctx, t, l)
	time.Sleep(time.Millisecond) // steady: in a bubble
	data, err := s.store.About(ctx, t, l)
	data.Standings = before.Standings
	return data, err
}

// spoilsJournal changes the entries that are read, after Forget.
type spoilsJournal struct {
	store
	spoil  func(*ports.Entry, erasure)
	forgot *erasure
}

func (s spoilsJournal) Forget(ctx context.Context, t domain.TenantID, l, p domain.LearnerID) (ports.Forgotten, error) {
	*s.forgot = erasure{l, p}
	return s.store.Forget(ctx, t, l, p)
}

func (s spoilsJournal) Journal(ctx context.Context, t domain.TenantID, c domain.CourseID, after int64) iter.Seq2[ports.Entry, error] {
	return func(yield func(ports.Entry, error) bool) {
		for e, err := range s.store.Journal(ctx, t, c, after) {
			if s.spoil(&e, *s.forgot); !yield(e, err) {
				return
			}
		}
	}
}

// keepsPrevious leaves the earlier id in renames.
type keepsPrevious struct{ spoilsJournal }

func newKeepsPrevious(s store) store {
	return keepsPrevious{spoilsJournal{s, func(e *ports.Entry, f erasure) {
		if e.Previous != "" && e.Previous == f.pseudonym {
			e.Previous = "one"
		}
	}, new(erasure)}}
}

// erasesUsedID forgets the learner in entries of another person, too.
type erasesUsedID struct{ spoilsJournal }

func newErasesUsedID(s store) store {
	return erasesUsedID{spoilsJournal{s, func(e *ports.Entry, f erasure) {
		if e.Learner != "" && e.Learner == f.learner {
			e.Learner = f.pseudonym
		}
	}, new(erasure)}}
}

// keepsEarlierReplies does not remove the replies to an earlier id.
type keepsEarlierReplies struct{ store }

func (s keepsEarlierReplies) Forget(ctx context.Context, t domain.TenantID, l, p domain.LearnerID) (found ports.Forgotten, err error) {
	key := ports.IdempotencyKey{Subject: "one", Name: "to3"}
	return found, restore(ctx, s.store, t, key, func() { found, err = s.store.Forget(ctx, t, l, p) })
}

// purgesRenames removes each rename of the old part.
type purgesRenames struct{ store }

func (s purgesRenames) Journal(ctx context.Context, t domain.TenantID, c domain.CourseID, after int64) iter.Seq2[ports.Entry, error] {
	return func(yield func(ports.Entry, error) bool) {
		purged, _ := s.store.Purged(ctx, t, c)
		for e, err := range s.store.Journal(ctx, t, c, after) {
			if (e.Type != domain.LearnerRenamed || e.Sequence > purged) && !yield(e, err) {
				return
			}
		}
	}
}

var brokenRenames = []broken{
	{"rename", newRenamesNothing},
	{"rename", func(s store) store { return movesRenamedToEnd{s} }},
	{"rename", newLosesPrevious},
	{"rename", func(s store) store { return renamesEverywhere{s} }},
	{"rename and more", func(s store) store { return renamesLast{s} }},
	{"rename on many courses", newRenamesFirstOnly},
	{"rename refused", func(s store) store { return renamesBeforeRefusal{s} }},
	{"pages of courses", func(s store) store { return ordersCoursesByLetter{s} }},
	{"unusual courses", newCutsCourseIDs},
	{"a learner's standings", newReversesLearnerPage},
	{"a learner's standings", newLosesPosition},
	{"a learner's standings", newHidesWithdrawn},
	{"a learner's standings", newCutsPage},
	{"a learner's standings", func(s store) store { return readsLearnerOfT{s} }},
	{"unusual learners' standings", func(s store) store { return trimsLearner{s} }},
	{"a learner's standings now", func(s store) store { return lagsBehind{s} }},
	{"about", newUnordersAbout},
	{"about", newHidesDeadLetters},
	{"about during updates", func(s store) store { return looksTwice{s} }},
	{"about", newHidesEarlierIDs},
	{"about and forget", func(s store) store {
		return &remembersForgotten{store: s, before: make(map[domain.LearnerID]ports.PersonalData)}
	}},
	{"forget a renamed learner", newKeepsPrevious},
	{"forget a learner with a used id", newErasesUsedID},
	{"forget replies before a rename", func(s store) store { return keepsEarlierReplies{s} }},
	{"purge renames", func(s store) store { return purgesRenames{s} }},
}
