// Command client talks to a tsuku-llm daemon the way programs in Go do: grpc-go on the Unix socket, flock
// on the lock file, and no code of ours but what protoc makes of llm.proto.
//
//	client -daemon LAUNCHER -model FILE [-answer TEXT] SCENARIO
//
// Each scenario starts a daemon of its own in $TSUKU_HOME, has it serve the model, and sees it end. The
// first thing that is not as the contract says goes to stderr, and the exit status is 1.
//
// daemon.go holds what a client does with files, locks and the process, calls.go how it asks,
// scenarios.go and recipe.go what, and watch.go looks on.
package main

import (
	"flag"
	"fmt"
	"os"
	"sort"
	"strings"
)

type scenario func(*daemon, expectation) error

var scenarios = map[string]scenario{
	"cancellation": cancellation,
	"crash":        crash,
	"dialing":      dialing,
	"drain":        drain,
	"life":         life,
	"recipe":       recipe,
	"refusals":     refusals,
	"reflection":   reflection,
	"sizes":        sizes,
	"watching":     watching,
}

// What the daemon's model is known to say.
type expectation struct {
	answer string
}

func main() {
	launcher := flag.String("daemon", "", "the `command` that becomes the daemon")
	model := flag.String("model", "", "the GGUF `file` that it serves, or the name of the built-in model")
	answer := flag.String("answer", "", "the `text` that the model says, whatever it is asked")
	flag.Parse()
	run, known := scenarios[flag.Arg(0)]
	if !known || flag.NArg() != 1 || *launcher == "" || *model == "" || os.Getenv("TSUKU_HOME") == "" {
		fmt.Fprintf(os.Stderr, "usage: TSUKU_HOME=DIR client -daemon COMMAND -model FILE [-answer TEXT] %s\n", names())
		os.Exit(2)
	}
	d := &daemon{home: os.Getenv("TSUKU_HOME"), launcher: *launcher, model: *model}
	err := run(d, expectation{answer: *answer})
	d.kill()
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n%s", flag.Arg(0), err, d.said())
		os.Exit(1)
	}
}

func names() string {
	var all []string
	for name := range scenarios {
		all = append(all, name)
	}
	sort.Strings(all)
	return strings.Join(all, "|")
}
