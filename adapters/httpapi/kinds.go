package httpapi

import (
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Kinds that only a request can have.
const (
	errMalformed   domain.Kind = "malformed_request"
	errNotFound    domain.Kind = ports.ErrNotFound // no such route: to a client, nothing is there either way
	errMethod      domain.Kind = "method_not_allowed"
	errTooLarge    domain.Kind = "payload_too_large"
	errUnsupported domain.Kind = "unsupported_media_type"
	errGone        domain.Kind = "gone" // a path after its sunset
	errRateLimited domain.Kind = "rate_limited"
)

// An answer is what a kind is in HTTP, and what /problems/{code} tells of it.
type answer struct {
	status     int
	retry      retry
	retryAfter int // seconds, with later; who knows better sets the header before
	title      string
	detail     string // what it means; in a problem where the error itself has nothing to add that may be shown
	advice     string // what a client should do
}

// A retry says whether the same request may be answered otherwise.
type retry string

const (
	never   retry = "never"        // not before the request itself is another
	changed retry = "after_change" // when what it meets has changed, which waiting alone does not do
	later   retry = "later"        // after Retry-After seconds, then with growing pauses, under the same Idempotency-Key
)

// answers has every kind. A kind that is not here is answered as internal.
var answers = map[domain.Kind]answer{
	errMalformed: {400, never, 0, "Malformed request", "The request can't be read.",
		"Mend what detail and errors point at, then send it anew."},
	errNotFound: {404, changed, 0, "Not found", "There is nothing at this path; /openapi.json lists which paths there are.",
		"Compare the path with /docs; mind slashes at the end and percent-encoding. If it is right, nothing has been put there."},
	errMethod: {405, never, 0, "Method not allowed", "The Allow header lists the methods of this path.",
		"Use a method that Allow lists."},
	errTooLarge: {413, never, 0, "Payload too large", "A body may have 64 KiB at most.",
		"Send less at once."},
	errUnsupported: {415, never, 0, "Unsupported media type", "A body must be application/json, in UTF-8 and not compressed.",
		"Set Content-Type to application/json and leave Content-Encoding out."},
	errGone: {410, never, 0, "Gone", "This path has been retired.",
		"Use the path that Link names as rel=successor-version. It takes the same body and the same keys."},
	errRateLimited: {429, later, 1, "Rate limited", "You have sent more requests than you may in this time.",
		"Wait as Retry-After says, and pace yourself by the RateLimit header."},

	domain.ErrInvalidArgument: {422, never, 0, "Invalid argument", "A value can't be.",
		"Mend the values that errors points at."},
	domain.ErrCourseNotFound: {404, changed, 0, "Course not found",
		"There is no such course. A new one needs a title and a capacity.",
		"Check the id against GET /v1/courses. To create the course, put it with a title and a capacity."},
	domain.ErrCourseFull: {409, changed, 0, "Course full", "There is no seat, and no waitlist to join.",
		"Tell the learner. It changes when somebody withdraws, or staff add seats or a waitlist."},
	domain.ErrCourseClosed: {409, changed, 0, "Course closed", "Nobody gains a seat or a place in line now.",
		"Tell the learner. It changes when staff open the course."},
	domain.ErrAlreadyEnrolled: {409, changed, 0, "Already enrolled", "The learner has a seat on this course.",
		"Take it as done: standing says what the learner holds."},
	domain.ErrAlreadyWaitlisted: {409, changed, 0, "Already waitlisted", "The learner is in line for this course.",
		"Take it as done: standing says what the learner holds, and a GET of it the place in line."},
	domain.ErrNotEnrolled: {404, changed, 0, "Not enrolled", "The learner has neither a seat nor a place in line on this course.",
		"After a withdrawal, take it as done. Otherwise check the learner's id."},

	ports.ErrUnauthenticated: {401, changed, 0, "Unauthenticated", "Say who asks.",
		"Get a new token and send it as Authorization: Bearer. If that is refused too, stop: its issuer or audience is another."},
	ports.ErrForbidden: {403, changed, 0, "Forbidden", "You may not do this.",
		"Ask for the role that it takes; the same token will be refused again."},
	ports.ErrPreconditionFailed: {412, changed, 0, "Precondition failed", "The course is of another revision. Get it again.",
		"Get the course, look whether the change still makes sense, and put it with the new ETag."},
	ports.ErrKeyReused: {422, never, 0, "Idempotency key reused", "Another request was made under this key. Choose a new one.",
		"Use a new key for a new request. Send a request again under its key only unchanged."},
	ports.ErrInProgress: {409, later, 1, "Idempotency key in progress", "The first request under this key still runs. Try again.",
		"Send the same request under the same key again; it will get the first one's answer."},
	ports.ErrUnavailable: {503, later, 1, "Unavailable", "Not now. Try again.",
		"Send the same request again. Without an Idempotency-Key, look first whether it was done."},
	ports.ErrInternal: {500, never, 0, "Internal error", "This is our mistake. Tell us the correlationId.",
		"Report it with the correlationId. Do not repeat it in a loop."},
}
