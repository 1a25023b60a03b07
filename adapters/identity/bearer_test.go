package identity_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"example.com/roster/ports"
)

func TestActorOfARequest(t *testing.T) {
	t.Parallel()
	key := openLocal(t, t.TempDir(), time.Now)
	v := key.Verifier()
	token, _, err := key.Sign("ada", ports.Learner, "default", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		headers  []string
		accepted bool
	}{
		"Bearer":                        {[]string{"Bearer " + token}, true},
		"in another letter case":        {[]string{"bEARER " + token}, true},
		"no header":                     {nil, false},
		"an empty header":               {[]string{""}, false},
		"the token alone":               {[]string{token}, false},
		"the scheme alone":              {[]string{"Bearer"}, false},
		"no token":                      {[]string{"Bearer "}, false},
		"two spaces":                    {[]string{"Bearer  " + token}, false},
		"a tab":                         {[]string{"Bearer\t" + token}, false},
		"a space before":                {[]string{" Bearer " + token}, false},
		"a space after":                 {[]string{"Bearer " + token + " "}, false},
		"quotes":                        {[]string{`Bearer "` + token + `"`}, false},
		"another scheme":                {[]string{"Basic YTpi"}, false},
		"another scheme with the token": {[]string{"DPoP " + token}, false},
		"a scheme with that prefix":     {[]string{"BearerX " + token}, false},
		"a list":                        {[]string{"Bearer " + token + ", Bearer " + token}, false},
		"two headers":                   {[]string{"Bearer " + token, "Bearer " + token}, false},
		"two headers, one is empty":     {[]string{"Bearer " + token, ""}, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodGet, "/v1/courses?access_token="+token, nil)
			r.Header["Authorization"] = c.headers
			got, err := v.Actor(r)
			if c.accepted && (err != nil || got.Subject != "ada") {
				t.Errorf("it is %+v, %v", got, err)
			}
			if !c.accepted && (got != (ports.Actor{}) || !errors.Is(err, ports.ErrUnauthenticated)) {
				t.Errorf("it is %+v, %v, want %v", got, err, ports.ErrUnauthenticated)
			}
		})
	}
}
