package main

import (
	"net"
	"sync"
)

// A gate makes the server hang while it is shut: connections are accepted and stay open, what comes in is taken, nothing goes out.
type gate struct {
	mu sync.Mutex
	// Closed while the gate is open.
	open chan struct{}
}

func newGate() *gate {
	g := &gate{open: make(chan struct{})}
	close(g.open)
	return g
}

func (g *gate) isOpen() bool {
	select {
	case <-g.open:
		return true
	default:
		return false
	}
}

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.isOpen() {
		g.open = make(chan struct{})
	}
}

func (g *gate) unlock() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.isOpen() {
		close(g.open)
	}
}

func (g *gate) opened() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.open
}

type gatedListener struct {
	net.Listener
	gate *gate
}

func (l gatedListener) Accept() (net.Conn, error) {
	connection, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &gatedConn{Conn: connection, gate: l.gate, closed: make(chan struct{})}, nil
}

type gatedConn struct {
	net.Conn
	gate   *gate
	once   sync.Once
	closed chan struct{}
}

func (c *gatedConn) wait() error {
	select {
	case <-c.gate.opened():
		return nil
	case <-c.closed:
		return net.ErrClosed
	}
}

func (c *gatedConn) Read(buffer []byte) (int, error) {
	count, err := c.Conn.Read(buffer)
	if shut := c.wait(); shut != nil {
		return 0, shut
	}
	return count, err
}

func (c *gatedConn) Write(bytes []byte) (int, error) {
	if shut := c.wait(); shut != nil {
		return 0, shut
	}
	return c.Conn.Write(bytes)
}

func (c *gatedConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}
