package main

import (
	"context"
	"fmt"
	"net"
	"time"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpoint "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	tls "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	clusters "github.com/envoyproxy/go-control-plane/envoy/service/cluster/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	endpoints "github.com/envoyproxy/go-control-plane/envoy/service/endpoint/v3"
	extensions "github.com/envoyproxy/go-control-plane/envoy/service/extension/v3"
	listeners "github.com/envoyproxy/go-control-plane/envoy/service/listener/v3"
	routes "github.com/envoyproxy/go-control-plane/envoy/service/route/v3"
	runtime "github.com/envoyproxy/go-control-plane/envoy/service/runtime/v3"
	secrets "github.com/envoyproxy/go-control-plane/envoy/service/secret/v3"
	"github.com/envoyproxy/go-control-plane/pkg/cache/types"
	"github.com/envoyproxy/go-control-plane/pkg/cache/v3"
	"github.com/envoyproxy/go-control-plane/pkg/resource/v3"
	"github.com/envoyproxy/go-control-plane/pkg/server/config"
	"github.com/envoyproxy/go-control-plane/pkg/server/sotw/v3"
	server "github.com/envoyproxy/go-control-plane/pkg/server/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/protobuf/proto"
)

// What the cache takes names from. Extensions inside are left as they are, whether Go knows them or not.
var messages = map[string]func() types.Resource{
	resource.ClusterType:         func() types.Resource { return &cluster.Cluster{} },
	resource.EndpointType:        func() types.Resource { return &endpoint.ClusterLoadAssignment{} },
	resource.ListenerType:        func() types.Resource { return &listener.Listener{} },
	resource.RouteType:           func() types.Resource { return &route.RouteConfiguration{} },
	resource.ScopedRouteType:     func() types.Resource { return &route.ScopedRouteConfiguration{} },
	resource.VirtualHostType:     func() types.Resource { return &route.VirtualHost{} },
	resource.SecretType:          func() types.Resource { return &tls.Secret{} },
	resource.RuntimeType:         func() types.Resource { return &runtime.Runtime{} },
	resource.ExtensionConfigType: func() types.Resource { return &core.TypedExtensionConfig{} },
}

// The cache's key for every node.
type anyNode struct{}

func (anyNode) ID(*core.Node) string { return "" }

type plane struct {
	address  string
	isAds    bool
	cache    cache.SnapshotCache
	snapshot cache.Snapshot
	journal  *journal
	gate     *gate
	// Undefined while it is stopped.
	grpc *grpc.Server
}

func newPlane(isAds bool, journal *journal) *plane {
	return &plane{isAds: isAds, cache: cache.NewSnapshotCache(isAds, anyNode{}, nil), journal: journal, gate: newGate()}
}

// set replaces all resources of the types that are given, and leaves the others as they are.
func (p *plane) set(version string, given map[string][][]byte) error {
	next := cache.Snapshot{Resources: p.snapshot.Resources}
	for typeURL, values := range given {
		create, known := messages[typeURL]
		if !known {
			return fmt.Errorf("no resources of type %s are served", typeURL)
		}
		resources := make([]types.Resource, 0, len(values))
		for _, value := range values {
			message := create()
			if err := proto.Unmarshal(value, message); err != nil {
				return fmt.Errorf("%s: %w", typeURL, err)
			}
			resources = append(resources, message)
		}
		next.Resources[cache.GetResponseType(typeURL)] = cache.NewResources(version, resources)
	}
	p.snapshot = next
	return p.cache.SetSnapshot(context.Background(), "", &next)
}

// listen serves with a new server on the cache that there is: as after a restart, its nonces start anew.
func (p *plane) listen(address string) error {
	if p.grpc != nil {
		return fmt.Errorf("it listens on %s already", p.address)
	}
	socket, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	p.address = socket.Addr().String()

	var options []config.XDSOption
	if p.isAds {
		options = append(options, sotw.WithOrderedADS())
	}
	xds := server.NewServer(context.Background(), p.cache, nil, options...)
	p.grpc = grpc.NewServer(
		grpc.StreamInterceptor(p.journal.intercept),
		grpc.MaxRecvMsgSize(64<<20),
		// Tests ping more often than gRPC's default of five minutes allows.
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 10 * time.Millisecond, PermitWithoutStream: true}),
	)
	discovery.RegisterAggregatedDiscoveryServiceServer(p.grpc, xds)
	clusters.RegisterClusterDiscoveryServiceServer(p.grpc, xds)
	endpoints.RegisterEndpointDiscoveryServiceServer(p.grpc, xds)
	listeners.RegisterListenerDiscoveryServiceServer(p.grpc, xds)
	routes.RegisterRouteDiscoveryServiceServer(p.grpc, xds)
	routes.RegisterScopedRoutesDiscoveryServiceServer(p.grpc, xds)
	routes.RegisterVirtualHostDiscoveryServiceServer(p.grpc, xds)
	secrets.RegisterSecretDiscoveryServiceServer(p.grpc, xds)
	runtime.RegisterRuntimeDiscoveryServiceServer(p.grpc, xds)
	extensions.RegisterExtensionConfigDiscoveryServiceServer(p.grpc, xds)
	// Serve returns when the server is stopped.
	go p.grpc.Serve(gatedListener{socket, p.gate})
	return nil
}

// stop closes the port and all connections. Stopping twice is stopping once.
func (p *plane) stop() {
	if p.grpc != nil {
		p.grpc.Stop()
		p.grpc = nil
	}
}
