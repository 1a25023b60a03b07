package keys_test

import "testing"

func TestKey(t *testing.T) {
	o := newOffice(t)
	for range 2 {
		if reply := o.enroll(staff, "k-1", "ada"); reply.Err != nil {
			t.Error(reply.Err)
		}
	}
}
