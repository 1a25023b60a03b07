module example.com/roster/cmd/example/bboltstore

go 1.26.0

require (
	example.com/roster v0.0.0
	go.etcd.io/bbolt v1.5.0
)

require golang.org/x/sys v0.49.0 // indirect

replace example.com/roster => ../../..
