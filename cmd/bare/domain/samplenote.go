package domain

import "time"

// MaxSampleNoteText is the maximum size of the text of a sample note, in bytes.
const MaxSampleNoteText = 200

// A SampleNoteID is unique within a tenant.
type SampleNoteID string

// Validate returns a [Violation] unless id is 1 to 64 characters of A-Z, a-z, 0-9, _ and -.
func (id SampleNoteID) Validate() error { return validateToken("sampleNoteId", string(id)) }

// A SampleNote is the state of one sample note. Its Version is 0 if it does not exist.
type SampleNote struct {
	ID SampleNoteID
	// TODO: add the fields of a sample note.
	Text      string
	Version   int64     // the number of the latest change: 1, 2, 3 …
	Since     time.Time // the time of the latest change
	ChangedBy string    // who made the latest change: the subject of an actor
}

// Exists reports whether the sample note exists.
func (v SampleNote) Exists() bool { return v.Version > 0 }

// changed returns the sample note with the next version.
func (v SampleNote) changed(by string, at time.Time) SampleNote {
	v.Version, v.Since, v.ChangedBy = v.Version+1, at, by
	return v
}

// Revise returns the sample note with this text, or a [Violation] if the text is invalid. If nothing changes, the Version stays.
func (v SampleNote) Revise(text, by string, at time.Time) (SampleNote, error) {
	// TODO: add your rules. A rule refuses with a Violation, or with a Kind of your own.
	if err := ValidateText("text", text, MaxSampleNoteText); err != nil {
		return v, err
	}
	if v.Exists() && v.Text == text {
		return v, nil
	}
	v.Text = text
	return v.changed(by, at), nil
}
