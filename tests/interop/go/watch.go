package main

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// A watch looks at the lock and the socket a thousand times a second. What it sees must be true at every
// moment between a start of the daemon and the end of the same daemon.
type watch struct {
	daemon *daemon
	stop   chan struct{}
	result chan error

	running, ended int
}

func (d *daemon) watched() *watch {
	w := &watch{daemon: d, stop: make(chan struct{}), result: make(chan error, 1)}
	go func() { w.result <- w.look() }()
	return w
}

func (w *watch) look() error {
	for {
		select {
		case <-w.stop:
			return nil
		case <-time.After(time.Millisecond):
			// Connecting as fast as can be fills any queue, and then the kernel itself says no.
		}
		before := w.daemon.probe() == nil
		held, err := w.probeLock()
		if err != nil {
			return err
		}
		if before && !held && w.daemon.probe() == nil {
			return errors.New("the socket accepts, but the lock is free")
		}
		if before && held {
			w.running++
		}
	}
}

// probeLock tells whether somebody holds the lock. If it can be had, it looks while it has it: of a daemon
// that has been seen, both files must be gone. It never creates the file, which would be a trace of its own.
func (w *watch) probeLock() (bool, error) {
	file, err := os.OpenFile(w.daemon.lockFile(), os.O_RDWR, 0)
	if os.IsNotExist(err) {
		return false, w.expectGone("the lock file is gone", w.daemon.socket())
	}
	if err != nil {
		return false, err
	}
	defer file.Close()
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("flock %s: %w", w.daemon.lockFile(), err)
	}
	return false, w.expectGone("the lock is free", w.daemon.socket(), w.daemon.lockFile())
}

func (w *watch) expectGone(what string, paths ...string) error {
	if w.running == 0 {
		return nil
	}
	w.ended++
	for _, path := range paths {
		if _, err := os.Lstat(path); !os.IsNotExist(err) {
			return fmt.Errorf("%s, but %s is still there (%v)", what, path, err)
		}
	}
	return nil
}

// end stops looking, and tells what was wrong or that too little was seen.
func (w *watch) end() error {
	close(w.stop)
	if err := <-w.result; err != nil {
		return err
	}
	if w.running < 10 || w.ended == 0 {
		return fmt.Errorf("the watch saw the daemon run %d times and gone %d times", w.running, w.ended)
	}
	return nil
}

// From the first moment the socket answers until both files are gone, the lock says that a daemon runs.
func watching(d *daemon, expected expectation) error {
	for life := 0; life < 5; life++ {
		if err := d.start(0, "serve", "--idle-timeout", "5m0s"); err != nil {
			return err
		}
		w := d.watched()
		err := oneLife(d, expected)
		if seen := w.end(); seen != nil {
			return fmt.Errorf("in life %d: %w (besides: %v)", life, seen, err)
		}
		if err != nil {
			return fmt.Errorf("in life %d, watched: %w", life, err)
		}
	}
	return nil
}

func oneLife(d *daemon, expected expectation) error {
	if err := d.awaitSocket(); err != nil {
		return err
	}
	c, err := d.dial()
	if err != nil {
		return err
	}
	defer c.Close()
	if answer, err := complete(c, ask("Who watches?")); err != nil || answer.Content != expected.answer {
		return fmt.Errorf("while watched, Complete says %v (%v)", answer, err)
	}
	// Nothing but a start makes the file anew, as long as the watch goes on.
	return d.leavesAfter(shutdown(c))
}
