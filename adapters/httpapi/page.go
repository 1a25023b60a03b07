package httpapi

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strconv"
)

const (
	defaultPageSize = 100
	maxPageSize     = 1000
)

// A listing is one page of a list that is asked for.
type listing struct {
	path    string
	filters url.Values
	size    int
	after   string // the last item of the page before; empty for the first page
}

// A pageToken says where a page begins, and of which list. It is a bookmark: whoever makes one up sees no more by it.
type pageToken struct {
	List  string `json:"list"`
	After string `json:"after"`
}

// newListing reads pageSize and pageToken of a request for the list at path with these filters.
func newListing(path string, filters url.Values, size *int, token *string) (listing, error) {
	l := listing{path: path, filters: filters, size: defaultPageSize}
	if size != nil {
		if *size < 1 {
			return l, malformed("pageSize", "must be 1 or more")
		}
		l.size = min(*size, maxPageSize)
	}
	if token == nil || *token == "" {
		return l, nil
	}
	var t pageToken
	data, err := base64.RawURLEncoding.DecodeString(*token)
	if err != nil || json.Unmarshal(data, &t) != nil || t.List != l.list() || t.After == "" {
		return l, errPageToken()
	}
	l.after = t.After
	return l, nil
}

// next returns the token of the page after the item last, and the Link to it (RFC 8288).
func (l listing) next(last string) (token, link *string) {
	data, _ := json.Marshal(pageToken{l.list(), last}) // two strings: it can't fail
	text := base64.RawURLEncoding.EncodeToString(data)
	query := url.Values{"pageSize": {strconv.Itoa(l.size)}, "pageToken": {text}}
	for name, values := range l.filters {
		query[name] = values
	}
	return &text, new("<" + l.path + "?" + query.Encode() + `>; rel="next"`)
}

func (l listing) list() string { return l.path + "?" + l.filters.Encode() }

func errPageToken() error {
	return malformed("pageToken", "is not of a page of this list with these filters")
}
