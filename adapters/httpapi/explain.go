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

// GetProblem answers GET /problems/{code}, where the type of a problem leads, from the table that answers it.
func (h *handlers) GetProblem(ctx context.Context, r api.GetProblemRequestObject) (api.GetProblemResponseObject, error) {
	a, known := answers[domain.Kind(r.Code)]
	if !known {
		return nil, errNotFound
	}
	explained := api.ProblemType{
		Type: problemsPath + r.Code, Code: api.Code(r.Code), Title: a.title, Status: a.status,
		Meaning: a.detail, Advice: a.advice, Retry: api.ProblemTypeRetry(a.retry),
	}
	if a.retryAfter > 0 {
		explained.RetryAfter = &a.retryAfter
	}
	in := callOf(ctx)
	in.header.Set("Vary", "Accept")
	if !strings.Contains(in.accept, "text/html") {
		return api.GetProblem200JSONResponse(explained), nil
	}
	page := problemPage(explained)
	in.header.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	return api.GetProblem200TextHTMLResponse{Body: strings.NewReader(page), ContentLength: int64(len(page))}, nil
}

// problemPage is what is explained, for people. It is no html/template: those call methods by name, for which the linker keeps the
// methods of every type in the program.
func problemPage(p api.ProblemType) string {
	again := "No: the same request will be answered the same."
	switch p.Retry {
	case api.ProblemTypeRetryLater:
		again = fmt.Sprintf("Yes: after as many seconds as Retry-After says (%d where nothing says otherwise), then\n"+
			"with growing pauses, under the same Idempotency-Key.", *p.RetryAfter)
	case api.ProblemTypeRetryAfterChange:
		again = "Only when what it meets has changed; waiting alone does not change it."
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
<p><a href="/docs">The API</a>
</html>
`, html.EscapeString(p.Title), html.EscapeString(string(p.Code)), p.Status, html.EscapeString(p.Meaning), html.EscapeString(p.Advice), again)
}
