package inbox_test

import (
	"testing"

	"example.com/roster/exercise/inbox"
)

func TestInbox(t *testing.T) {
	db := inbox.NewDB()
	events := story("go-101")
	deliver(t, db, events...)
	deliver(t, db, events...)
}
