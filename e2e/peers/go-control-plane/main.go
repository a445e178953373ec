// A control plane for tests, on go-control-plane's snapshot cache: all nodes get the same resources.
//
// It takes commands from standard input, one JSON object a line, and answers on standard output:
//
//	{"id":1,"op":"set","version":"2","types":{"type.googleapis.com/…":["<a resource's bytes in base64>"]}}
//	{"id":1}                            done
//	{"id":1,"error":"…"}                not done
//
// Between the answers it tells what clients send: see request. It ends with its standard input.
//
//	control-plane [-ads=false]
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"sync"

	"google.golang.org/grpc/codes"
)

type command struct {
	ID int    `json:"id"`
	Op string `json:"op"`

	// set
	Version string              `json:"version"`
	Types   map[string][][]byte `json:"types"`

	// breakStreams
	Code    codes.Code `json:"code"`
	Details string     `json:"details"`
}

type answer struct {
	ID    int        `json:"id"`
	Error string     `json:"error,omitempty"`
	Stats []*counter `json:"stats,omitempty"`
}

// lines writes JSON objects, one a line.
type lines struct {
	mu      sync.Mutex
	encoder *json.Encoder
}

func (l *lines) write(value any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.encoder.Encode(value); err != nil {
		// Nobody listens any more.
		os.Exit(1)
	}
}

func main() {
	ads := flag.Bool("ads", true, "hold back responses of named types until all that there is has been asked for, and keep to the order of types")
	flag.Parse()

	out := &lines{encoder: json.NewEncoder(os.Stdout)}
	journal := newJournal(func(r request) { out.write(r) })
	plane := newPlane(*ads, journal)
	if err := plane.listen("127.0.0.1:0"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	out.write(map[string]string{"address": plane.address})

	commands := json.NewDecoder(os.Stdin)
	for {
		var c command
		if err := commands.Decode(&c); err != nil {
			return
		}
		a := answer{ID: c.ID}
		var err error
		switch c.Op {
		case "set":
			err = plane.set(c.Version, c.Types)
		case "stats":
			a.Stats = journal.stats()
		case "stop":
			plane.stop()
		case "start":
			err = plane.listen(plane.address)
		case "hang":
			plane.gate.shut()
		case "resume":
			plane.gate.unlock()
		case "breakStreams":
			journal.breakStreams(c.Code, c.Details)
		default:
			err = fmt.Errorf("no command is called %q", c.Op)
		}
		if err != nil {
			a.Error = err.Error()
		}
		out.write(a)
	}
}
