package main

import (
	"errors"
	"fmt"
	"io/ioutil"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

const (
	// Clients give up on a daemon whose socket does not accept by then.
	startLimit = 10 * time.Second
	endLimit   = 5 * time.Second
	glance     = 5 * time.Millisecond
)

// A daemon as its client sees it: files in a home directory, and a process that the client has started.
type daemon struct {
	home     string
	launcher string
	model    string

	process *exec.Cmd
	exited  chan error
}

func (d *daemon) socket() string   { return filepath.Join(d.home, "llm.sock") }
func (d *daemon) lockFile() string { return filepath.Join(d.home, "llm.sock.lock") }
func (d *daemon) stderr() string   { return filepath.Join(d.home, "stderr") }

// What the daemon had to say, for the report of a failure.
func (d *daemon) said() string {
	err, _ := ioutil.ReadFile(d.stderr())
	log, _ := ioutil.ReadFile(filepath.Join(d.home, "llm.log"))
	return "--- its stderr\n" + string(err) + "--- its log\n" + string(log)
}

// tryLock takes the lock. The file is nil if somebody else has it: then a daemon runs, or is being started.
func (d *daemon) tryLock() (*os.File, error) {
	file, err := os.OpenFile(d.lockFile(), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil && !isAt(file, d.lockFile()) {
		// It was removed by a daemon that has ended meanwhile: the lock of a file that is no more.
		file.Close()
		return d.tryLock()
	}
	if err != nil {
		file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, nil
		}
		return nil, fmt.Errorf("flock %s: %w", d.lockFile(), err)
	}
	return file, nil
}

func isAt(file *os.File, path string) bool {
	opened, err := file.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(opened, there)
}

// running probes the lock: taken for an instant if it is free.
func (d *daemon) running() (bool, error) {
	lock, err := d.tryLock()
	if err != nil {
		return false, err
	}
	if lock == nil {
		return true, nil
	}
	return false, lock.Close()
}

// start holds the lock while it starts the daemon, and for a moment longer, so that no other client starts
// one too; the daemon has to be patient. Its standard streams are what a program without a terminal gives.
func (d *daemon) start(holdLock time.Duration, arguments ...string) error {
	lock, err := d.tryLock()
	if err != nil {
		return err
	}
	if lock == nil {
		return errors.New("the lock is held although no daemon runs")
	}
	defer lock.Close()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	stderr, err := os.Create(d.stderr())
	if err != nil {
		return err
	}
	defer stderr.Close()
	d.process = exec.Command(d.launcher, arguments...)
	d.process.Env = os.Environ()
	if d.model != "" {
		d.process.Env = append(d.process.Env, "TSUKU_LLM_MODEL="+d.model)
	}
	d.process.Stdin, d.process.Stdout, d.process.Stderr = null, null, stderr
	if err := d.process.Start(); err != nil {
		return err
	}
	d.exited = make(chan error, 1)
	go func(process *exec.Cmd, exited chan<- error) { exited <- process.Wait() }(d.process, d.exited)
	time.Sleep(holdLock)
	return nil
}

// serve starts a daemon and waits until it accepts.
func (d *daemon) serve() error {
	if err := d.start(0, "serve", "--idle-timeout", "5m0s"); err != nil {
		return fmt.Errorf("starting the daemon: %w", err)
	}
	return d.awaitSocket()
}

// probe connects and closes, without a byte.
func (d *daemon) probe() error {
	connection, err := net.DialTimeout("unix", d.socket(), time.Second)
	if err != nil {
		return err
	}
	return connection.Close()
}

func (d *daemon) awaitSocket() error {
	deadline := time.Now().Add(startLimit)
	for {
		err := d.probe()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("no connection within %v: %w", startLimit, err)
		}
		select {
		case end := <-d.exited:
			return fmt.Errorf("the daemon has ended instead of listening: %v", end)
		case <-time.After(glance):
		}
	}
}

// endsAfter runs an action after which the daemon ends, sees it do so, and finds the lock free.
func (d *daemon) endsAfter(action func() error) error {
	if err := d.leavesAfter(action); err != nil {
		return err
	}
	running, err := d.running()
	if err == nil && running {
		err = errors.New("the lock says that a daemon runs after the end of the only one")
	}
	return err
}

// leavesAfter runs an action after which the daemon ends, and sees it do so: at the moment when the lock
// comes free, socket and lock file are gone already.
func (d *daemon) leavesAfter(action func() error) error {
	lock, err := os.Open(d.lockFile())
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := action(); err != nil {
		return err
	}
	deadline := time.Now().Add(endLimit)
	for syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		if time.Now().After(deadline) {
			return fmt.Errorf("the lock is still held %v after the daemon was to go", endLimit)
		}
		time.Sleep(glance)
	}
	for _, path := range []string{d.socket(), d.lockFile()} {
		if _, err := os.Lstat(path); !os.IsNotExist(err) {
			return fmt.Errorf("the lock is free, but %s is still there (%v)", path, err)
		}
	}
	select {
	case err := <-d.exited:
		d.process = nil
		if err != nil {
			return fmt.Errorf("the daemon ended uncleanly: %w", err)
		}
	case <-time.After(endLimit):
		return fmt.Errorf("the daemon has given up its lock but not ended within %v", endLimit)
	}
	return nil
}

// kill ends a daemon the hard way, if there is one, and waits until it has gone.
func (d *daemon) kill() {
	if d.process != nil {
		d.process.Process.Kill()
		<-d.exited
		d.process = nil
	}
}
