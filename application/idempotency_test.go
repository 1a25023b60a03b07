package application

import (
	"testing"

	"example.com/roster/ports"
)

// Fingerprints are stored with replies: a later build has to make the same of the same commands, byte for byte, or every replay of an
// older build's command would be refused. Never change one; a new kind of action needs a line of its own.
func TestFingerprintsStay(t *testing.T) {
	t.Parallel()
	title, zero, many, yes, no := "T", 0, 1000, true, false
	put := func(change func(*ports.PutCourse)) ports.PutCourse {
		p := ports.PutCourse{Course: "a"}
		change(&p)
		return p
	}
	for _, c := range []struct {
		want    string
		actions []ports.Action
	}{
		{"b3fc3f3a422be77e6628434de82535c8ce7bb6ddc7c8657b197fd353fb28bbfe", []ports.Action{ports.Enroll{Course: "a", Learner: "b", SeatOnly: true}}},
		{"47623cc12569ece1bed4d20f0d19e72afcecdf6c45ef90272fd62e94afce5de6", []ports.Action{ports.Withdraw{Course: "a", Learner: "b", Enrollment: "e"}}},
		{"7282392206602dc7046ea172ade9d1197222d94f3e273e3030d449f111052e7e", []ports.Action{put(func(p *ports.PutCourse) { p.IfSequence = 300 })}},
		{"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", nil},
		{"2f614f2634240ea2686ebf3c5f7594e63d99ba3fa983031574f36f6a4374e62b", []ports.Action{ports.Enroll{Course: "a", Learner: "b"}}},
		{"9fbd8d92c5c24990b84c8a15ff4c707209b4c20a7357daf5ef6b1b6acfd60edb", []ports.Action{ports.Enroll{Course: "é", Learner: "世界"}}},
		{"7bf4148155294ee02e8ce0550f4ecf33f7e79ac542c8b4832e1fcefde8b91c9c", []ports.Action{ports.Withdraw{Course: "a", Learner: "b"}}},
		{"cf40dbe839f70ce29285c2f109cd63567381b4d97bd020eda3079ef8576aaeee", []ports.Action{ports.PutCourse{Course: "a"}}},
		{"1a4dd4a746484a632f3be0263f15b29ed5c5483f87645f47318e9911d97073e1", []ports.Action{put(func(p *ports.PutCourse) { p.Title = &title })}},
		{"3bcae74104ab0c3f6970aef0f29c70e732496df5ef3fbdfbe2ae0137c80b4d6e", []ports.Action{put(func(p *ports.PutCourse) { p.Capacity = &zero })}},
		{"9dd8fbf8c50907b84eef4169fc01325ed0a7e5789ac53a863e79aa965fce02e4", []ports.Action{put(func(p *ports.PutCourse) { p.Capacity = &many })}},
		{"c2db725fc1b920cce9ccb693a41c5cf265b7efccbce72ce6d77eb613b6b4183a", []ports.Action{put(func(p *ports.PutCourse) { p.Open = &no })}},
		{"6f1fb64824c3d7e937a30e832f4ddc4e3aa95021f9779cd1b37307d38468ee1d", []ports.Action{put(func(p *ports.PutCourse) { p.WaitlistEnabled = &yes })}},
		{"eb170edf9a27ba76c0bcd63de43e7d8ee7d976ef24345d3e3d56e1f6da784774", []ports.Action{put(func(p *ports.PutCourse) { p.IfRevision = 300 })}},
		{"0f4166608078c225573cd900da58f0db859ba5faee94a9e7ec08ea8522581347", []ports.Action{put(func(p *ports.PutCourse) {
			p.Title, p.Capacity, p.Open, p.WaitlistEnabled, p.IfRevision = &title, &many, &yes, &no, 1
		})}},
		{"6e4d7bbf657041a268788e316e1c8056119c6590a8192a15784211120c3bc00f", []ports.Action{ports.Enroll{Course: "a", Learner: "b"}, ports.Withdraw{Course: "a", Learner: "b"}}},
		{"f4d7d2d736a3cdb5eb1b680b2f8595c59ef1f95de7543b48fb6c8a4b4744ffa8", []ports.Action{ports.Withdraw{Course: "a", Learner: "b"}, ports.Enroll{Course: "a", Learner: "b"}}},
		{"4d7dccddb1d5432825cdbc3a2a099265de72f752f27416f8414feee9e5832cc6", []ports.Action{
			put(func(p *ports.PutCourse) { p.Title, p.Capacity = &title, &many }),
			ports.Enroll{Course: "a", Learner: "b"}, ports.Enroll{Course: "a", Learner: "c"}, ports.Withdraw{Course: "d", Learner: "b"},
		}},
	} {
		if got := fingerprint(&ports.Command{Actions: c.actions}); got != c.want {
			t.Errorf("%+v: %s, want %s", c.actions, got, c.want)
		}
	}
	all := &ports.Command{AllOrNothing: true, Actions: []ports.Action{ports.Enroll{Course: "a", Learner: "b"}}}
	if got, want := fingerprint(all), "19c64420bb3d868e822179290e4b586222991d3720f103e43bc05aa57fd7fade"; got != want {
		t.Errorf("all or nothing: %s, want %s", got, want)
	}
}
