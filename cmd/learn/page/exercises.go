package page

import (
	"context"
	"encoding/json"
	"html/template"
	"net/http"
	"strconv"
)

// Exercises are what the page shows, and what its buttons do. Texts are Markdown, of which [markdown] renders a part.
type Exercises interface {
	// List returns all exercises in order of number.
	List() ([]Exercise, error)
	// Text returns the goal and the task of an exercise.
	Text(n int) (string, error)
	// Start makes the working copy, and says which files are to be changed.
	Start(n int) (string, error)
	// Check judges the working copy. It may build for a minute, until ctx ends.
	Check(ctx context.Context, n int) (Verdict, error)
	// Hint returns the next hint.
	Hint(n int) (string, error)
	// Solution returns a solution, and notes that it was seen.
	Solution(n int) (string, error)
	// Reset makes the working copy again, and says where the learner's work is saved.
	Reset(n int) (string, error)
}

// An Exercise is a row of the list.
type Exercise struct {
	N              int
	Chapter, Title string
	Started, Done  bool
}

// A Verdict is the result of a check.
type Verdict struct {
	Done bool
	Says string // what is right, what is not, and why; Markdown
}

// A chapter is what the list shows under one heading.
type chapter struct {
	Title     string
	Exercises []Exercise
}

// list answers with all exercises by chapter.
func (s *Server) list(w http.ResponseWriter, _ *http.Request) {
	exercises, err := s.exercises.List()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	var data struct {
		Chapters  []chapter
		Done, All int
	}
	data.All = len(exercises)
	for _, e := range exercises {
		if n := len(data.Chapters); n == 0 || data.Chapters[n-1].Title != e.Chapter {
			data.Chapters = append(data.Chapters, chapter{Title: e.Chapter})
		}
		last := &data.Chapters[len(data.Chapters)-1]
		last.Exercises = append(last.Exercises, e)
		if e.Done {
			data.Done++
		}
	}
	render(w, view{"exercises", "Exercises", data})
}

// exercise answers with one exercise.
func (s *Server) exercise(w http.ResponseWriter, r *http.Request) {
	exercises, err := s.exercises.List()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	var data struct {
		Exercise
		Text     template.HTML
		Previous int // or 0
		Next     int // or 0
	}
	for i, e := range exercises {
		if strconv.Itoa(e.N) != r.PathValue("n") {
			continue
		}
		text, err := s.exercises.Text(e.N)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		data.Exercise, data.Text = e, markdown(text)
		if i > 0 {
			data.Previous = exercises[i-1].N
		}
		if i+1 < len(exercises) {
			data.Next = exercises[i+1].N
		}
		render(w, view{"exercise", strconv.Itoa(e.N) + ". " + e.Title, data})
		return
	}
	http.NotFound(w, r)
}

// act does what a button says, and answers with what there is to say. A check ends with its request.
func (s *Server) act(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	var verdict Verdict
	switch r.PathValue("verb") {
	case "start":
		verdict.Says, err = s.exercises.Start(n)
	case "check":
		verdict, err = s.exercises.Check(r.Context(), n)
	case "hint":
		verdict.Says, err = s.exercises.Hint(n)
	case "solution":
		verdict.Says, err = s.exercises.Solution(n)
	case "reset":
		verdict.Says, err = s.exercises.Reset(n)
	default:
		http.NotFound(w, r)
		return
	}
	if err != nil {
		writeJSON(w, http.StatusUnprocessableEntity, map[string]any{"error": err.Error()})
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"done": verdict.Done, "html": markdown(verdict.Says)})
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // fails only if the client has disconnected
}
