package cli

import "github.com/spf13/cobra"

// Commands returns the commands about seats and who has them. Each runs in a session that it opens.
func Commands(open func() (*Session, error)) []*cobra.Command {
	return []*cobra.Command{
		Command("enroll COURSE LEARNER", "Give a learner a seat, or a place in line.\n\n"+dashes, open, new(Enroll)),
		Command("withdraw COURSE LEARNER", "Take a learner from seat or line; the first in line moves up.\n\n"+dashes, open, new(Withdraw)),
		Command("list COURSE", "List a course's standings, in order of sequence.", open, new(List)),
		Command("check [COURSE]", "Hold what is stored, of one course or all, against its own journal; exit 1 where it differs.", open, new(Check)),
		Command("forget LEARNER", "Erase a learner's id from all that is kept, and keep the counts right.\n\n"+dashes, open, new(Forget)),
	}
}

const dashes = "Put -- before an id that begins with a dash."

// CourseCommands returns the commands about courses, for a program's own group of that name.
func CourseCommands(open func() (*Session, error)) []*cobra.Command {
	return []*cobra.Command{
		Command("put ID", "Create a course, or change it: what is left out stays as it is.", open, new(CoursePut)),
		Command("show ID", "Show one course.", open, new(CourseShow)),
		Command("list", "List all courses.", open, new(CourseList)),
	}
}
