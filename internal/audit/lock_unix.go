//go:build unix && !solaris && !illumos && !aix

package audit

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// lock keeps other processes from appending to file until unlock is called.
func lock(file *os.File) (unlock func(), err error) {
	flock := func(how int) error {
		connection, err := file.SyscallConn()
		if err != nil {
			return err
		}
		var failed error
		err = connection.Control(func(fd uintptr) { failed = syscall.Flock(int(fd), how) })
		return errors.Join(err, failed)
	}
	for end := time.Now().Add(lockPatience); ; time.Sleep(lockInterval) {
		err = flock(syscall.LOCK_EX | syscall.LOCK_NB)
		switch {
		case err == nil:
			return func() { _ = flock(syscall.LOCK_UN) }, nil // closing the file frees it too
		case errors.Is(err, syscall.ENOTSUP), errors.Is(err, syscall.ENOLCK):
			return func() {}, nil // a file system without locks
		case !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR):
			return nil, fmt.Errorf("lock %s: %w", file.Name(), err)
		case time.Now().After(end):
			return nil, fmt.Errorf("another process keeps %s locked", file.Name())
		}
	}
}
