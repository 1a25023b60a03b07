package cli

// Commands are the commands about seats and who has them, to be embedded in a program's grammar.
type Commands struct {
	Enroll   Enroll   `cmd:"" help:"Give a learner a seat, or a place in line."`
	Withdraw Withdraw `cmd:"" help:"Take a learner from seat or line; the first in line moves up."`
	List     List     `cmd:"" help:"List a course's standings, in order of sequence."`
	Check    Check    `cmd:"" help:"Hold what is stored against its own journal; exit 1 where it differs."`
	Forget   Forget   `cmd:"" help:"Erase a learner's id from all that is kept, and keep the counts right."`
}

// Course is the group of commands about courses, to be embedded in a program's own group of that name.
type Course struct {
	Put  CoursePut  `cmd:"" help:"Create a course, or change it: what is left out stays as it is."`
	Show CourseShow `cmd:"" help:"Show one course."`
	List CourseList `cmd:"" help:"List all courses."`
}
