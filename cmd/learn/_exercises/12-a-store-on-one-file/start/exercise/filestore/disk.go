package filestore

import "os"

// A Disk is what a store needs of a file system.
type Disk interface {
	// ReadFile returns what a file has. If there is none, the error wraps fs.ErrNotExist.
	ReadFile(name string) ([]byte, error)
	// WriteFile replaces what a file has, or makes the file. If it fails, or the power does, the file may have a part of the data. If the
	// power fails after WriteFile has returned, the file may have a part of the data as well, unless Sync has returned before.
	WriteFile(name string, data []byte) error
	// Sync returns when the disk has what was written.
	Sync(name string) error
	// Rename gives a file another name, and replaces the file that has that name, at once: at any moment one of the two has it. If it
	// fails, nothing was renamed.
	Rename(from, to string) error
}

// OS is the disk of this computer.
type OS struct{}

// ReadFile implements [Disk].
func (OS) ReadFile(name string) ([]byte, error) { return os.ReadFile(name) }

// WriteFile implements [Disk].
func (OS) WriteFile(name string, data []byte) error { return os.WriteFile(name, data, 0o600) }

// Rename implements [Disk].
func (OS) Rename(from, to string) error { return os.Rename(from, to) }

// Sync implements [Disk].
func (OS) Sync(name string) error {
	file, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	return file.Sync()
}
