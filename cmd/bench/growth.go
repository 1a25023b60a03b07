package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// measureGrowth measures whether a course of a million learners is as fast as one of a thousand. 95 % of its learners have a seat,
// the others are on the waitlist.
func measureGrowth(b *bench) error {
	t, err := b.newRoster("growth")
	if err != nil {
		return err
	}
	defer t.stop()
	many := longOrShort(b.options, 1_000_000, 100_000)
	if err := t.preload(b.ctx, "small-", 1, 1000, 950); err != nil {
		return err
	}
	if err := t.preload(b.ctx, "large-", 1, many, many/20*19); err != nil {
		return err
	}
	list := "http://" + t.addr + "/v1/courses/large-00000/enrollments?pageSize="
	deep, waitlisted, err := pageTokens(t, list, many)
	if err != nil {
		return err
	}
	for b.round = range b.rounds {
		if err := b.compareSizes(t); err != nil {
			return err
		}
		if err := b.comparePages(t, list, "", deep, waitlisted); err != nil {
			return err
		}
	}
	return b.verifyJournal(t)
}

// compareSizes enrolls on each of the two courses, one learner at a time.
func (b *bench) compareSizes(t *target) error {
	var p50 [2]float64
	for i := range 2 {
		i = (i + b.round) % 2
		course := []string{"small-", "large-"}[i]
		o, err := b.measureTargets(comparison{name: course + "course, one client", phase: b.closedLoop(1), newWorkload: func(_ *bench, _ *target, phase string) (workload, error) {
			return &enrollWorkload{name: phase, course: course + "00000", courses: 1}, nil
		}}, t)
		if err != nil {
			return err
		}
		p50[i] = o.percentile(50)
	}
	b.results.metric("enroll_p50_1m_vs_1k", p50[1]/p50[0])
	return nil
}

// pageTokens reads the list, and returns the tokens of two pages: one after 90 %, and one on the waitlist.
func pageTokens(t *target, list string, many int) (deep, waitlisted string, err error) {
	token := ""
	for seen := 0; seen < many/100*99; seen += 1000 {
		if deep == "" && seen >= many/10*9 {
			deep = token
		}
		if token, _, err = timePage(t, list+"1000&pageToken="+url.QueryEscape(token)); err != nil {
			return "", "", err
		}
	}
	return deep, token, nil
}

// comparePages reads three pages of the list in turns.
func (b *bench) comparePages(t *target, list string, tokens ...string) error {
	took := make([][]float64, len(tokens))
	for range 50 {
		for i, token := range tokens {
			_, seconds, err := timePage(t, list+"100&pageToken="+url.QueryEscape(token))
			if err != nil {
				return err
			}
			took[i] = append(took[i], seconds)
		}
	}
	for i, position := range []string{"first", "after nine tenths", "in line, after 99 of 100"} {
		b.results.figure("a page of 100, "+position, "ms", 1000*median(took[i]))
	}
	b.results.metric("page_900k_vs_0", median(took[1])/median(took[0]))
	return nil
}

// timePage reads a page of a list, and returns the token of the next page and the time it took.
func timePage(t *target, address string) (next string, seconds float64, err error) {
	r, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return "", 0, err
	}
	r.Header.Set("Authorization", "Bearer "+t.token)
	start := time.Now()
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", 0, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	seconds = time.Since(start).Seconds()
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %w", address, unexpected(answer.StatusCode, body))
	}
	if err != nil {
		return "", 0, err
	}
	var got struct {
		NextPageToken string `json:"nextPageToken"`
	}
	err = json.Unmarshal(body, &got)
	return got.NextPageToken, seconds, err
}
