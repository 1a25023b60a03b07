package application

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"example.com/roster/ports"
)

// fingerprint tells one command's actions from another's: the SHA-256, in hex, of all that they ask, each text with its
// length before it so that no two commands are written alike.
func fingerprint(actions []ports.Action) string {
	var b []byte
	for _, a := range actions {
		switch a := a.(type) {
		case ports.Enroll:
			b = appendText(append(b, 'E'), string(a.Course))
			b = appendText(b, string(a.Learner))
		case ports.Withdraw:
			b = appendText(append(b, 'W'), string(a.Course))
			b = appendText(b, string(a.Learner))
		case ports.PutCourse:
			b = appendText(append(b, 'P'), string(a.Course))
			b = appendSetting(b, a.Title, appendText)
			b = appendSetting(b, a.Capacity, func(b []byte, n int) []byte { return binary.AppendVarint(b, int64(n)) })
			b = appendSetting(b, a.Open, appendBool)
			b = appendSetting(b, a.WaitlistEnabled, appendBool)
			b = binary.AppendVarint(b, a.IfRevision)
		}
	}
	sum := sha256.Sum256(b)
	return string(hex.AppendEncode(make([]byte, 0, 2*len(sum)), sum[:]))
}

func appendSetting[T any](b []byte, value *T, append func([]byte, T) []byte) []byte {
	if value == nil {
		return appendBool(b, false)
	}
	return append(appendBool(b, true), *value)
}

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

func appendBool(b []byte, yes bool) []byte {
	if yes {
		return append(b, 1)
	}
	return append(b, 0)
}
