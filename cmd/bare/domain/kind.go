package domain

// A Kind is the reason why something was not done. It is an error, and never changes: clients may switch on it. Package ports
// adds operational kinds.
type Kind string

func (k Kind) Error() string { return string(k) }

// The reasons for which a rule refuses. Add your own kinds here, and to the tables of the entry points.
const (
	ErrInvalidArgument Kind = "invalid_argument" // a value is invalid: [Violation]
)

// Kinds returns every kind of this package, so that a test can check that a table has all of them.
func Kinds() []Kind { return []Kind{ErrInvalidArgument} }

// A Violation is an [ErrInvalidArgument] that names the field and says what it must be.
type Violation struct {
	Field  string // as in the documents that users write
	Detail string // "must be 0 or more, got -3"
}

func (v *Violation) Error() string { return v.Field + " " + v.Detail }

// Unwrap makes errors.Is(v, ErrInvalidArgument) true.
func (v *Violation) Unwrap() error { return ErrInvalidArgument }
