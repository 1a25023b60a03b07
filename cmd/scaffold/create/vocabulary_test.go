package create

import (
	"fmt"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"example.com/roster/cmd/scaffold/internal/naming"
	"example.com/roster/cmd/scaffold/merge"
)

// A field has its words, and the forms of its nouns as a test of the grammar knows them.
type field struct {
	words   string // as for --words
	plurals string // as for --plural
	nouns   string // of the course, the learner and the enrollment: singular/plural
	long    bool   // ROSTER_LONG compiles the service; ROSTER_MATRIX compiles all
}

const (
	cancels = ",withdraw=cancel/cancels/cancelled/cancelling,withdrawal=cancellation"
	leaves  = ",withdraw=leave/leaves/left/leaving,withdrawal=departure"
	books   = ",enroll=book,enrollment=booking" + cancels
	admits  = ",enroll=admit/admits/admitted/admitting,enrollment=admission"
	queue   = ",waitlist=queue"
)

var fields = map[string]field{
	"airline":        {words: "course=flight,learner=passenger" + books, nouns: "flight/flights,passenger/passengers,booking/bookings"},
	"analysis":       {words: "course=analysis,learner=specimen,enroll=add,enrollment=addition" + queue, nouns: "analysis/analyses,specimen/specimens,addition/additions"},
	"apartments":     {words: "course=apartment,learner=renter,enroll=lease,enrollment=lease" + cancels, nouns: "apartment/apartments,renter/renters,lease/leases"},
	"buses":          {words: "course=bus,learner=rider" + books, nouns: "bus/buses,rider/riders,booking/bookings"},
	"cases":          {words: "course=case,learner=witness" + admits + leaves, nouns: "case/cases,witness/witnesses,admission/admissions"},
	"classes":        {words: "course=class,learner=user" + leaves, nouns: "class/classes,user/users,enrollment/enrollments"},
	"events":         {words: "course=session,learner=agent" + admits + queue, nouns: "session/sessions,agent/agents,admission/admissions"},
	"files":          {words: "course=file,learner=reviewer" + leaves + queue, nouns: "file/files,reviewer/reviewers,enrollment/enrollments"},
	"functions":      {words: "course=func,learner=worker" + queue, nouns: "func/funcs,worker/workers,enrollment/enrollments"},
	"games":          {words: "course=half,learner=player,seat=spot" + queue, nouns: "half/halves,player/players,enrollment/enrollments"},
	"groups":         {words: "course=group,learner=child" + admits + leaves, nouns: "group/groups,child/children,admission/admissions"},
	"hospital beds":  {words: "course=hospital-bed,learner=patient,enrollment=stay,enroll=admit/admits/admitted/admitting,withdraw=discharge,withdrawal=discharge,waitlist=waiting-list,seat=place", nouns: "hospital bed/hospital beds,patient/patients,stay/stays", long: true},
	"kennels":        {words: "course=kennel,learner=dog" + books + queue, nouns: "kennel/kennels,dog/dogs,booking/bookings"},
	"marina":         {words: "course=berth,learner=boat,enroll=moor,enrollment=mooring,withdraw=depart,withdrawal=departure" + queue, nouns: "berth/berths,boat/boats,mooring/moorings"},
	"news":           {words: "course=news,learner=person" + cancels, plurals: "news=news-items", nouns: "news/news items,person/people,enrollment/enrollments"},
	"office hours":   {words: "course=officeHour,learner=student" + books, nouns: "office hour/office hours,student/students,booking/bookings"},
	"orders":         {words: "course=order,learner=customer" + queue, nouns: "order/orders,customer/customers,enrollment/enrollments"},
	"parcels":        {words: "course=package,learner=courier" + cancels, nouns: "package/packages,courier/couriers,enrollment/enrollments"},
	"parking":        {words: "course=parking lot,learner=driver,enroll=park,enrollment=parking,seat=space" + leaves + queue, nouns: "parking lot/parking lots,driver/drivers,parking/parkings"},
	"ranges":         {words: "course=range,learner=shooter" + books, nouns: "range/ranges,shooter/shooters,booking/bookings"},
	"restaurant":     {words: "course=table,learner=guest,enroll=reserve,enrollment=reservation,seat=chair" + cancels + queue, nouns: "table/tables,guest/guests,reservation/reservations"},
	"series":         {words: "course=series,learner=viewer" + books, plurals: "series=series-runs", nouns: "series/series runs,viewer/viewers,booking/bookings"},
	"servers":        {words: "course=server_slot,learner=batch-job,enroll=allocate,enrollment=allocation,withdraw=release,withdrawal=release" + queue, nouns: "server slot/server slots,batch job/batch jobs,allocation/allocations"},
	"shelves":        {words: "course=shelf,learner=box" + leaves + queue, nouns: "shelf/shelves,box/boxes,enrollment/enrollments"},
	"shifts":         {words: "course=shift,learner=crew" + books, nouns: "shift/shifts,crew/crews,booking/bookings"},
	"talks":          {words: "course=talk,learner=speaker,waitlist=reserve-list,seat=slot" + cancels, nouns: "talk/talks,speaker/speakers,enrollment/enrollments"},
	"tools":          {words: "course=tool,learner=member,enroll=lend/lends/lent/lending,enrollment=tool-loan,withdraw=return,withdrawal=return,seat=copy" + queue, nouns: "tool/tools,member/members,tool loan/tool loans"},
	"interfaces":     {words: "course=interface,learner=holder" + leaves, nouns: "interface/interfaces,holder/holders,enrollment/enrollments"},
	"units":          {words: "course=unit,learner=apprentice" + cancels, nouns: "unit/units,apprentice/apprentices,enrollment/enrollments"},
	"virtual models": {words: "course=vm,learner=api-user" + books, nouns: "vm/vms,api user/api users,booking/bookings"},
	"workshops":      {words: "course=workshop,learner=attendee,enroll=accept,enrollment=acceptance" + cancels, nouns: "workshop/workshops,attendee/attendees,acceptance/acceptances"},
}

