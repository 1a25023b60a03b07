package importer

import (
	"fmt"
	"io"
	"os"
)

// spool returns a file that can be read more than once from its beginning: in itself, or a temporary copy of what is left of it, which only
// its owner can read. The caller calls remove when it is done.
func spool(in io.Reader) (file io.ReadSeeker, remove func(), err error) {
	if file, ok := in.(io.ReadSeeker); ok {
		if at, err := file.Seek(0, io.SeekCurrent); err == nil && at == 0 { // a pipe can't
			return file, func() {}, nil
		}
	}
	copied, err := os.CreateTemp("", "import-*") // with mode 0600
	if err != nil {
		return nil, nil, fmt.Errorf("copy the input to read it twice: %w", err)
	}
	remove = func() {
		_ = copied.Close()
		_ = os.Remove(copied.Name())
	}
	_ = os.Remove(copied.Name()) // on Unix, so that a process that is killed leaves no file
	if _, err = io.Copy(copied, in); err == nil {
		_, err = copied.Seek(0, io.SeekStart)
	}
	if err != nil {
		remove()
		return nil, nil, fmt.Errorf("copy the input to read it twice: %w", err)
	}
	return copied, remove, nil
}
