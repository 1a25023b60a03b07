package httpapi

import (
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Kinds that only a request can have.
const (
	errMalformed   domain.Kind = "malformed_request"
	errNotFound    domain.Kind = "not_found" // no such route
	errMethod      domain.Kind = "method_not_allowed"
	errTooLarge    domain.Kind = "payload_too_large"
	errUnsupported domain.Kind = "unsupported_media_type"
)

// An answer is what a kind is in HTTP.
type answer struct {
	status     int
	retryAfter int // seconds; 0: trying again is of no use
	title      string
	detail     string // where the error itself has nothing to add that may be shown
}

// answers has every kind. A kind that is not here is answered as internal.
var answers = map[domain.Kind]answer{
	errMalformed:   {400, 0, "Malformed request", "The request can't be read."},
	errNotFound:    {404, 0, "No such route", "There is nothing at this path; /openapi.json lists what there is."},
	errMethod:      {405, 0, "Method not allowed", "The Allow header lists the methods of this path."},
	errTooLarge:    {413, 0, "Payload too large", "A body may have 64 KiB at most."},
	errUnsupported: {415, 0, "Unsupported media type", "A body must be application/json, in UTF-8 and not compressed."},

	domain.ErrInvalidArgument:   {422, 0, "Invalid argument", "A value can't be."},
	domain.ErrCourseNotFound:    {404, 0, "Course not found", "There is no such course. A new one needs a title and a capacity."},
	domain.ErrCourseFull:        {409, 0, "Course full", "There is no seat, and no waitlist to join."},
	domain.ErrCourseClosed:      {409, 0, "Course closed", "Nobody gains a seat or a place in line now."},
	domain.ErrAlreadyEnrolled:   {409, 0, "Already enrolled", "The learner has a seat on this course."},
	domain.ErrAlreadyWaitlisted: {409, 0, "Already waitlisted", "The learner is in line for this course."},
	domain.ErrNotEnrolled:       {404, 0, "Not enrolled", "The learner has neither a seat nor a place in line on this course."},

	ports.ErrUnauthenticated:    {401, 0, "Unauthenticated", "Say who asks."},
	ports.ErrForbidden:          {403, 0, "Forbidden", "You may not do this."},
	ports.ErrPreconditionFailed: {412, 0, "Precondition failed", "The course is of another revision. Get it again."},
	ports.ErrKeyReused:          {422, 0, "Idempotency key reused", "Another request was made under this key. Choose a new one."},
	ports.ErrInProgress:         {409, 1, "Idempotency key in progress", "The first request under this key still runs. Try again."},
	ports.ErrUnavailable:        {503, 1, "Unavailable", "Not now. Try again."},
	ports.ErrInternal:           {500, 0, "Internal error", "This is our mistake. Tell us the correlationId."},
}
