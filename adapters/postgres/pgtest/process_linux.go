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

// room is many times what tests need: it is what a file system in memory must have free.
const room = 2 << 30

const noexec = 0x8 // ST_NOEXEC of statvfs(3)

// Memory returns the system's folder in memory, if it has room and programs in it can run; else it returns an empty string.
// To create a database there takes a tenth of the CPU that it takes on a disk.
func Memory() string {
	const folder = "/dev/shm"
	var s syscall.Statfs_t
	if info, err := os.Stat(folder); err != nil || info.Mode().Perm() != 0o777 || syscall.Statfs(folder, &s) != nil {
		return ""
	}
	if s.Flags&noexec != 0 || s.Bavail*uint64(s.Bsize) < room {
		return ""
	}
	return folder
}
