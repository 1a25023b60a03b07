package pgtest

import (
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// attributes makes the kernel stop the server when the test binary dies, and root run it as another user: the server
// refuses root.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT, Setpgid: true, Credential: serverUser()}
}

// chown makes the server's user the owner of paths.
func chown(paths ...string) error {
	u := serverUser()
	if u == nil {
		return nil
	}
	for _, path := range paths {
		if err := os.Chown(path, int(u.Uid), int(u.Gid)); err != nil {
			return err
		}
	}
	return nil
}

// serverUser returns the user who runs the server for root; nil if it runs as the user of the tests.
func serverUser() *syscall.Credential {
	if os.Geteuid() != 0 {
		return nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		if u, err := user.Lookup(name); err == nil {
			uid, _ := strconv.ParseUint(u.Uid, 10, 32) // decimal on Linux
			gid, _ := strconv.ParseUint(u.Gid, 10, 32)
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		}
	}
	return nil
}

// room is many times what a server of tests needs: it is what a file system in memory must have free.
const room = 2 << 30

// memory returns the system's folder in memory; empty if it has no room. To create a database there takes a tenth of the CPU
// that it takes on a disk.
func memory() string {
	const folder = "/dev/shm"
	var s syscall.Statfs_t
	if info, err := os.Stat(folder); err != nil || info.Mode().Perm() != 0o777 || syscall.Statfs(folder, &s) != nil {
		return ""
	}
	if s.Bavail*uint64(s.Bsize) < room {
		return ""
	}
	return folder
}
