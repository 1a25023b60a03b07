package nats

import (
	"crypto/sha256"
	"fmt"
	"regexp"

	"github.com/nats-io/nats.go"

	"example.com/roster/ports"
)

// A traceparent of version 00 (W3C Trace Context).
var traceparent00 = regexp.MustCompile(`^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$`)

const (
	noTrace = "00000000000000000000000000000000"
	noSpan  = "0000000000000000"
)

func validTrace(text string) bool {
	ids := traceparent00.FindStringSubmatch(text)
	return ids != nil && ids[1] != noTrace && ids[2] != noSpan
}

// traceOf returns the trace that an entry is part of. Where there is none, one is made of its correlation, so that what belongs
// together is found together; it is marked as one that nobody recorded.
func traceOf(e ports.Entry) string {
	if validTrace(e.Trace) {
		return e.Trace
	}
	trace, span := sha256.Sum256([]byte(e.Correlation)), sha256.Sum256([]byte(e.ID))
	return fmt.Sprintf("00-%x-%x-00", trace[:16], span[:8])
}

// traceFrom returns the trace that a message names, empty where that is none.
func traceFrom(h nats.Header) string {
	if trace := h.Get(traceparent); validTrace(trace) {
		return trace
	}
	return ""
}
