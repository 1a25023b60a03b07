package page

import (
	"fmt"
	"net/http"
	"os"
	"path"
	"slices"

	"example.com/roster/cmd/proof/hexagon/drawing"
	"example.com/roster/cmd/proof/recorder/entered"
	"example.com/roster/cmd/proof/source"
)

// Sizes of the drawing, whose width is 1000.
const (
	centerX, centerY      = 500, 330
	boxWidth, boxHeight   = 140, 34
	drivingX, drivenX     = 105, 745
	drivingGap, drivenGap = 60, 46
)

// A room is a package in the drawing, or what is outside of the program.
type room struct {
	Name, Label, Side string
	Points            string // of a part of the hexagon, or "" for a box
	X, Y              int    // of the box, or of the label in the hexagon
	Imports, Ports    []string
}

// An edge is an import in the drawing. Those of cmd/roster, which imports all that it connects, are left out.
type edge struct{ From, To, Path, Side string }

// hexagonPage answers with the drawing of the packages and imports in the checkout.
func (s *Server) hexagonPage(w http.ResponseWriter, _ *http.Request) {
	tree, err := source.Read(os.DirFS(s.root))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	rooms, edges := draw(drawing.Packages(tree))
	render(w, view{"hexagon", "The hexagon", struct {
		Rooms []room
		Edges []edge
	}{rooms, edges}})
}

// draw places the packages: driving adapters on the left, the core in the middle, one part inside of the other, driven adapters on the right.
func draw(packages []drawing.Package) (rooms []room, edges []edge) {
	count := make(map[string]int)
	for _, p := range packages {
		count[p.Side]++
	}
	next := make(map[string]int)
	inColumn := func(side string, gap int) int {
		next[side]++
		return centerY + (2*next[side]-count[side]-1)*gap/2
	}
	for _, p := range packages {
		r := room{Name: p.Name, Label: path.Base(p.Name), Side: p.Side, Imports: p.Imports, Ports: p.Ports}
		switch {
		case p.Side == "driving":
			r.X, r.Y = drivingX, inColumn(p.Side, drivingGap)
		case p.Side == "driven":
			r.X, r.Y = drivenX, inColumn(p.Side, drivenGap)
		case p.Side == "wiring":
			r.X, r.Y, r.Label = centerX-boxWidth/2, 45, p.Name
		case core[p.Name] > 0:
			r.Points, r.X, r.Y = hexagon(core[p.Name]), centerX, centerY+5
			if p.Name != "domain" {
				r.Y = centerY - core[p.Name]*866/1000 + 34
			}
		}
		rooms = append(rooms, r)
	}
	slices.SortStableFunc(rooms, func(a, b room) int { return core[b.Name] - core[a.Name] }) // the outer part of the hexagon is below the inner
	at := make(map[string]room)
	for _, r := range rooms {
		at[r.Name] = r
	}
	outside := []room{{Name: client, Label: client, Side: "outside", X: 5, Y: centerY}}
	if nats, ok := at["adapters/nats"]; ok {
		outside = append(outside, room{Name: entered.Broker, Label: entered.Broker, Side: "outside", X: 1000 - outsideWidth - 5, Y: nats.Y})
	}
	for _, r := range rooms {
		for _, to := range r.Imports {
			if r.Side != "wiring" && r.Side != "core" {
				edges = append(edges, edge{r.Name, to, line(r, at[to]), r.Side})
			}
		}
	}
	return append(rooms, outside...), edges
}

const outsideWidth = 78

// core are the parts of the hexagon, with their radius.
var core = map[string]int{"ports": 195, "application": 135, "domain": 70}

func hexagon(radius int) string {
	half, height := radius/2, radius*866/1000
	return fmt.Sprintf("%d,%d %d,%d %d,%d %d,%d %d,%d %d,%d", centerX-radius, centerY, centerX-half, centerY-height, centerX+half, centerY-height,
		centerX+radius, centerY, centerX+half, centerY+height, centerX-half, centerY+height)
}

// line returns the path of an import, from an adapter to the core or to another adapter.
func line(from, to room) string {
	left := from.X
	right := from.X + boxWidth
	if to.Points != "" {
		radius := core[to.Name]
		height := radius * 866 / 1000
		y := min(max(from.Y, centerY-height+10), centerY+height-10)
		inset := radius - abs(y-centerY)*577/1000
		if from.X < centerX {
			return fmt.Sprintf("M%d,%d L%d,%d", right, from.Y, centerX-inset, y)
		}
		return fmt.Sprintf("M%d,%d L%d,%d", left, from.Y, centerX+inset, y)
	}
	if from.X == to.X { // around the boxes between them
		bend := right + 8 + min(abs(from.Y-to.Y)/drivenGap, 4)*3
		return fmt.Sprintf("M%d,%d C%d,%d %d,%d %d,%d", right, from.Y, bend, from.Y, bend, to.Y, right, to.Y)
	}
	return fmt.Sprintf("M%d,%d L%d,%d", right, from.Y, to.X, to.Y)
}

func abs(n int) int { return max(n, -n) }

// Corner returns the upper left corner of a box.
func (r room) Corner() int { return r.Y - boxHeight/2 }

// Width returns the width of a box.
func (r room) Width() int {
	if r.Side == "outside" {
		return outsideWidth
	}
	return boxWidth
}

// Middle returns where the label of a box is.
func (r room) Middle() int { return r.X + r.Width()/2 }
