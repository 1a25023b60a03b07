//go:build unix

package identity

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// validateOwner requires that only the process's own user can read and change the file, and that not everyone can replace it. A
// folder that its group can write is accepted, because many systems give each user a group; a file that another member of it
// puts there has another owner.
func validateOwner(path string, file fs.FileInfo) error {
	dir, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return err
	}
	switch owner := file.Sys().(*syscall.Stat_t).Uid; {
	case file.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("other users can access %s: chmod 600 it if none of them has used it, else remove it", path)
	case int(owner) != os.Geteuid():
		return fmt.Errorf("%s belongs to another user, who can act as any user of this service: run as that user, or choose another data directory", path)
	case dir.Mode().Perm()&0o002 != 0 && dir.Mode()&os.ModeSticky == 0:
		return fmt.Errorf("other users can replace %s: chmod o-w %s, and remove the key if one of them may have made it", path, filepath.Dir(path))
	}
	return nil
}
