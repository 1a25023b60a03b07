package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// growth measures whether a course of a million learners is as quick as one of a thousand. It is nearly full of those who have
// a seat; the last twentieth is in line.
func growth(b *bench) error {
	t, err := b.newRoster("growth")
	if err != nil {
		return err
	}
	defer t.stop()
	many := size(b.options, 1_000_000, 100_000)
	if err := t.load(b.ctx, "small-", 1, 1000, 950); err != nil {
		return err
	}
	if err := t.load(b.ctx, "large-", 1, many, many/20*19); err != nil {
		return err
	}
	for b.round = range b.rounds {
		if err := b.compareSizes(t); err != nil {
			return err
		}
	}
	if err := b.comparePages(t, many); err != nil {
		return err
	}
	return b.prove(t)
}

// compareSizes enrolls on one course and on the other, one at a time.
func (b *bench) compareSizes(t *target) error {
	var p50 [2]float64
	for i := range 2 {
		i = (i + b.round) % 2
		course := []string{"small-", "large-"}[i]
		o, err := b.solo(t, duel{name: course + "course, one client", phase: b.closed(1), with: func(_ *bench, _ *target, phase string) (workload, error) {
			return &enrolling{name: phase, course: course + "00000", courses: 1}, nil
		}})
		if err != nil {
			return err
		}
		p50[i] = o.p(50)
	}
	b.results.metric("enroll_p50_1m_vs_1k", p50[1]/p50[0])
	return nil
}

// comparePages asks for the list's first page, for one after nine tenths, and for one in the line, in turns.
func (b *bench) comparePages(t *target, many int) error {
	list := "http://" + t.addr + "/v1/courses/large-00000/enrollments?pageSize="
	var deep, token string
	for seen := 0; seen < many/100*99; seen += 1000 {
		if deep == "" && seen >= many/10*9 {
			deep = token
		}
		var err error
		if token, _, err = page(t, list+"1000&pageToken="+url.QueryEscape(token)); err != nil {
			return err
		}
	}
	places := []string{"", deep, token}
	took := make([][]float64, len(places))
	for range size(b.options, 200, 50) {
		for i, token := range places {
			_, seconds, err := page(t, list+"100&pageToken="+url.QueryEscape(token))
			if err != nil {
				return err
			}
			took[i] = append(took[i], seconds)
		}
	}
	for i, where := range []string{"first", "after nine tenths", "in line, after 99 of 100"} {
		b.results.figure("a page of 100, "+where, "ms", 1000*median(took[i]))
	}
	b.results.metric("page_900k_vs_0", median(took[1])/median(took[0]))
	return nil
}

// page asks for a page of a list, and returns the token of the next, and how long it took.
func page(t *target, at string) (next string, seconds float64, err error) {
	r, err := http.NewRequest(http.MethodGet, at, nil)
	if err != nil {
		return "", 0, err
	}
	r.Header.Set("Authorization", "Bearer "+t.token)
	begun := time.Now()
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", 0, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	seconds = time.Since(begun).Seconds()
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %w", at, unexpected(answer.StatusCode, body))
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
