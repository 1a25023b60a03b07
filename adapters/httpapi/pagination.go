package httpapi

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/url"
	"strconv"

	"example.com/roster/domain"
)

const (
	defaultPageSize = 100
	maxPageSize     = 1000
)

// A pageRequest asks for one page of a list.
type pageRequest struct {
	path    string
	filters url.Values
	size    int
	after   string // the last item of the previous page; empty for the first page
}

// A pageToken says which list a page belongs to and where the page begins. It grants no access, so it is not signed.
type pageToken struct {
	List  string `json:"list"`
	After string `json:"after"`
}

// newPageRequest reads pageSize and pageToken of a request for the list at path with these filters.
func newPageRequest(path string, filters url.Values, size *int, token *string) (pageRequest, error) {
	p := pageRequest{path: path, filters: filters, size: defaultPageSize}
	if size != nil {
		if *size < 1 {
			return p, malformed("pageSize", "must be 1 or more")
		}
		p.size = min(*size, maxPageSize)
	}
	if token == nil || *token == "" {
		return p, nil
	}
	var t pageToken
	data, err := base64.RawURLEncoding.DecodeString(*token)
	if err != nil || json.Unmarshal(data, &t) != nil || t.List != p.list() || t.After == "" {
		return p, errPageToken()
	}
	p.after = t.After
	return p, nil
}

// afterCourse returns the course after which the page of a list in order of course begins.
func (p pageRequest) afterCourse() (domain.CourseID, error) {
	after := domain.CourseID(p.after)
	if after != "" && after.Validate() != nil {
		return "", errPageToken()
	}
	return after, nil
}

// next returns the token of the page after the item last, and the Link to it (RFC 8288).
func (p pageRequest) next(last string) (token, link *string) {
	data, _ := json.Marshal(pageToken{p.list(), last}) // can't fail: two strings
	text := base64.RawURLEncoding.EncodeToString(data)
	query := url.Values{"pageSize": {strconv.Itoa(p.size)}, "pageToken": {text}}
	maps.Copy(query, p.filters)
	return &text, new("<" + p.path + "?" + query.Encode() + `>; rel="next"`)
}

func (p pageRequest) list() string { return p.path + "?" + p.filters.Encode() }

func errPageToken() error {
	return malformed("pageToken", "belongs to another list or to other filters; use the nextPageToken of this list")
}
