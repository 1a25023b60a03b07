package cli

import "github.com/spf13/cobra"

// Commands returns the commands about enrollments. Each runs in a session that open returns.
func Commands(open func() (*Session, error)) []*cobra.Command {
	return []*cobra.Command{
		Command("enroll COURSE LEARNER", "Enroll a learner on a course; if it is full, put the learner on its waitlist.\n\n"+dashes, open, new(Enroll)),
		Command("withdraw COURSE LEARNER", "Withdraw a learner from a course; the first on the waitlist gets the free seat.\n\n"+dashes, open, new(Withdraw)),
		Command("apply FILE", "Run the actions of a file as one command: all of them, or none if one is refused.\n\n"+actions, open, new(Apply)),
		Command("list [COURSE]", "List the enrollments of a course in order of sequence, or those of one learner.", open, new(List)),
		Command("check [COURSE]", "Compare what is stored with the journal, for one course or all; exit with 1 if they differ.", open, new(Check)),
		Command("rename OLD NEW", "Give what a learner holds to another id; seats, places on waitlists and the history stay.\n\n"+dashes, open, Rename{}),
		Command("about LEARNER", "Print everything that is stored about a learner, as JSON.\n\n"+dashes, open, About{}),
		Command("forget LEARNER", "Erase a learner's id from everything that is stored; counts stay correct.\n\n"+dashes, open, new(Forget)),
	}
}

const dashes = "Put -- before an id that begins with a dash."

const actions = `FILE has one object per line: {"action":"enroll","courseId":"C","learnerId":"L","seatOnly":true} or
{"action":"withdraw","courseId":"C","learnerId":"L","enrollmentId":"E"}; seatOnly and enrollmentId are optional, - is standard input.`

// CourseCommands returns the commands about courses, for the program's own group of that name.
func CourseCommands(open func() (*Session, error)) []*cobra.Command {
	return []*cobra.Command{
		Command("put COURSE", "Create or change a course; settings that are left out keep their values.", open, new(CoursePut)),
		Command("show COURSE", "Show one course.", open, new(CourseShow)),
		Command("list", "List all courses.", open, new(CourseList)),
	}
}
