package cli

import "github.com/spf13/cobra"

// Commands returns the commands about enrollments. Each runs in a session that open returns.
func Commands(open func() (*Session, error)) []*cobra.Command {
	return []*cobra.Command{
		Command("enroll COURSE LEARNER", "Enroll a learner on a course; if it is full, put the learner on its waitlist.\n\n"+dashes, open, new(Enroll)),
		Command("withdraw COURSE LEARNER", "Withdraw a learner from a course; the first on the waitlist gets the free seat.\n\n"+dashes, open, new(Withdraw)),
		Command("list COURSE", "List the enrollments of a course in order of sequence.", open, new(List)),
		Command("check [COURSE]", "Compare what is stored with the journal, for one course or all; exit with 1 if they differ.", open, new(Check)),
		Command("forget LEARNER", "Erase a learner's id from everything that is stored; counts stay correct.\n\n"+dashes, open, new(Forget)),
	}
}

const dashes = "Put -- before an id that begins with a dash."

// CourseCommands returns the commands about courses, for the program's own group of that name.
func CourseCommands(open func() (*Session, error)) []*cobra.Command {
	return []*cobra.Command{
		Command("put COURSE", "Create or change a course; settings that are left out keep their values.", open, new(CoursePut)),
		Command("show COURSE", "Show one course.", open, new(CourseShow)),
		Command("list", "List all courses.", open, new(CourseList)),
	}
}
