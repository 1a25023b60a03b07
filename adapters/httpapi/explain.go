package httpapi

import (
	"bytes"
	"context"
	"html/template"
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
	var page bytes.Buffer
	if err := problemPage.Execute(&page, explained); err != nil {
		return nil, err
	}
	in.header.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	return api.GetProblem200TextHTMLResponse{Body: &page, ContentLength: int64(page.Len())}, nil
}

var problemPage = template.Must(template.New("problem").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>{{.Title}}</title>
<h1>{{.Title}}</h1>
<p><code>{{.Code}}</code>, status {{.Status}}
<h2>What it means</h2>
<p>{{.Meaning}}
<h2>What to do</h2>
<p>{{.Advice}}
<h2>Whether to try again</h2>
<p>{{if eq .Retry "later"}}Yes: after as many seconds as Retry-After says ({{.RetryAfter}} where nothing says otherwise), then
with growing pauses, under the same Idempotency-Key.
{{else if eq .Retry "after_change"}}Only when what it meets has changed; waiting alone does not change it.
{{else}}No: the same request will be answered the same.
{{end}}<p><a href="/docs">The API</a>
</html>
`))