// command returns the vocabulary as the user gives it.
func (f field) command() New {
	parse := func(list string) map[string]string {
		words := make(map[string]string)
		for pair := range strings.SplitSeq(list, ",") {
			if from, to, ok := strings.Cut(pair, "="); ok {
				words[from] = to
			}
		}
		return words
	}
	return New{Module: "example.com/acme/vocabulary", Words: parse(f.words), Plurals: parse(f.plurals)}
}

// documented are the files that people read: documents, the API, and Go files without their tests.
var documented = sync.OnceValues(func() (Tree, error) {
	template, err := template()
	if err != nil {
		return nil, err
	}
	tree, err := New{}.selectParts(template)
	maps.DeleteFunc(tree, func(name, _ string) bool {
		read := slices.ContainsFunc([]string{"domain", "ports", "application", "adapters/cli", "adapters/httpapi", "cmd/roster/app"}, func(folder string) bool {
			return path.Dir(name) == folder && path.Ext(name) == ".go" && !strings.HasSuffix(name, "_test.go")
		})
		return !read && name != "go.mod" && !slices.Contains([]string{".md", ".yaml", ".sql"}, path.Ext(name))
	})
	return tree, err
})

// Each vocabulary gives documents, an API and comments in good English, with the right URLs and none of the words that it replaces.
func TestVocabularies(t *testing.T) {
	t.Parallel()
	template, err := documented()
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range fields {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := f.command()
			d, _, err := c.dictionary()
			if err != nil {
				t.Fatal(err)
			}
			tree, err := d.translate(template)
			if err != nil {
				t.Fatal(err)
			}
			spec := tree["adapters/httpapi/openapi.yaml"]
			for _, url := range f.urls() {
				if !strings.Contains(spec, "\n  "+url+":\n") {
					t.Errorf("openapi.yaml lacks %s", url)
				}
			}
			for _, file := range slices.Sorted(maps.Keys(tree)) {
				if !within(file, foreign) && file != "go.mod" {
					for _, fault := range f.faults(file, tree[file]) {
						t.Errorf("%s:%s", file, fault)
					}
				}
			}
		})
	}
}

var (
	consoleBlock = regexp.MustCompile("(?s)\\n```console\\n(.*?)```")
	jsonName     = regexp.MustCompile(`"(\w+)":`)
	subject      = regexp.MustCompile(`\b(?:who|learners?) (?:has |has never )?(?:enroll|withdraw)(?:s|ed)?\b`)
)

// No document depends on what other words may change: the order of the names in a JSON object, and who does what a verb says. Passengers book
// flights, but patients do not admit.
func TestDocumentsTakeOtherWords(t *testing.T) {
	t.Parallel()
	template, err := documented()
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range slices.Sorted(maps.Keys(template)) {
		if path.Ext(file) == ".go" {
			continue
		}
		if m := subject.FindString(template[file]); m != "" {
			t.Errorf("%s has %q: let a learner be enrolled or withdrawn", file, m)
		}
		for line := range strings.Lines(strings.Join(consoleBlock.FindAllString(template[file], -1), "")) {
			if !strings.HasPrefix(line, "{") || !strings.Contains(line, "...") {
				continue
			}
			names := jsonName.FindAllStringSubmatch(line, -1)
			ours := slices.ContainsFunc(names, func(m []string) bool { return oldWords.MatchString(naming.Split(m[1])[0]) })
			if ours && len(names) > 1 || strings.HasPrefix(line, `{"capacity"`) {
				t.Errorf("%s shows names of a course in an order: %s", file, line)
			}
		}
	}
}

