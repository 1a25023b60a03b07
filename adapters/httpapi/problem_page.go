package httpapi

import (
	"context"
	"fmt"
	"html"
	"strings"

	"example.com/roster/adapters/httpapi/internal/api"
	"example.com/roster/domain"
)

const problemsPath = "/problems/"

// GetProblem answers GET /problems/{code}, the type of a problem, from the problem table.
func (h *handlers) GetProblem(ctx context.Context, r api.GetProblemRequestObject) (api.GetProblemResponseObject, error) {
	t, known := problemTable[domain.Kind(r.Code)]
	if !known {
		return nil, errNotFound
	}
	p := api.ProblemType{
		Type: h.base + problemsPath + r.Code, Code: api.Code(r.Code), Title: t.title, Status: t.status,
		Meaning: t.detail, Advice: t.advice, Retry: t.retry, RetryAfter: t.retryAfter,
	}
	request := fromContext(ctx)
	request.header.Add("Vary", "Accept")
	if !strings.Contains(request.accept, "text/html") {
		return api.GetProblem200JSONResponse(p), nil
	}
	page := problemPage(p)
	return api.GetProblem200TextHTMLResponse{Body: strings.NewReader(page), ContentLength: int64(len(page))}, nil
}

// problemPage shows a problem type to people. It does not use html/template, which calls methods by name and so makes the
// linker keep the methods of every type in the program.
func problemPage(p api.ProblemType) string {
	retry := "No: the same request will get the same answer."
	switch p.Retry {
	case retryLater:
		retry = fmt.Sprintf("Yes: after the number of seconds that Retry-After says (%d by default), then\n"+
			"with growing pauses, under the same Idempotency-Key.", p.RetryAfter)
	case retryChange:
		retry = "Only when the state that it depends on has changed; waiting alone does not help."
	}
	return fmt.Sprintf(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>%[1]s</title>
<h1>%[1]s</h1>
<p><code>%[2]s</code>, status %[3]d
<h2>What it means</h2>
<p>%[4]s
<h2>What to do</h2>
<p>%[5]s
<h2>Whether to try again</h2>
<p>%[6]s
<p><a href="../docs">The API</a>
</html>
`, html.EscapeString(p.Title), html.EscapeString(string(p.Code)), p.Status, html.EscapeString(p.Meaning), html.EscapeString(p.Advice), retry)
}