// forms returns the singulars and the plurals of the course, the learner and the enrollment.
func (f field) forms() (one, many []string) {
	for noun := range strings.SplitSeq(f.nouns, ",") {
		o, m, _ := strings.Cut(noun, "/")
		one, many = append(one, o), append(many, m)
	}
	return one, many
}

// Each kind of fault is found.
func TestFaultsAreFound(t *testing.T) {
	t.Parallel()
	f := field{
		words: "course=hospital-bed,learner=person,enroll=book,enrollment=booking,waitlist=queue,seat=place",
		nouns: "hospital bed/hospital beds,person/people,booking/bookings",
	}
	for text, want := range map[string]string{
		"A hospital bed, an hour, the people's bookings of all hospital beds": "",
		"`hospital_bed` and [beds](hospital-beds.md), GET /v1/hospital-beds":  "",
		"patient.enrolled":             "1: enrolled is left",
		"Courses":                      "1: courses is left",
		"a full\nWAITLIST":             "2: waitlist is left",
		"an hospital bed":              `1: "an hospital"`,
		"as an\n// booking":            `1: "an\n// booking"`,
		"a hospital-bed is":            `1: "hospital-bed" is a name in code, not in prose`,
		"the hospitalBed.\n":           `1: "hospitalBed." is a name in code, not in prose`,
		"all hospital beds's people":   "1: hospital beds's  is no plural",
		"bedses":                       "1: bedses is no plural",
		"the peoples":                  "1: peoples is no plural",
		"the people' bookings":         "1: people' should be people's",
		"GET /v1/hospital_beds":        "1: /v1/hospital_beds is no URL",
		"POST /v1/hospital beds/{x}/y": "1: /v1/hospital beds/{x}/y is no URL",
		"GET /v1/hospitalBeds/x":       "1: /v1/hospitalBeds/x is no URL",
		"the booking booking":          "1: booking booking",
	} {
		found := f.faults("docs/a.md", text+"\n")
		if want == "" && len(found) > 0 || want != "" && !slices.Contains(found, want) {
			t.Errorf("%q: found %q, want %q", text, found, want)
		}
	}
}

// urls are paths that the API has.
func (f field) urls() []string {
	one, many := f.forms()
	kebab := func(words string) string { return strings.ReplaceAll(words, " ", "-") }
	id := func(words string) string { return "{" + camel(strings.Fields(words)) + "Id}" }
	courses := "/v1/" + kebab(many[0])
	course := courses + "/" + id(one[0])
	return []string{courses, course, course + "/" + kebab(many[2]), "/v1/" + kebab(many[1]) + "/" + id(one[1]) + "/" + kebab(many[2])}
}

var (
	oldWords  = regexp.MustCompile(`(?i)courses?|learners?|enrol[a-z]*|withdr[ae]w[a-z]*|waitlist[a-z]*|\bseat[a-z]*`)
	article   = regexp.MustCompile(`\b([Aa]n?)\s+(?://\s)?([A-Za-z]+)`)
	badURL    = regexp.MustCompile(`/v1/[a-z-]*(?:[_A-Z]|[a-z] [a-z]+/\{)[^\s"]*`)
	code      = regexp.MustCompile("(?s)\n *```.*?\n *```|`[^`\n]*`|\\]\\([^)]*\\)|\\$ref.*|[a-zA-Z]+:.*#.*|\\{[^}\n]*\\}|https?:\\S+")
	wordOrGap = regexp.MustCompile(`[A-Za-z]+|[^A-Za-z]+`)
	// soundsOtherwise are new words whose article does not follow from their first letter.
	soundsOtherwise = []string{"unit", "user", "hour"}
)

// faults returns what is wrong with the words of a text, each with its line.
func (f field) faults(file, text string) (faults []string) {
	report := func(offset int, format string, a ...any) {
		faults = append(faults, fmt.Sprintf("%d: %s", 1+strings.Count(text[:offset], "\n"), fmt.Sprintf(format, a...)))
	}
	one, many := f.forms()
	words := f.command().Words
	for _, m := range oldWords.FindAllStringIndex(text, -1) {
		for source := range words {
			if old := strings.ToLower(text[m[0]:m[1]]); strings.HasPrefix(old, source[:min(len(source), 6)]) && (words["enrollment"] != "" || source != "enroll" || !strings.HasPrefix(old, "enrollment")) {
				report(m[0], "%s is left", old)
				break
			}
		}
	}
	for _, m := range badURL.FindAllStringIndex(text, -1) {
		report(m[0], "%s is no URL", text[m[0]:m[1]])
	}
	known := make(map[string]bool)
	for _, noun := range one {
		known[strings.Fields(noun)[0]] = true
	}
	for _, m := range article.FindAllStringSubmatchIndex(text, -1) {
		word := strings.ToLower(text[m[4]:m[5]])
		an := strings.ContainsRune("aeiou", rune(word[0])) != slices.Contains(soundsOtherwise, word)
		isCode := path.Ext(file) == ".go" && strings.HasPrefix(text[m[5]:], ".")
		if known[word] && !isCode && an != (m[3]-m[2] == 2) {
			report(m[0], "%q", text[m[0]:m[1]])
		}
	}
	prose := text
	if path.Ext(file) != ".go" {
		prose = code.ReplaceAllStringFunc(text, func(s string) string {
			return strings.Map(func(r rune) rune { return map[bool]rune{true: r, false: '.'}[r == '\n'] }, s)
		})
	}
	for i := range one {
		last := many[i][strings.LastIndexByte(many[i], ' ')+1:]
		for _, wrong := range []string{last + "s", last + "es", naming.Plural(last) + "s", many[i] + "'s "} {
			if at := regexp.MustCompile(`(?i)\b` + wrong + `\b`).FindStringIndex(text); at != nil && (strings.HasSuffix(last, "s") || !strings.HasSuffix(wrong, "'s ")) {
				report(at[0], "%s is no plural", wrong)
			}
		}
		if at := regexp.MustCompile(`(?i)\b` + last + `'[^s]`).FindStringIndex(prose); at != nil && !strings.HasSuffix(last, "s") {
			report(at[0], "%s' should be %[1]s's", last)
		}
		if !strings.Contains(one[i], " ") {
			continue
		}
		for _, noun := range []string{one[i], many[i]} {
			w := strings.Fields(noun)
			joinedTogether := regexp.MustCompile(`(?i)\b` + strings.Join(w, "") + `\b`)
			if path.Ext(file) == ".md" {
				joinedTogether = regexp.MustCompile(`(?i)\s` + w[0] + `[-_]?` + w[1] + `(?:[.,:]?\s)`)
			}
			if path.Ext(file) != ".go" {
				for _, m := range joinedTogether.FindAllStringIndex(prose, -1) {
					report(m[0]+1, "%q is a name in code, not in prose", strings.TrimSpace(prose[m[0]:m[1]]))
				}
			}
		}
	}
	previous := ""
	for _, m := range wordOrGap.FindAllStringIndex(text, -1) {
		switch w := text[m[0]:m[1]]; {
		case strings.TrimSpace(w) == "":
		case w[0] >= 'A' && strings.EqualFold(w, previous) && known[strings.ToLower(w)] && path.Ext(file) == ".md":
			report(m[0], "%s %s", previous, w)
		default:
			previous = w
		}
	}
	return faults
}

// Services with new words compile, with their tests. Their record gives the same service again.
func TestVocabulariesCompile(t *testing.T) {
	all := os.Getenv("ROSTER_MATRIX") != ""
	if !all && os.Getenv("ROSTER_LONG") == "" {
		t.Skip("it takes a minute: set ROSTER_LONG=1, or ROSTER_MATRIX=1 for all vocabularies")
	}
	template := readTemplate(t)
	compiled := compiledModules(t, template)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if f := fields[name]; all || f.long {
			t.Run(name, func(t *testing.T) {
				c := f.command()
				names, err := NamesOf(c.Module)
				if err != nil {
					t.Fatal(err)
				}
				tree, warnings, err := c.transform(template, names, "v1.2.3")
				if err != nil {
					t.Fatal(err)
				}
				r, err := merge.ReadAnswers(tree[merge.RecordFile])
				if err != nil {
					t.Fatal(err)
				}
				again, _, err := New{Module: r.Module, Words: r.Words, Plurals: r.Plural}.transform(template, names, r.Version)
				if err != nil || !maps.Equal(tree, again) {
					t.Errorf("%s gives another service: %v", tree[merge.RecordFile], err)
				}
				k := newCompiler(tree, c.Module, compiled)
				for _, err := range k.compile() {
					t.Error(err)
				}
				t.Logf("%d files, %d packages, %d warnings", len(tree), len(k.packages), len(warnings))
			})
		}
	}
}
