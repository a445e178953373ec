// Generated from the .proto files by scripts/generate.ts. Do not edit.
import type { enums } from "./enums.ts";

/** The enumerations by full name: their names and numbers. */
export type EnumTypes = typeof enums;

/** The numbers of an enumeration. */
export type EnumNumber<Name extends keyof EnumTypes> = EnumTypes[Name][keyof EnumTypes[Name]];

/** The messages that Envoy, xDS and this mesh declare, by full name. */
export interface GeneratedMessageTypes {
  "envoy.admin.v3.BootstrapConfigDump": EnvoyAdminV3BootstrapConfigDump;
  "envoy.admin.v3.Certificate": EnvoyAdminV3Certificate;
  "envoy.admin.v3.CertificateDetails": EnvoyAdminV3CertificateDetails;
  "envoy.admin.v3.CertificateDetails.OcspDetails": EnvoyAdminV3CertificateDetails_OcspDetails;
  "envoy.admin.v3.Certificates": EnvoyAdminV3Certificates;
  "envoy.admin.v3.ClusterStatus": EnvoyAdminV3ClusterStatus;
  "envoy.admin.v3.Clusters": EnvoyAdminV3Clusters;
  "envoy.admin.v3.ClustersConfigDump": EnvoyAdminV3ClustersConfigDump;
  "envoy.admin.v3.ClustersConfigDump.DynamicCluster": EnvoyAdminV3ClustersConfigDump_DynamicCluster;
  "envoy.admin.v3.ClustersConfigDump.StaticCluster": EnvoyAdminV3ClustersConfigDump_StaticCluster;
  "envoy.admin.v3.CommandLineOptions": EnvoyAdminV3CommandLineOptions;
  "envoy.admin.v3.ConfigDump": EnvoyAdminV3ConfigDump;
  "envoy.admin.v3.EcdsConfigDump": EnvoyAdminV3EcdsConfigDump;
  "envoy.admin.v3.EcdsConfigDump.EcdsFilterConfig": EnvoyAdminV3EcdsConfigDump_EcdsFilterConfig;
  "envoy.admin.v3.EndpointsConfigDump": EnvoyAdminV3EndpointsConfigDump;
  "envoy.admin.v3.EndpointsConfigDump.DynamicEndpointConfig": EnvoyAdminV3EndpointsConfigDump_DynamicEndpointConfig;
  "envoy.admin.v3.EndpointsConfigDump.StaticEndpointConfig": EnvoyAdminV3EndpointsConfigDump_StaticEndpointConfig;
  "envoy.admin.v3.HostHealthStatus": EnvoyAdminV3HostHealthStatus;
  "envoy.admin.v3.HostStatus": EnvoyAdminV3HostStatus;
  "envoy.admin.v3.ListenerStatus": EnvoyAdminV3ListenerStatus;
  "envoy.admin.v3.Listeners": EnvoyAdminV3Listeners;
  "envoy.admin.v3.ListenersConfigDump": EnvoyAdminV3ListenersConfigDump;
  "envoy.admin.v3.ListenersConfigDump.DynamicListener": EnvoyAdminV3ListenersConfigDump_DynamicListener;
  "envoy.admin.v3.ListenersConfigDump.DynamicListenerState": EnvoyAdminV3ListenersConfigDump_DynamicListenerState;
  "envoy.admin.v3.ListenersConfigDump.StaticListener": EnvoyAdminV3ListenersConfigDump_StaticListener;
  "envoy.admin.v3.Memory": EnvoyAdminV3Memory;
  "envoy.admin.v3.MutexStats": EnvoyAdminV3MutexStats;
  "envoy.admin.v3.RoutesConfigDump": EnvoyAdminV3RoutesConfigDump;
  "envoy.admin.v3.RoutesConfigDump.DynamicRouteConfig": EnvoyAdminV3RoutesConfigDump_DynamicRouteConfig;
  "envoy.admin.v3.RoutesConfigDump.StaticRouteConfig": EnvoyAdminV3RoutesConfigDump_StaticRouteConfig;
  "envoy.admin.v3.ScopedRoutesConfigDump": EnvoyAdminV3ScopedRoutesConfigDump;
  "envoy.admin.v3.ScopedRoutesConfigDump.DynamicScopedRouteConfigs": EnvoyAdminV3ScopedRoutesConfigDump_DynamicScopedRouteConfigs;
  "envoy.admin.v3.ScopedRoutesConfigDump.InlineScopedRouteConfigs": EnvoyAdminV3ScopedRoutesConfigDump_InlineScopedRouteConfigs;
  "envoy.admin.v3.SecretsConfigDump": EnvoyAdminV3SecretsConfigDump;
  "envoy.admin.v3.SecretsConfigDump.DynamicSecret": EnvoyAdminV3SecretsConfigDump_DynamicSecret;
  "envoy.admin.v3.SecretsConfigDump.StaticSecret": EnvoyAdminV3SecretsConfigDump_StaticSecret;
  "envoy.admin.v3.ServerInfo": EnvoyAdminV3ServerInfo;
  "envoy.admin.v3.SimpleMetric": EnvoyAdminV3SimpleMetric;
  "envoy.admin.v3.SubjectAlternateName": EnvoyAdminV3SubjectAlternateName;
  "envoy.admin.v3.UnreadyTargetsDumps": EnvoyAdminV3UnreadyTargetsDumps;
  "envoy.admin.v3.UnreadyTargetsDumps.UnreadyTargetsDump": EnvoyAdminV3UnreadyTargetsDumps_UnreadyTargetsDump;
  "envoy.admin.v3.UpdateFailureState": EnvoyAdminV3UpdateFailureState;
  "envoy.config.accesslog.v3.AccessLog": EnvoyConfigAccesslogV3AccessLog;
  "envoy.config.accesslog.v3.AccessLogFilter": EnvoyConfigAccesslogV3AccessLogFilter;
  "envoy.config.accesslog.v3.AndFilter": EnvoyConfigAccesslogV3AndFilter;
  "envoy.config.accesslog.v3.ComparisonFilter": EnvoyConfigAccesslogV3ComparisonFilter;
  "envoy.config.accesslog.v3.DurationFilter": EnvoyConfigAccesslogV3DurationFilter;
  "envoy.config.accesslog.v3.ExtensionFilter": EnvoyConfigAccesslogV3ExtensionFilter;
  "envoy.config.accesslog.v3.GrpcStatusFilter": EnvoyConfigAccesslogV3GrpcStatusFilter;
  "envoy.config.accesslog.v3.HeaderFilter": EnvoyConfigAccesslogV3HeaderFilter;
  "envoy.config.accesslog.v3.LogTypeFilter": EnvoyConfigAccesslogV3LogTypeFilter;
  "envoy.config.accesslog.v3.MetadataFilter": EnvoyConfigAccesslogV3MetadataFilter;
  "envoy.config.accesslog.v3.NotHealthCheckFilter": EnvoyConfigAccesslogV3NotHealthCheckFilter;
  "envoy.config.accesslog.v3.OrFilter": EnvoyConfigAccesslogV3OrFilter;
  "envoy.config.accesslog.v3.ResponseFlagFilter": EnvoyConfigAccesslogV3ResponseFlagFilter;
  "envoy.config.accesslog.v3.RuntimeFilter": EnvoyConfigAccesslogV3RuntimeFilter;
  "envoy.config.accesslog.v3.StatusCodeFilter": EnvoyConfigAccesslogV3StatusCodeFilter;
  "envoy.config.accesslog.v3.TraceableFilter": EnvoyConfigAccesslogV3TraceableFilter;
  "envoy.config.bootstrap.v3.Admin": EnvoyConfigBootstrapV3Admin;
  "envoy.config.bootstrap.v3.Bootstrap": EnvoyConfigBootstrapV3Bootstrap;
  "envoy.config.bootstrap.v3.Bootstrap.ApplicationLogConfig": EnvoyConfigBootstrapV3Bootstrap_ApplicationLogConfig;
  "envoy.config.bootstrap.v3.Bootstrap.ApplicationLogConfig.LogFormat": EnvoyConfigBootstrapV3Bootstrap_ApplicationLogConfig_LogFormat;
  "envoy.config.bootstrap.v3.Bootstrap.DeferredStatOptions": EnvoyConfigBootstrapV3Bootstrap_DeferredStatOptions;
  "envoy.config.bootstrap.v3.Bootstrap.DynamicResources": EnvoyConfigBootstrapV3Bootstrap_DynamicResources;
  "envoy.config.bootstrap.v3.Bootstrap.GrpcAsyncClientManagerConfig": EnvoyConfigBootstrapV3Bootstrap_GrpcAsyncClientManagerConfig;
  "envoy.config.bootstrap.v3.Bootstrap.StaticResources": EnvoyConfigBootstrapV3Bootstrap_StaticResources;
  "envoy.config.bootstrap.v3.ClusterManager": EnvoyConfigBootstrapV3ClusterManager;
  "envoy.config.bootstrap.v3.ClusterManager.OutlierDetection": EnvoyConfigBootstrapV3ClusterManager_OutlierDetection;
  "envoy.config.bootstrap.v3.CustomInlineHeader": EnvoyConfigBootstrapV3CustomInlineHeader;
  "envoy.config.bootstrap.v3.FatalAction": EnvoyConfigBootstrapV3FatalAction;
  "envoy.config.bootstrap.v3.LayeredRuntime": EnvoyConfigBootstrapV3LayeredRuntime;
  "envoy.config.bootstrap.v3.MemoryAllocatorManager": EnvoyConfigBootstrapV3MemoryAllocatorManager;
  "envoy.config.bootstrap.v3.Runtime": EnvoyConfigBootstrapV3Runtime;
  "envoy.config.bootstrap.v3.RuntimeLayer": EnvoyConfigBootstrapV3RuntimeLayer;
  "envoy.config.bootstrap.v3.RuntimeLayer.AdminLayer": EnvoyConfigBootstrapV3RuntimeLayer_AdminLayer;
  "envoy.config.bootstrap.v3.RuntimeLayer.DiskLayer": EnvoyConfigBootstrapV3RuntimeLayer_DiskLayer;
  "envoy.config.bootstrap.v3.RuntimeLayer.RtdsLayer": EnvoyConfigBootstrapV3RuntimeLayer_RtdsLayer;
  "envoy.config.bootstrap.v3.Watchdog": EnvoyConfigBootstrapV3Watchdog;
  "envoy.config.bootstrap.v3.Watchdog.WatchdogAction": EnvoyConfigBootstrapV3Watchdog_WatchdogAction;
  "envoy.config.bootstrap.v3.Watchdogs": EnvoyConfigBootstrapV3Watchdogs;
  "envoy.config.cluster.v3.CircuitBreakers": EnvoyConfigClusterV3CircuitBreakers;
  "envoy.config.cluster.v3.CircuitBreakers.Thresholds": EnvoyConfigClusterV3CircuitBreakers_Thresholds;
  "envoy.config.cluster.v3.CircuitBreakers.Thresholds.RetryBudget": EnvoyConfigClusterV3CircuitBreakers_Thresholds_RetryBudget;
  "envoy.config.cluster.v3.Cluster": EnvoyConfigClusterV3Cluster;
  "envoy.config.cluster.v3.Cluster.CommonLbConfig": EnvoyConfigClusterV3Cluster_CommonLbConfig;
  "envoy.config.cluster.v3.Cluster.CommonLbConfig.ConsistentHashingLbConfig": EnvoyConfigClusterV3Cluster_CommonLbConfig_ConsistentHashingLbConfig;
  "envoy.config.cluster.v3.Cluster.CommonLbConfig.LocalityWeightedLbConfig": EnvoyConfigClusterV3Cluster_CommonLbConfig_LocalityWeightedLbConfig;
  "envoy.config.cluster.v3.Cluster.CommonLbConfig.ZoneAwareLbConfig": EnvoyConfigClusterV3Cluster_CommonLbConfig_ZoneAwareLbConfig;
  "envoy.config.cluster.v3.Cluster.CustomClusterType": EnvoyConfigClusterV3Cluster_CustomClusterType;
  "envoy.config.cluster.v3.Cluster.EdsClusterConfig": EnvoyConfigClusterV3Cluster_EdsClusterConfig;
  "envoy.config.cluster.v3.Cluster.LbSubsetConfig": EnvoyConfigClusterV3Cluster_LbSubsetConfig;
  "envoy.config.cluster.v3.Cluster.LbSubsetConfig.LbSubsetSelector": EnvoyConfigClusterV3Cluster_LbSubsetConfig_LbSubsetSelector;
  "envoy.config.cluster.v3.Cluster.LeastRequestLbConfig": EnvoyConfigClusterV3Cluster_LeastRequestLbConfig;
  "envoy.config.cluster.v3.Cluster.MaglevLbConfig": EnvoyConfigClusterV3Cluster_MaglevLbConfig;
  "envoy.config.cluster.v3.Cluster.OriginalDstLbConfig": EnvoyConfigClusterV3Cluster_OriginalDstLbConfig;
  "envoy.config.cluster.v3.Cluster.PreconnectPolicy": EnvoyConfigClusterV3Cluster_PreconnectPolicy;
  "envoy.config.cluster.v3.Cluster.RefreshRate": EnvoyConfigClusterV3Cluster_RefreshRate;
  "envoy.config.cluster.v3.Cluster.RingHashLbConfig": EnvoyConfigClusterV3Cluster_RingHashLbConfig;
  "envoy.config.cluster.v3.Cluster.RoundRobinLbConfig": EnvoyConfigClusterV3Cluster_RoundRobinLbConfig;
  "envoy.config.cluster.v3.Cluster.SlowStartConfig": EnvoyConfigClusterV3Cluster_SlowStartConfig;
  "envoy.config.cluster.v3.Cluster.TransportSocketMatch": EnvoyConfigClusterV3Cluster_TransportSocketMatch;
  "envoy.config.cluster.v3.ClusterCollection": EnvoyConfigClusterV3ClusterCollection;
  "envoy.config.cluster.v3.Filter": EnvoyConfigClusterV3Filter;
  "envoy.config.cluster.v3.LoadBalancingPolicy": EnvoyConfigClusterV3LoadBalancingPolicy;
  "envoy.config.cluster.v3.LoadBalancingPolicy.Policy": EnvoyConfigClusterV3LoadBalancingPolicy_Policy;
  "envoy.config.cluster.v3.OutlierDetection": EnvoyConfigClusterV3OutlierDetection;
  "envoy.config.cluster.v3.TrackClusterStats": EnvoyConfigClusterV3TrackClusterStats;
  "envoy.config.cluster.v3.UpstreamConnectionOptions": EnvoyConfigClusterV3UpstreamConnectionOptions;
  "envoy.config.cluster.v3.UpstreamConnectionOptions.HappyEyeballsConfig": EnvoyConfigClusterV3UpstreamConnectionOptions_HappyEyeballsConfig;
  "envoy.config.common.key_value.v3.KeyValueStoreConfig": EnvoyConfigCommonKeyValueV3KeyValueStoreConfig;
  "envoy.config.common.matcher.v3.HttpGenericBodyMatch": EnvoyConfigCommonMatcherV3HttpGenericBodyMatch;
  "envoy.config.common.matcher.v3.HttpGenericBodyMatch.GenericTextMatch": EnvoyConfigCommonMatcherV3HttpGenericBodyMatch_GenericTextMatch;
  "envoy.config.common.matcher.v3.HttpHeadersMatch": EnvoyConfigCommonMatcherV3HttpHeadersMatch;
  "envoy.config.common.matcher.v3.MatchPredicate": EnvoyConfigCommonMatcherV3MatchPredicate;
  "envoy.config.common.matcher.v3.MatchPredicate.MatchSet": EnvoyConfigCommonMatcherV3MatchPredicate_MatchSet;
  "envoy.config.common.matcher.v3.Matcher": EnvoyConfigCommonMatcherV3Matcher;
  "envoy.config.common.matcher.v3.Matcher.MatcherList": EnvoyConfigCommonMatcherV3Matcher_MatcherList;
  "envoy.config.common.matcher.v3.Matcher.MatcherList.FieldMatcher": EnvoyConfigCommonMatcherV3Matcher_MatcherList_FieldMatcher;
  "envoy.config.common.matcher.v3.Matcher.MatcherList.Predicate": EnvoyConfigCommonMatcherV3Matcher_MatcherList_Predicate;
  "envoy.config.common.matcher.v3.Matcher.MatcherList.Predicate.PredicateList": EnvoyConfigCommonMatcherV3Matcher_MatcherList_Predicate_PredicateList;
  "envoy.config.common.matcher.v3.Matcher.MatcherList.Predicate.SinglePredicate": EnvoyConfigCommonMatcherV3Matcher_MatcherList_Predicate_SinglePredicate;
  "envoy.config.common.matcher.v3.Matcher.MatcherTree": EnvoyConfigCommonMatcherV3Matcher_MatcherTree;
  "envoy.config.common.matcher.v3.Matcher.MatcherTree.MatchMap": EnvoyConfigCommonMatcherV3Matcher_MatcherTree_MatchMap;
  "envoy.config.common.matcher.v3.Matcher.OnMatch": EnvoyConfigCommonMatcherV3Matcher_OnMatch;
  "envoy.config.common.mutation_rules.v3.HeaderMutation": EnvoyConfigCommonMutationRulesV3HeaderMutation;
  "envoy.config.common.mutation_rules.v3.HeaderMutationRules": EnvoyConfigCommonMutationRulesV3HeaderMutationRules;
  "envoy.config.core.v3.Address": EnvoyConfigCoreV3Address;
  "envoy.config.core.v3.AggregatedConfigSource": EnvoyConfigCoreV3AggregatedConfigSource;
  "envoy.config.core.v3.AlternateProtocolsCacheOptions": EnvoyConfigCoreV3AlternateProtocolsCacheOptions;
  "envoy.config.core.v3.AlternateProtocolsCacheOptions.AlternateProtocolsCacheEntry": EnvoyConfigCoreV3AlternateProtocolsCacheOptions_AlternateProtocolsCacheEntry;
  "envoy.config.core.v3.ApiConfigSource": EnvoyConfigCoreV3ApiConfigSource;
  "envoy.config.core.v3.AsyncDataSource": EnvoyConfigCoreV3AsyncDataSource;
  "envoy.config.core.v3.BackoffStrategy": EnvoyConfigCoreV3BackoffStrategy;
  "envoy.config.core.v3.BindConfig": EnvoyConfigCoreV3BindConfig;
  "envoy.config.core.v3.BuildVersion": EnvoyConfigCoreV3BuildVersion;
  "envoy.config.core.v3.CidrRange": EnvoyConfigCoreV3CidrRange;
  "envoy.config.core.v3.ConfigSource": EnvoyConfigCoreV3ConfigSource;
  "envoy.config.core.v3.ControlPlane": EnvoyConfigCoreV3ControlPlane;
  "envoy.config.core.v3.DataSource": EnvoyConfigCoreV3DataSource;
  "envoy.config.core.v3.DnsResolutionConfig": EnvoyConfigCoreV3DnsResolutionConfig;
  "envoy.config.core.v3.DnsResolverOptions": EnvoyConfigCoreV3DnsResolverOptions;
  "envoy.config.core.v3.EnvoyInternalAddress": EnvoyConfigCoreV3EnvoyInternalAddress;
  "envoy.config.core.v3.EventServiceConfig": EnvoyConfigCoreV3EventServiceConfig;
  "envoy.config.core.v3.Extension": EnvoyConfigCoreV3Extension;
  "envoy.config.core.v3.ExtensionConfigSource": EnvoyConfigCoreV3ExtensionConfigSource;
  "envoy.config.core.v3.ExtraSourceAddress": EnvoyConfigCoreV3ExtraSourceAddress;
  "envoy.config.core.v3.GrpcMethodList": EnvoyConfigCoreV3GrpcMethodList;
  "envoy.config.core.v3.GrpcMethodList.Service": EnvoyConfigCoreV3GrpcMethodList_Service;
  "envoy.config.core.v3.GrpcProtocolOptions": EnvoyConfigCoreV3GrpcProtocolOptions;
  "envoy.config.core.v3.GrpcService": EnvoyConfigCoreV3GrpcService;
  "envoy.config.core.v3.GrpcService.EnvoyGrpc": EnvoyConfigCoreV3GrpcService_EnvoyGrpc;
  "envoy.config.core.v3.GrpcService.GoogleGrpc": EnvoyConfigCoreV3GrpcService_GoogleGrpc;
  "envoy.config.core.v3.GrpcService.GoogleGrpc.CallCredentials": EnvoyConfigCoreV3GrpcService_GoogleGrpc_CallCredentials;
  "envoy.config.core.v3.GrpcService.GoogleGrpc.CallCredentials.GoogleIAMCredentials": EnvoyConfigCoreV3GrpcService_GoogleGrpc_CallCredentials_GoogleIAMCredentials;
  "envoy.config.core.v3.GrpcService.GoogleGrpc.CallCredentials.MetadataCredentialsFromPlugin": EnvoyConfigCoreV3GrpcService_GoogleGrpc_CallCredentials_MetadataCredentialsFromPlugin;
  "envoy.config.core.v3.GrpcService.GoogleGrpc.CallCredentials.ServiceAccountJWTAccessCredentials": EnvoyConfigCoreV3GrpcService_GoogleGrpc_CallCredentials_ServiceAccountJWTAccessCredentials;
  "envoy.config.core.v3.GrpcService.GoogleGrpc.CallCredentials.StsService": EnvoyConfigCoreV3GrpcService_GoogleGrpc_CallCredentials_StsService;
  "envoy.config.core.v3.GrpcService.GoogleGrpc.ChannelArgs": EnvoyConfigCoreV3GrpcService_GoogleGrpc_ChannelArgs;
  "envoy.config.core.v3.GrpcService.GoogleGrpc.ChannelArgs.Value": EnvoyConfigCoreV3GrpcService_GoogleGrpc_ChannelArgs_Value;
  "envoy.config.core.v3.GrpcService.GoogleGrpc.ChannelCredentials": EnvoyConfigCoreV3GrpcService_GoogleGrpc_ChannelCredentials;
  "envoy.config.core.v3.GrpcService.GoogleGrpc.GoogleLocalCredentials": EnvoyConfigCoreV3GrpcService_GoogleGrpc_GoogleLocalCredentials;
  "envoy.config.core.v3.GrpcService.GoogleGrpc.SslCredentials": EnvoyConfigCoreV3GrpcService_GoogleGrpc_SslCredentials;
  "envoy.config.core.v3.HeaderMap": EnvoyConfigCoreV3HeaderMap;
  "envoy.config.core.v3.HeaderValue": EnvoyConfigCoreV3HeaderValue;
  "envoy.config.core.v3.HeaderValueOption": EnvoyConfigCoreV3HeaderValueOption;
  "envoy.config.core.v3.HealthCheck": EnvoyConfigCoreV3HealthCheck;
  "envoy.config.core.v3.HealthCheck.CustomHealthCheck": EnvoyConfigCoreV3HealthCheck_CustomHealthCheck;
  "envoy.config.core.v3.HealthCheck.GrpcHealthCheck": EnvoyConfigCoreV3HealthCheck_GrpcHealthCheck;
  "envoy.config.core.v3.HealthCheck.HttpHealthCheck": EnvoyConfigCoreV3HealthCheck_HttpHealthCheck;
  "envoy.config.core.v3.HealthCheck.Payload": EnvoyConfigCoreV3HealthCheck_Payload;
  "envoy.config.core.v3.HealthCheck.RedisHealthCheck": EnvoyConfigCoreV3HealthCheck_RedisHealthCheck;
  "envoy.config.core.v3.HealthCheck.TcpHealthCheck": EnvoyConfigCoreV3HealthCheck_TcpHealthCheck;
  "envoy.config.core.v3.HealthCheck.TlsOptions": EnvoyConfigCoreV3HealthCheck_TlsOptions;
  "envoy.config.core.v3.HealthStatusSet": EnvoyConfigCoreV3HealthStatusSet;
  "envoy.config.core.v3.Http1ProtocolOptions": EnvoyConfigCoreV3Http1ProtocolOptions;
  "envoy.config.core.v3.Http1ProtocolOptions.HeaderKeyFormat": EnvoyConfigCoreV3Http1ProtocolOptions_HeaderKeyFormat;
  "envoy.config.core.v3.Http1ProtocolOptions.HeaderKeyFormat.ProperCaseWords": EnvoyConfigCoreV3Http1ProtocolOptions_HeaderKeyFormat_ProperCaseWords;
  "envoy.config.core.v3.Http2ProtocolOptions": EnvoyConfigCoreV3Http2ProtocolOptions;
  "envoy.config.core.v3.Http2ProtocolOptions.SettingsParameter": EnvoyConfigCoreV3Http2ProtocolOptions_SettingsParameter;
  "envoy.config.core.v3.Http3ProtocolOptions": EnvoyConfigCoreV3Http3ProtocolOptions;
  "envoy.config.core.v3.HttpProtocolOptions": EnvoyConfigCoreV3HttpProtocolOptions;
  "envoy.config.core.v3.HttpService": EnvoyConfigCoreV3HttpService;
  "envoy.config.core.v3.HttpUri": EnvoyConfigCoreV3HttpUri;
  "envoy.config.core.v3.JsonFormatOptions": EnvoyConfigCoreV3JsonFormatOptions;
  "envoy.config.core.v3.KeepaliveSettings": EnvoyConfigCoreV3KeepaliveSettings;
  "envoy.config.core.v3.KeyValue": EnvoyConfigCoreV3KeyValue;
  "envoy.config.core.v3.KeyValueAppend": EnvoyConfigCoreV3KeyValueAppend;
  "envoy.config.core.v3.KeyValueMutation": EnvoyConfigCoreV3KeyValueMutation;
  "envoy.config.core.v3.Locality": EnvoyConfigCoreV3Locality;
  "envoy.config.core.v3.Metadata": EnvoyConfigCoreV3Metadata;
  "envoy.config.core.v3.Node": EnvoyConfigCoreV3Node;
  "envoy.config.core.v3.PathConfigSource": EnvoyConfigCoreV3PathConfigSource;
  "envoy.config.core.v3.Pipe": EnvoyConfigCoreV3Pipe;
  "envoy.config.core.v3.ProxyProtocolConfig": EnvoyConfigCoreV3ProxyProtocolConfig;
  "envoy.config.core.v3.ProxyProtocolPassThroughTLVs": EnvoyConfigCoreV3ProxyProtocolPassThroughTLVs;
  "envoy.config.core.v3.QueryParameter": EnvoyConfigCoreV3QueryParameter;
  "envoy.config.core.v3.QuicKeepAliveSettings": EnvoyConfigCoreV3QuicKeepAliveSettings;
  "envoy.config.core.v3.QuicProtocolOptions": EnvoyConfigCoreV3QuicProtocolOptions;
  "envoy.config.core.v3.RateLimitSettings": EnvoyConfigCoreV3RateLimitSettings;
  "envoy.config.core.v3.RemoteDataSource": EnvoyConfigCoreV3RemoteDataSource;
  "envoy.config.core.v3.RetryPolicy": EnvoyConfigCoreV3RetryPolicy;
  "envoy.config.core.v3.RetryPolicy.RetryHostPredicate": EnvoyConfigCoreV3RetryPolicy_RetryHostPredicate;
  "envoy.config.core.v3.RetryPolicy.RetryPriority": EnvoyConfigCoreV3RetryPolicy_RetryPriority;
  "envoy.config.core.v3.RuntimeDouble": EnvoyConfigCoreV3RuntimeDouble;
  "envoy.config.core.v3.RuntimeFeatureFlag": EnvoyConfigCoreV3RuntimeFeatureFlag;
  "envoy.config.core.v3.RuntimeFractionalPercent": EnvoyConfigCoreV3RuntimeFractionalPercent;
  "envoy.config.core.v3.RuntimePercent": EnvoyConfigCoreV3RuntimePercent;
  "envoy.config.core.v3.RuntimeUInt32": EnvoyConfigCoreV3RuntimeUInt32;
  "envoy.config.core.v3.SchemeHeaderTransformation": EnvoyConfigCoreV3SchemeHeaderTransformation;
  "envoy.config.core.v3.SelfConfigSource": EnvoyConfigCoreV3SelfConfigSource;
  "envoy.config.core.v3.SocketAddress": EnvoyConfigCoreV3SocketAddress;
  "envoy.config.core.v3.SocketOption": EnvoyConfigCoreV3SocketOption;
  "envoy.config.core.v3.SocketOptionsOverride": EnvoyConfigCoreV3SocketOptionsOverride;
  "envoy.config.core.v3.SubstitutionFormatString": EnvoyConfigCoreV3SubstitutionFormatString;
  "envoy.config.core.v3.TcpKeepalive": EnvoyConfigCoreV3TcpKeepalive;
  "envoy.config.core.v3.TcpProtocolOptions": EnvoyConfigCoreV3TcpProtocolOptions;
  "envoy.config.core.v3.TransportSocket": EnvoyConfigCoreV3TransportSocket;
  "envoy.config.core.v3.TypedExtensionConfig": EnvoyConfigCoreV3TypedExtensionConfig;
  "envoy.config.core.v3.UdpSocketConfig": EnvoyConfigCoreV3UdpSocketConfig;
  "envoy.config.core.v3.UpstreamHttpProtocolOptions": EnvoyConfigCoreV3UpstreamHttpProtocolOptions;
  "envoy.config.core.v3.WatchedDirectory": EnvoyConfigCoreV3WatchedDirectory;
  "envoy.config.endpoint.v3.ClusterLoadAssignment": EnvoyConfigEndpointV3ClusterLoadAssignment;
  "envoy.config.endpoint.v3.ClusterLoadAssignment.Policy": EnvoyConfigEndpointV3ClusterLoadAssignment_Policy;
  "envoy.config.endpoint.v3.ClusterLoadAssignment.Policy.DropOverload": EnvoyConfigEndpointV3ClusterLoadAssignment_Policy_DropOverload;
  "envoy.config.endpoint.v3.ClusterStats": EnvoyConfigEndpointV3ClusterStats;
  "envoy.config.endpoint.v3.ClusterStats.DroppedRequests": EnvoyConfigEndpointV3ClusterStats_DroppedRequests;
  "envoy.config.endpoint.v3.Endpoint": EnvoyConfigEndpointV3Endpoint;
  "envoy.config.endpoint.v3.Endpoint.AdditionalAddress": EnvoyConfigEndpointV3Endpoint_AdditionalAddress;
  "envoy.config.endpoint.v3.Endpoint.HealthCheckConfig": EnvoyConfigEndpointV3Endpoint_HealthCheckConfig;
  "envoy.config.endpoint.v3.EndpointLoadMetricStats": EnvoyConfigEndpointV3EndpointLoadMetricStats;
  "envoy.config.endpoint.v3.LbEndpoint": EnvoyConfigEndpointV3LbEndpoint;
  "envoy.config.endpoint.v3.LedsClusterLocalityConfig": EnvoyConfigEndpointV3LedsClusterLocalityConfig;
  "envoy.config.endpoint.v3.LocalityLbEndpoints": EnvoyConfigEndpointV3LocalityLbEndpoints;
  "envoy.config.endpoint.v3.LocalityLbEndpoints.LbEndpointList": EnvoyConfigEndpointV3LocalityLbEndpoints_LbEndpointList;
  "envoy.config.endpoint.v3.UnnamedEndpointLoadMetricStats": EnvoyConfigEndpointV3UnnamedEndpointLoadMetricStats;
  "envoy.config.endpoint.v3.UpstreamEndpointStats": EnvoyConfigEndpointV3UpstreamEndpointStats;
  "envoy.config.endpoint.v3.UpstreamLocalityStats": EnvoyConfigEndpointV3UpstreamLocalityStats;
  "envoy.config.listener.v3.ActiveRawUdpListenerConfig": EnvoyConfigListenerV3ActiveRawUdpListenerConfig;
  "envoy.config.listener.v3.AdditionalAddress": EnvoyConfigListenerV3AdditionalAddress;
  "envoy.config.listener.v3.ApiListener": EnvoyConfigListenerV3ApiListener;
  "envoy.config.listener.v3.ApiListenerManager": EnvoyConfigListenerV3ApiListenerManager;
  "envoy.config.listener.v3.Filter": EnvoyConfigListenerV3Filter;
  "envoy.config.listener.v3.FilterChain": EnvoyConfigListenerV3FilterChain;
  "envoy.config.listener.v3.FilterChain.OnDemandConfiguration": EnvoyConfigListenerV3FilterChain_OnDemandConfiguration;
  "envoy.config.listener.v3.FilterChainMatch": EnvoyConfigListenerV3FilterChainMatch;
  "envoy.config.listener.v3.Listener": EnvoyConfigListenerV3Listener;
  "envoy.config.listener.v3.Listener.ConnectionBalanceConfig": EnvoyConfigListenerV3Listener_ConnectionBalanceConfig;
  "envoy.config.listener.v3.Listener.ConnectionBalanceConfig.ExactBalance": EnvoyConfigListenerV3Listener_ConnectionBalanceConfig_ExactBalance;
  "envoy.config.listener.v3.Listener.DeprecatedV1": EnvoyConfigListenerV3Listener_DeprecatedV1;
  "envoy.config.listener.v3.Listener.InternalListenerConfig": EnvoyConfigListenerV3Listener_InternalListenerConfig;
  "envoy.config.listener.v3.ListenerCollection": EnvoyConfigListenerV3ListenerCollection;
  "envoy.config.listener.v3.ListenerFilter": EnvoyConfigListenerV3ListenerFilter;
  "envoy.config.listener.v3.ListenerFilterChainMatchPredicate": EnvoyConfigListenerV3ListenerFilterChainMatchPredicate;
  "envoy.config.listener.v3.ListenerFilterChainMatchPredicate.MatchSet": EnvoyConfigListenerV3ListenerFilterChainMatchPredicate_MatchSet;
  "envoy.config.listener.v3.ListenerManager": EnvoyConfigListenerV3ListenerManager;
  "envoy.config.listener.v3.QuicProtocolOptions": EnvoyConfigListenerV3QuicProtocolOptions;
  "envoy.config.listener.v3.UdpListenerConfig": EnvoyConfigListenerV3UdpListenerConfig;
  "envoy.config.listener.v3.ValidationListenerManager": EnvoyConfigListenerV3ValidationListenerManager;
  "envoy.config.metrics.v3.DogStatsdSink": EnvoyConfigMetricsV3DogStatsdSink;
  "envoy.config.metrics.v3.HistogramBucketSettings": EnvoyConfigMetricsV3HistogramBucketSettings;
  "envoy.config.metrics.v3.HystrixSink": EnvoyConfigMetricsV3HystrixSink;
  "envoy.config.metrics.v3.MetricsServiceConfig": EnvoyConfigMetricsV3MetricsServiceConfig;
  "envoy.config.metrics.v3.StatsConfig": EnvoyConfigMetricsV3StatsConfig;
  "envoy.config.metrics.v3.StatsMatcher": EnvoyConfigMetricsV3StatsMatcher;
  "envoy.config.metrics.v3.StatsSink": EnvoyConfigMetricsV3StatsSink;
  "envoy.config.metrics.v3.StatsdSink": EnvoyConfigMetricsV3StatsdSink;
  "envoy.config.metrics.v3.TagSpecifier": EnvoyConfigMetricsV3TagSpecifier;
  "envoy.config.overload.v3.BufferFactoryConfig": EnvoyConfigOverloadV3BufferFactoryConfig;
  "envoy.config.overload.v3.LoadShedPoint": EnvoyConfigOverloadV3LoadShedPoint;
  "envoy.config.overload.v3.OverloadAction": EnvoyConfigOverloadV3OverloadAction;
  "envoy.config.overload.v3.OverloadManager": EnvoyConfigOverloadV3OverloadManager;
  "envoy.config.overload.v3.ResourceMonitor": EnvoyConfigOverloadV3ResourceMonitor;
  "envoy.config.overload.v3.ScaleTimersOverloadActionConfig": EnvoyConfigOverloadV3ScaleTimersOverloadActionConfig;
  "envoy.config.overload.v3.ScaleTimersOverloadActionConfig.ScaleTimer": EnvoyConfigOverloadV3ScaleTimersOverloadActionConfig_ScaleTimer;
  "envoy.config.overload.v3.ScaledTrigger": EnvoyConfigOverloadV3ScaledTrigger;
  "envoy.config.overload.v3.ThresholdTrigger": EnvoyConfigOverloadV3ThresholdTrigger;
  "envoy.config.overload.v3.Trigger": EnvoyConfigOverloadV3Trigger;
  "envoy.config.ratelimit.v3.RateLimitServiceConfig": EnvoyConfigRatelimitV3RateLimitServiceConfig;
  "envoy.config.rbac.v3.Action": EnvoyConfigRbacV3Action;
  "envoy.config.rbac.v3.Permission": EnvoyConfigRbacV3Permission;
  "envoy.config.rbac.v3.Permission.Set": EnvoyConfigRbacV3Permission_Set;
  "envoy.config.rbac.v3.Policy": EnvoyConfigRbacV3Policy;
  "envoy.config.rbac.v3.Principal": EnvoyConfigRbacV3Principal;
  "envoy.config.rbac.v3.Principal.Authenticated": EnvoyConfigRbacV3Principal_Authenticated;
  "envoy.config.rbac.v3.Principal.Set": EnvoyConfigRbacV3Principal_Set;
  "envoy.config.rbac.v3.RBAC": EnvoyConfigRbacV3RBAC;
  "envoy.config.rbac.v3.RBAC.AuditLoggingOptions": EnvoyConfigRbacV3RBAC_AuditLoggingOptions;
  "envoy.config.rbac.v3.RBAC.AuditLoggingOptions.AuditLoggerConfig": EnvoyConfigRbacV3RBAC_AuditLoggingOptions_AuditLoggerConfig;
  "envoy.config.route.v3.ClusterSpecifierPlugin": EnvoyConfigRouteV3ClusterSpecifierPlugin;
  "envoy.config.route.v3.CorsPolicy": EnvoyConfigRouteV3CorsPolicy;
  "envoy.config.route.v3.Decorator": EnvoyConfigRouteV3Decorator;
  "envoy.config.route.v3.DirectResponseAction": EnvoyConfigRouteV3DirectResponseAction;
  "envoy.config.route.v3.FilterAction": EnvoyConfigRouteV3FilterAction;
  "envoy.config.route.v3.FilterConfig": EnvoyConfigRouteV3FilterConfig;
  "envoy.config.route.v3.HeaderMatcher": EnvoyConfigRouteV3HeaderMatcher;
  "envoy.config.route.v3.HedgePolicy": EnvoyConfigRouteV3HedgePolicy;
  "envoy.config.route.v3.InternalRedirectPolicy": EnvoyConfigRouteV3InternalRedirectPolicy;
  "envoy.config.route.v3.NonForwardingAction": EnvoyConfigRouteV3NonForwardingAction;
  "envoy.config.route.v3.QueryParameterMatcher": EnvoyConfigRouteV3QueryParameterMatcher;
  "envoy.config.route.v3.RateLimit": EnvoyConfigRouteV3RateLimit;
  "envoy.config.route.v3.RateLimit.Action": EnvoyConfigRouteV3RateLimit_Action;
  "envoy.config.route.v3.RateLimit.Action.DestinationCluster": EnvoyConfigRouteV3RateLimit_Action_DestinationCluster;
  "envoy.config.route.v3.RateLimit.Action.DynamicMetaData": EnvoyConfigRouteV3RateLimit_Action_DynamicMetaData;
  "envoy.config.route.v3.RateLimit.Action.GenericKey": EnvoyConfigRouteV3RateLimit_Action_GenericKey;
  "envoy.config.route.v3.RateLimit.Action.HeaderValueMatch": EnvoyConfigRouteV3RateLimit_Action_HeaderValueMatch;
  "envoy.config.route.v3.RateLimit.Action.MaskedRemoteAddress": EnvoyConfigRouteV3RateLimit_Action_MaskedRemoteAddress;
  "envoy.config.route.v3.RateLimit.Action.MetaData": EnvoyConfigRouteV3RateLimit_Action_MetaData;
  "envoy.config.route.v3.RateLimit.Action.QueryParameterValueMatch": EnvoyConfigRouteV3RateLimit_Action_QueryParameterValueMatch;
  "envoy.config.route.v3.RateLimit.Action.RemoteAddress": EnvoyConfigRouteV3RateLimit_Action_RemoteAddress;
  "envoy.config.route.v3.RateLimit.Action.RequestHeaders": EnvoyConfigRouteV3RateLimit_Action_RequestHeaders;
  "envoy.config.route.v3.RateLimit.Action.SourceCluster": EnvoyConfigRouteV3RateLimit_Action_SourceCluster;
  "envoy.config.route.v3.RateLimit.Override": EnvoyConfigRouteV3RateLimit_Override;
  "envoy.config.route.v3.RateLimit.Override.DynamicMetadata": EnvoyConfigRouteV3RateLimit_Override_DynamicMetadata;
  "envoy.config.route.v3.RedirectAction": EnvoyConfigRouteV3RedirectAction;
  "envoy.config.route.v3.RetryPolicy": EnvoyConfigRouteV3RetryPolicy;
  "envoy.config.route.v3.RetryPolicy.RateLimitedRetryBackOff": EnvoyConfigRouteV3RetryPolicy_RateLimitedRetryBackOff;
  "envoy.config.route.v3.RetryPolicy.ResetHeader": EnvoyConfigRouteV3RetryPolicy_ResetHeader;
  "envoy.config.route.v3.RetryPolicy.RetryBackOff": EnvoyConfigRouteV3RetryPolicy_RetryBackOff;
  "envoy.config.route.v3.RetryPolicy.RetryHostPredicate": EnvoyConfigRouteV3RetryPolicy_RetryHostPredicate;
  "envoy.config.route.v3.RetryPolicy.RetryPriority": EnvoyConfigRouteV3RetryPolicy_RetryPriority;
  "envoy.config.route.v3.Route": EnvoyConfigRouteV3Route;
  "envoy.config.route.v3.RouteAction": EnvoyConfigRouteV3RouteAction;
  "envoy.config.route.v3.RouteAction.HashPolicy": EnvoyConfigRouteV3RouteAction_HashPolicy;
  "envoy.config.route.v3.RouteAction.HashPolicy.ConnectionProperties": EnvoyConfigRouteV3RouteAction_HashPolicy_ConnectionProperties;
  "envoy.config.route.v3.RouteAction.HashPolicy.Cookie": EnvoyConfigRouteV3RouteAction_HashPolicy_Cookie;
  "envoy.config.route.v3.RouteAction.HashPolicy.CookieAttribute": EnvoyConfigRouteV3RouteAction_HashPolicy_CookieAttribute;
  "envoy.config.route.v3.RouteAction.HashPolicy.FilterState": EnvoyConfigRouteV3RouteAction_HashPolicy_FilterState;
  "envoy.config.route.v3.RouteAction.HashPolicy.Header": EnvoyConfigRouteV3RouteAction_HashPolicy_Header;
  "envoy.config.route.v3.RouteAction.HashPolicy.QueryParameter": EnvoyConfigRouteV3RouteAction_HashPolicy_QueryParameter;
  "envoy.config.route.v3.RouteAction.MaxStreamDuration": EnvoyConfigRouteV3RouteAction_MaxStreamDuration;
  "envoy.config.route.v3.RouteAction.RequestMirrorPolicy": EnvoyConfigRouteV3RouteAction_RequestMirrorPolicy;
  "envoy.config.route.v3.RouteAction.UpgradeConfig": EnvoyConfigRouteV3RouteAction_UpgradeConfig;
  "envoy.config.route.v3.RouteAction.UpgradeConfig.ConnectConfig": EnvoyConfigRouteV3RouteAction_UpgradeConfig_ConnectConfig;
  "envoy.config.route.v3.RouteConfiguration": EnvoyConfigRouteV3RouteConfiguration;
  "envoy.config.route.v3.RouteList": EnvoyConfigRouteV3RouteList;
  "envoy.config.route.v3.RouteMatch": EnvoyConfigRouteV3RouteMatch;
  "envoy.config.route.v3.RouteMatch.ConnectMatcher": EnvoyConfigRouteV3RouteMatch_ConnectMatcher;
  "envoy.config.route.v3.RouteMatch.GrpcRouteMatchOptions": EnvoyConfigRouteV3RouteMatch_GrpcRouteMatchOptions;
  "envoy.config.route.v3.RouteMatch.TlsContextMatchOptions": EnvoyConfigRouteV3RouteMatch_TlsContextMatchOptions;
  "envoy.config.route.v3.ScopedRouteConfiguration": EnvoyConfigRouteV3ScopedRouteConfiguration;
  "envoy.config.route.v3.ScopedRouteConfiguration.Key": EnvoyConfigRouteV3ScopedRouteConfiguration_Key;
  "envoy.config.route.v3.ScopedRouteConfiguration.Key.Fragment": EnvoyConfigRouteV3ScopedRouteConfiguration_Key_Fragment;
  "envoy.config.route.v3.Tracing": EnvoyConfigRouteV3Tracing;
  "envoy.config.route.v3.Vhds": EnvoyConfigRouteV3Vhds;
  "envoy.config.route.v3.VirtualCluster": EnvoyConfigRouteV3VirtualCluster;
  "envoy.config.route.v3.VirtualHost": EnvoyConfigRouteV3VirtualHost;
  "envoy.config.route.v3.WeightedCluster": EnvoyConfigRouteV3WeightedCluster;
  "envoy.config.route.v3.WeightedCluster.ClusterWeight": EnvoyConfigRouteV3WeightedCluster_ClusterWeight;
  "envoy.config.trace.v3.ClientConfig": EnvoyConfigTraceV3ClientConfig;
  "envoy.config.trace.v3.DatadogConfig": EnvoyConfigTraceV3DatadogConfig;
  "envoy.config.trace.v3.DatadogRemoteConfig": EnvoyConfigTraceV3DatadogRemoteConfig;
  "envoy.config.trace.v3.DynamicOtConfig": EnvoyConfigTraceV3DynamicOtConfig;
  "envoy.config.trace.v3.LightstepConfig": EnvoyConfigTraceV3LightstepConfig;
  "envoy.config.trace.v3.OpenTelemetryConfig": EnvoyConfigTraceV3OpenTelemetryConfig;
  "envoy.config.trace.v3.SkyWalkingConfig": EnvoyConfigTraceV3SkyWalkingConfig;
  "envoy.config.trace.v3.TraceServiceConfig": EnvoyConfigTraceV3TraceServiceConfig;
  "envoy.config.trace.v3.Tracing": EnvoyConfigTraceV3Tracing;
  "envoy.config.trace.v3.Tracing.Http": EnvoyConfigTraceV3Tracing_Http;
  "envoy.config.trace.v3.XRayConfig": EnvoyConfigTraceV3XRayConfig;
  "envoy.config.trace.v3.XRayConfig.SegmentFields": EnvoyConfigTraceV3XRayConfig_SegmentFields;
  "envoy.config.trace.v3.ZipkinConfig": EnvoyConfigTraceV3ZipkinConfig;
  "envoy.config.upstream.local_address_selector.v3.DefaultLocalAddressSelector": EnvoyConfigUpstreamLocalAddressSelectorV3DefaultLocalAddressSelector;
  "envoy.data.accesslog.v3.AccessLogCommon": EnvoyDataAccesslogV3AccessLogCommon;
  "envoy.data.accesslog.v3.ConnectionProperties": EnvoyDataAccesslogV3ConnectionProperties;
  "envoy.data.accesslog.v3.HTTPAccessLogEntry": EnvoyDataAccesslogV3HTTPAccessLogEntry;
  "envoy.data.accesslog.v3.HTTPRequestProperties": EnvoyDataAccesslogV3HTTPRequestProperties;
  "envoy.data.accesslog.v3.HTTPResponseProperties": EnvoyDataAccesslogV3HTTPResponseProperties;
  "envoy.data.accesslog.v3.ResponseFlags": EnvoyDataAccesslogV3ResponseFlags;
  "envoy.data.accesslog.v3.ResponseFlags.Unauthorized": EnvoyDataAccesslogV3ResponseFlags_Unauthorized;
  "envoy.data.accesslog.v3.TCPAccessLogEntry": EnvoyDataAccesslogV3TCPAccessLogEntry;
  "envoy.data.accesslog.v3.TLSProperties": EnvoyDataAccesslogV3TLSProperties;
  "envoy.data.accesslog.v3.TLSProperties.CertificateProperties": EnvoyDataAccesslogV3TLSProperties_CertificateProperties;
  "envoy.data.accesslog.v3.TLSProperties.CertificateProperties.SubjectAltName": EnvoyDataAccesslogV3TLSProperties_CertificateProperties_SubjectAltName;
  "envoy.data.cluster.v3.OutlierDetectionEvent": EnvoyDataClusterV3OutlierDetectionEvent;
  "envoy.data.cluster.v3.OutlierEjectConsecutive": EnvoyDataClusterV3OutlierEjectConsecutive;
  "envoy.data.cluster.v3.OutlierEjectFailurePercentage": EnvoyDataClusterV3OutlierEjectFailurePercentage;
  "envoy.data.cluster.v3.OutlierEjectSuccessRate": EnvoyDataClusterV3OutlierEjectSuccessRate;
  "envoy.data.core.v3.DegradedHealthyHost": EnvoyDataCoreV3DegradedHealthyHost;
  "envoy.data.core.v3.HealthCheckAddHealthy": EnvoyDataCoreV3HealthCheckAddHealthy;
  "envoy.data.core.v3.HealthCheckEjectUnhealthy": EnvoyDataCoreV3HealthCheckEjectUnhealthy;
  "envoy.data.core.v3.HealthCheckEvent": EnvoyDataCoreV3HealthCheckEvent;
  "envoy.data.core.v3.HealthCheckFailure": EnvoyDataCoreV3HealthCheckFailure;
  "envoy.data.core.v3.HealthCheckSuccessful": EnvoyDataCoreV3HealthCheckSuccessful;
  "envoy.data.core.v3.NoLongerDegradedHost": EnvoyDataCoreV3NoLongerDegradedHost;
  "envoy.data.core.v3.TlvsMetadata": EnvoyDataCoreV3TlvsMetadata;
  "envoy.extensions.access_loggers.file.v3.FileAccessLog": EnvoyExtensionsAccessLoggersFileV3FileAccessLog;
  "envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter": EnvoyExtensionsAccessLoggersFiltersCelV3ExpressionFilter;
  "envoy.extensions.access_loggers.grpc.v3.CommonGrpcAccessLogConfig": EnvoyExtensionsAccessLoggersGrpcV3CommonGrpcAccessLogConfig;
  "envoy.extensions.access_loggers.grpc.v3.HttpGrpcAccessLogConfig": EnvoyExtensionsAccessLoggersGrpcV3HttpGrpcAccessLogConfig;
  "envoy.extensions.access_loggers.grpc.v3.TcpGrpcAccessLogConfig": EnvoyExtensionsAccessLoggersGrpcV3TcpGrpcAccessLogConfig;
  "envoy.extensions.access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig": EnvoyExtensionsAccessLoggersOpenTelemetryV3OpenTelemetryAccessLogConfig;
  "envoy.extensions.access_loggers.stream.v3.StderrAccessLog": EnvoyExtensionsAccessLoggersStreamV3StderrAccessLog;
  "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog": EnvoyExtensionsAccessLoggersStreamV3StdoutAccessLog;
  "envoy.extensions.bootstrap.internal_listener.v3.InternalListener": EnvoyExtensionsBootstrapInternalListenerV3InternalListener;
  "envoy.extensions.clusters.aggregate.v3.ClusterConfig": EnvoyExtensionsClustersAggregateV3ClusterConfig;
  "envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig": EnvoyExtensionsClustersDynamicForwardProxyV3ClusterConfig;
  "envoy.extensions.clusters.dynamic_forward_proxy.v3.SubClustersConfig": EnvoyExtensionsClustersDynamicForwardProxyV3SubClustersConfig;
  "envoy.extensions.common.dynamic_forward_proxy.v3.DnsCacheCircuitBreakers": EnvoyExtensionsCommonDynamicForwardProxyV3DnsCacheCircuitBreakers;
  "envoy.extensions.common.dynamic_forward_proxy.v3.DnsCacheConfig": EnvoyExtensionsCommonDynamicForwardProxyV3DnsCacheConfig;
  "envoy.extensions.common.matching.v3.ExtensionWithMatcher": EnvoyExtensionsCommonMatchingV3ExtensionWithMatcher;
  "envoy.extensions.common.matching.v3.ExtensionWithMatcherPerRoute": EnvoyExtensionsCommonMatchingV3ExtensionWithMatcherPerRoute;
  "envoy.extensions.common.ratelimit.v3.LocalClusterRateLimit": EnvoyExtensionsCommonRatelimitV3LocalClusterRateLimit;
  "envoy.extensions.common.ratelimit.v3.LocalRateLimitDescriptor": EnvoyExtensionsCommonRatelimitV3LocalRateLimitDescriptor;
  "envoy.extensions.common.ratelimit.v3.RateLimitDescriptor": EnvoyExtensionsCommonRatelimitV3RateLimitDescriptor;
  "envoy.extensions.common.ratelimit.v3.RateLimitDescriptor.Entry": EnvoyExtensionsCommonRatelimitV3RateLimitDescriptor_Entry;
  "envoy.extensions.common.ratelimit.v3.RateLimitDescriptor.RateLimitOverride": EnvoyExtensionsCommonRatelimitV3RateLimitDescriptor_RateLimitOverride;
  "envoy.extensions.compression.brotli.compressor.v3.Brotli": EnvoyExtensionsCompressionBrotliCompressorV3Brotli;
  "envoy.extensions.compression.brotli.decompressor.v3.Brotli": EnvoyExtensionsCompressionBrotliDecompressorV3Brotli;
  "envoy.extensions.compression.gzip.compressor.v3.Gzip": EnvoyExtensionsCompressionGzipCompressorV3Gzip;
  "envoy.extensions.compression.gzip.decompressor.v3.Gzip": EnvoyExtensionsCompressionGzipDecompressorV3Gzip;
  "envoy.extensions.compression.zstd.compressor.v3.Zstd": EnvoyExtensionsCompressionZstdCompressorV3Zstd;
  "envoy.extensions.compression.zstd.decompressor.v3.Zstd": EnvoyExtensionsCompressionZstdDecompressorV3Zstd;
  "envoy.extensions.filters.common.fault.v3.FaultDelay": EnvoyExtensionsFiltersCommonFaultV3FaultDelay;
  "envoy.extensions.filters.common.fault.v3.FaultDelay.HeaderDelay": EnvoyExtensionsFiltersCommonFaultV3FaultDelay_HeaderDelay;
  "envoy.extensions.filters.common.fault.v3.FaultRateLimit": EnvoyExtensionsFiltersCommonFaultV3FaultRateLimit;
  "envoy.extensions.filters.common.fault.v3.FaultRateLimit.FixedLimit": EnvoyExtensionsFiltersCommonFaultV3FaultRateLimit_FixedLimit;
  "envoy.extensions.filters.common.fault.v3.FaultRateLimit.HeaderLimit": EnvoyExtensionsFiltersCommonFaultV3FaultRateLimit_HeaderLimit;
  "envoy.extensions.filters.common.matcher.action.v3.SkipFilter": EnvoyExtensionsFiltersCommonMatcherActionV3SkipFilter;
  "envoy.extensions.filters.common.set_filter_state.v3.FilterStateValue": EnvoyExtensionsFiltersCommonSetFilterStateV3FilterStateValue;
  "envoy.extensions.filters.http.buffer.v3.Buffer": EnvoyExtensionsFiltersHttpBufferV3Buffer;
  "envoy.extensions.filters.http.buffer.v3.BufferPerRoute": EnvoyExtensionsFiltersHttpBufferV3BufferPerRoute;
  "envoy.extensions.filters.http.composite.v3.Composite": EnvoyExtensionsFiltersHttpCompositeV3Composite;
  "envoy.extensions.filters.http.composite.v3.DynamicConfig": EnvoyExtensionsFiltersHttpCompositeV3DynamicConfig;
  "envoy.extensions.filters.http.composite.v3.ExecuteFilterAction": EnvoyExtensionsFiltersHttpCompositeV3ExecuteFilterAction;
  "envoy.extensions.filters.http.compressor.v3.Compressor": EnvoyExtensionsFiltersHttpCompressorV3Compressor;
  "envoy.extensions.filters.http.compressor.v3.Compressor.CommonDirectionConfig": EnvoyExtensionsFiltersHttpCompressorV3Compressor_CommonDirectionConfig;
  "envoy.extensions.filters.http.compressor.v3.Compressor.RequestDirectionConfig": EnvoyExtensionsFiltersHttpCompressorV3Compressor_RequestDirectionConfig;
  "envoy.extensions.filters.http.compressor.v3.Compressor.ResponseDirectionConfig": EnvoyExtensionsFiltersHttpCompressorV3Compressor_ResponseDirectionConfig;
  "envoy.extensions.filters.http.compressor.v3.CompressorOverrides": EnvoyExtensionsFiltersHttpCompressorV3CompressorOverrides;
  "envoy.extensions.filters.http.compressor.v3.CompressorPerRoute": EnvoyExtensionsFiltersHttpCompressorV3CompressorPerRoute;
  "envoy.extensions.filters.http.compressor.v3.ResponseDirectionOverrides": EnvoyExtensionsFiltersHttpCompressorV3ResponseDirectionOverrides;
  "envoy.extensions.filters.http.cors.v3.Cors": EnvoyExtensionsFiltersHttpCorsV3Cors;
  "envoy.extensions.filters.http.cors.v3.CorsPolicy": EnvoyExtensionsFiltersHttpCorsV3CorsPolicy;
  "envoy.extensions.filters.http.csrf.v3.CsrfPolicy": EnvoyExtensionsFiltersHttpCsrfV3CsrfPolicy;
  "envoy.extensions.filters.http.decompressor.v3.Decompressor": EnvoyExtensionsFiltersHttpDecompressorV3Decompressor;
  "envoy.extensions.filters.http.decompressor.v3.Decompressor.CommonDirectionConfig": EnvoyExtensionsFiltersHttpDecompressorV3Decompressor_CommonDirectionConfig;
  "envoy.extensions.filters.http.decompressor.v3.Decompressor.RequestDirectionConfig": EnvoyExtensionsFiltersHttpDecompressorV3Decompressor_RequestDirectionConfig;
  "envoy.extensions.filters.http.decompressor.v3.Decompressor.ResponseDirectionConfig": EnvoyExtensionsFiltersHttpDecompressorV3Decompressor_ResponseDirectionConfig;
  "envoy.extensions.filters.http.ext_authz.v3.AuthorizationRequest": EnvoyExtensionsFiltersHttpExtAuthzV3AuthorizationRequest;
  "envoy.extensions.filters.http.ext_authz.v3.AuthorizationResponse": EnvoyExtensionsFiltersHttpExtAuthzV3AuthorizationResponse;
  "envoy.extensions.filters.http.ext_authz.v3.BufferSettings": EnvoyExtensionsFiltersHttpExtAuthzV3BufferSettings;
  "envoy.extensions.filters.http.ext_authz.v3.CheckSettings": EnvoyExtensionsFiltersHttpExtAuthzV3CheckSettings;
  "envoy.extensions.filters.http.ext_authz.v3.ExtAuthz": EnvoyExtensionsFiltersHttpExtAuthzV3ExtAuthz;
  "envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute": EnvoyExtensionsFiltersHttpExtAuthzV3ExtAuthzPerRoute;
  "envoy.extensions.filters.http.ext_authz.v3.HttpService": EnvoyExtensionsFiltersHttpExtAuthzV3HttpService;
  "envoy.extensions.filters.http.fault.v3.FaultAbort": EnvoyExtensionsFiltersHttpFaultV3FaultAbort;
  "envoy.extensions.filters.http.fault.v3.FaultAbort.HeaderAbort": EnvoyExtensionsFiltersHttpFaultV3FaultAbort_HeaderAbort;
  "envoy.extensions.filters.http.fault.v3.HTTPFault": EnvoyExtensionsFiltersHttpFaultV3HTTPFault;
  "envoy.extensions.filters.http.grpc_stats.v3.FilterConfig": EnvoyExtensionsFiltersHttpGrpcStatsV3FilterConfig;
  "envoy.extensions.filters.http.grpc_stats.v3.FilterObject": EnvoyExtensionsFiltersHttpGrpcStatsV3FilterObject;
  "envoy.extensions.filters.http.grpc_web.v3.GrpcWeb": EnvoyExtensionsFiltersHttpGrpcWebV3GrpcWeb;
  "envoy.extensions.filters.http.header_mutation.v3.HeaderMutation": EnvoyExtensionsFiltersHttpHeaderMutationV3HeaderMutation;
  "envoy.extensions.filters.http.header_mutation.v3.HeaderMutationPerRoute": EnvoyExtensionsFiltersHttpHeaderMutationV3HeaderMutationPerRoute;
  "envoy.extensions.filters.http.header_mutation.v3.Mutations": EnvoyExtensionsFiltersHttpHeaderMutationV3Mutations;
  "envoy.extensions.filters.http.header_to_metadata.v3.Config": EnvoyExtensionsFiltersHttpHeaderToMetadataV3Config;
  "envoy.extensions.filters.http.header_to_metadata.v3.Config.KeyValuePair": EnvoyExtensionsFiltersHttpHeaderToMetadataV3Config_KeyValuePair;
  "envoy.extensions.filters.http.header_to_metadata.v3.Config.Rule": EnvoyExtensionsFiltersHttpHeaderToMetadataV3Config_Rule;
  "envoy.extensions.filters.http.health_check.v3.HealthCheck": EnvoyExtensionsFiltersHttpHealthCheckV3HealthCheck;
  "envoy.extensions.filters.http.jwt_authn.v3.FilterStateRule": EnvoyExtensionsFiltersHttpJwtAuthnV3FilterStateRule;
  "envoy.extensions.filters.http.jwt_authn.v3.JwksAsyncFetch": EnvoyExtensionsFiltersHttpJwtAuthnV3JwksAsyncFetch;
  "envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication": EnvoyExtensionsFiltersHttpJwtAuthnV3JwtAuthentication;
  "envoy.extensions.filters.http.jwt_authn.v3.JwtCacheConfig": EnvoyExtensionsFiltersHttpJwtAuthnV3JwtCacheConfig;
  "envoy.extensions.filters.http.jwt_authn.v3.JwtClaimToHeader": EnvoyExtensionsFiltersHttpJwtAuthnV3JwtClaimToHeader;
  "envoy.extensions.filters.http.jwt_authn.v3.JwtHeader": EnvoyExtensionsFiltersHttpJwtAuthnV3JwtHeader;
  "envoy.extensions.filters.http.jwt_authn.v3.JwtProvider": EnvoyExtensionsFiltersHttpJwtAuthnV3JwtProvider;
  "envoy.extensions.filters.http.jwt_authn.v3.JwtProvider.NormalizePayload": EnvoyExtensionsFiltersHttpJwtAuthnV3JwtProvider_NormalizePayload;
  "envoy.extensions.filters.http.jwt_authn.v3.JwtRequirement": EnvoyExtensionsFiltersHttpJwtAuthnV3JwtRequirement;
  "envoy.extensions.filters.http.jwt_authn.v3.JwtRequirementAndList": EnvoyExtensionsFiltersHttpJwtAuthnV3JwtRequirementAndList;
  "envoy.extensions.filters.http.jwt_authn.v3.JwtRequirementOrList": EnvoyExtensionsFiltersHttpJwtAuthnV3JwtRequirementOrList;
  "envoy.extensions.filters.http.jwt_authn.v3.PerRouteConfig": EnvoyExtensionsFiltersHttpJwtAuthnV3PerRouteConfig;
  "envoy.extensions.filters.http.jwt_authn.v3.ProviderWithAudiences": EnvoyExtensionsFiltersHttpJwtAuthnV3ProviderWithAudiences;
  "envoy.extensions.filters.http.jwt_authn.v3.RemoteJwks": EnvoyExtensionsFiltersHttpJwtAuthnV3RemoteJwks;
  "envoy.extensions.filters.http.jwt_authn.v3.RequirementRule": EnvoyExtensionsFiltersHttpJwtAuthnV3RequirementRule;
  "envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit": EnvoyExtensionsFiltersHttpLocalRatelimitV3LocalRateLimit;
  "envoy.extensions.filters.http.lua.v3.Lua": EnvoyExtensionsFiltersHttpLuaV3Lua;
  "envoy.extensions.filters.http.lua.v3.LuaPerRoute": EnvoyExtensionsFiltersHttpLuaV3LuaPerRoute;
  "envoy.extensions.filters.http.on_demand.v3.OnDemand": EnvoyExtensionsFiltersHttpOnDemandV3OnDemand;
  "envoy.extensions.filters.http.on_demand.v3.OnDemandCds": EnvoyExtensionsFiltersHttpOnDemandV3OnDemandCds;
  "envoy.extensions.filters.http.on_demand.v3.PerRouteConfig": EnvoyExtensionsFiltersHttpOnDemandV3PerRouteConfig;
  "envoy.extensions.filters.http.ratelimit.v3.RateLimit": EnvoyExtensionsFiltersHttpRatelimitV3RateLimit;
  "envoy.extensions.filters.http.ratelimit.v3.RateLimitConfig": EnvoyExtensionsFiltersHttpRatelimitV3RateLimitConfig;
  "envoy.extensions.filters.http.ratelimit.v3.RateLimitConfig.Action": EnvoyExtensionsFiltersHttpRatelimitV3RateLimitConfig_Action;
  "envoy.extensions.filters.http.ratelimit.v3.RateLimitConfig.Action.DestinationCluster": EnvoyExtensionsFiltersHttpRatelimitV3RateLimitConfig_Action_DestinationCluster;
  "envoy.extensions.filters.http.ratelimit.v3.RateLimitConfig.Action.GenericKey": EnvoyExtensionsFiltersHttpRatelimitV3RateLimitConfig_Action_GenericKey;
  "envoy.extensions.filters.http.ratelimit.v3.RateLimitConfig.Action.HeaderValueMatch": EnvoyExtensionsFiltersHttpRatelimitV3RateLimitConfig_Action_HeaderValueMatch;
  "envoy.extensions.filters.http.ratelimit.v3.RateLimitConfig.Action.MetaData": EnvoyExtensionsFiltersHttpRatelimitV3RateLimitConfig_Action_MetaData;
  "envoy.extensions.filters.http.ratelimit.v3.RateLimitConfig.Action.RemoteAddress": EnvoyExtensionsFiltersHttpRatelimitV3RateLimitConfig_Action_RemoteAddress;
  "envoy.extensions.filters.http.ratelimit.v3.RateLimitConfig.Action.RequestHeaders": EnvoyExtensionsFiltersHttpRatelimitV3RateLimitConfig_Action_RequestHeaders;
  "envoy.extensions.filters.http.ratelimit.v3.RateLimitConfig.Action.SourceCluster": EnvoyExtensionsFiltersHttpRatelimitV3RateLimitConfig_Action_SourceCluster;
  "envoy.extensions.filters.http.ratelimit.v3.RateLimitConfig.Override": EnvoyExtensionsFiltersHttpRatelimitV3RateLimitConfig_Override;
  "envoy.extensions.filters.http.ratelimit.v3.RateLimitConfig.Override.DynamicMetadata": EnvoyExtensionsFiltersHttpRatelimitV3RateLimitConfig_Override_DynamicMetadata;
  "envoy.extensions.filters.http.ratelimit.v3.RateLimitPerRoute": EnvoyExtensionsFiltersHttpRatelimitV3RateLimitPerRoute;
  "envoy.extensions.filters.http.rbac.v3.RBAC": EnvoyExtensionsFiltersHttpRbacV3RBAC;
  "envoy.extensions.filters.http.rbac.v3.RBACPerRoute": EnvoyExtensionsFiltersHttpRbacV3RBACPerRoute;
  "envoy.extensions.filters.http.router.v3.Router": EnvoyExtensionsFiltersHttpRouterV3Router;
  "envoy.extensions.filters.http.router.v3.Router.UpstreamAccessLogOptions": EnvoyExtensionsFiltersHttpRouterV3Router_UpstreamAccessLogOptions;
  "envoy.extensions.filters.http.set_filter_state.v3.Config": EnvoyExtensionsFiltersHttpSetFilterStateV3Config;
  "envoy.extensions.filters.http.set_metadata.v3.Config": EnvoyExtensionsFiltersHttpSetMetadataV3Config;
  "envoy.extensions.filters.http.set_metadata.v3.Metadata": EnvoyExtensionsFiltersHttpSetMetadataV3Metadata;
  "envoy.extensions.filters.http.stateful_session.v3.StatefulSession": EnvoyExtensionsFiltersHttpStatefulSessionV3StatefulSession;
  "envoy.extensions.filters.http.stateful_session.v3.StatefulSessionPerRoute": EnvoyExtensionsFiltersHttpStatefulSessionV3StatefulSessionPerRoute;
  "envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec": EnvoyExtensionsFiltersHttpUpstreamCodecV3UpstreamCodec;
  "envoy.extensions.filters.http.wasm.v3.Wasm": EnvoyExtensionsFiltersHttpWasmV3Wasm;
  "envoy.extensions.filters.listener.http_inspector.v3.HttpInspector": EnvoyExtensionsFiltersListenerHttpInspectorV3HttpInspector;
  "envoy.extensions.filters.listener.local_ratelimit.v3.LocalRateLimit": EnvoyExtensionsFiltersListenerLocalRatelimitV3LocalRateLimit;
  "envoy.extensions.filters.listener.original_dst.v3.OriginalDst": EnvoyExtensionsFiltersListenerOriginalDstV3OriginalDst;
  "envoy.extensions.filters.listener.original_src.v3.OriginalSrc": EnvoyExtensionsFiltersListenerOriginalSrcV3OriginalSrc;
  "envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol": EnvoyExtensionsFiltersListenerProxyProtocolV3ProxyProtocol;
  "envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol.KeyValuePair": EnvoyExtensionsFiltersListenerProxyProtocolV3ProxyProtocol_KeyValuePair;
  "envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol.Rule": EnvoyExtensionsFiltersListenerProxyProtocolV3ProxyProtocol_Rule;
  "envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector": EnvoyExtensionsFiltersListenerTlsInspectorV3TlsInspector;
  "envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit": EnvoyExtensionsFiltersNetworkConnectionLimitV3ConnectionLimit;
  "envoy.extensions.filters.network.direct_response.v3.Config": EnvoyExtensionsFiltersNetworkDirectResponseV3Config;
  "envoy.extensions.filters.network.dubbo_proxy.router.v3.Router": EnvoyExtensionsFiltersNetworkDubboProxyRouterV3Router;
  "envoy.extensions.filters.network.dubbo_proxy.v3.Drds": EnvoyExtensionsFiltersNetworkDubboProxyV3Drds;
  "envoy.extensions.filters.network.dubbo_proxy.v3.DubboFilter": EnvoyExtensionsFiltersNetworkDubboProxyV3DubboFilter;
  "envoy.extensions.filters.network.dubbo_proxy.v3.DubboProxy": EnvoyExtensionsFiltersNetworkDubboProxyV3DubboProxy;
  "envoy.extensions.filters.network.dubbo_proxy.v3.MethodMatch": EnvoyExtensionsFiltersNetworkDubboProxyV3MethodMatch;
  "envoy.extensions.filters.network.dubbo_proxy.v3.MethodMatch.ParameterMatchSpecifier": EnvoyExtensionsFiltersNetworkDubboProxyV3MethodMatch_ParameterMatchSpecifier;
  "envoy.extensions.filters.network.dubbo_proxy.v3.MultipleRouteConfiguration": EnvoyExtensionsFiltersNetworkDubboProxyV3MultipleRouteConfiguration;
  "envoy.extensions.filters.network.dubbo_proxy.v3.Route": EnvoyExtensionsFiltersNetworkDubboProxyV3Route;
  "envoy.extensions.filters.network.dubbo_proxy.v3.RouteAction": EnvoyExtensionsFiltersNetworkDubboProxyV3RouteAction;
  "envoy.extensions.filters.network.dubbo_proxy.v3.RouteConfiguration": EnvoyExtensionsFiltersNetworkDubboProxyV3RouteConfiguration;
  "envoy.extensions.filters.network.dubbo_proxy.v3.RouteMatch": EnvoyExtensionsFiltersNetworkDubboProxyV3RouteMatch;
  "envoy.extensions.filters.network.echo.v3.Echo": EnvoyExtensionsFiltersNetworkEchoV3Echo;
  "envoy.extensions.filters.network.ext_authz.v3.ExtAuthz": EnvoyExtensionsFiltersNetworkExtAuthzV3ExtAuthz;
  "envoy.extensions.filters.network.http_connection_manager.v3.EnvoyMobileHttpConnectionManager": EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3EnvoyMobileHttpConnectionManager;
  "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager": EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3HttpConnectionManager;
  "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.HcmAccessLogOptions": EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3HttpConnectionManager_HcmAccessLogOptions;
  "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.InternalAddressConfig": EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3HttpConnectionManager_InternalAddressConfig;
  "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.PathNormalizationOptions": EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3HttpConnectionManager_PathNormalizationOptions;
  "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.ProxyStatusConfig": EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3HttpConnectionManager_ProxyStatusConfig;
  "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.SetCurrentClientCertDetails": EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3HttpConnectionManager_SetCurrentClientCertDetails;
  "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.Tracing": EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3HttpConnectionManager_Tracing;
  "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.UpgradeConfig": EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3HttpConnectionManager_UpgradeConfig;
  "envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter": EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3HttpFilter;
  "envoy.extensions.filters.network.http_connection_manager.v3.LocalReplyConfig": EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3LocalReplyConfig;
  "envoy.extensions.filters.network.http_connection_manager.v3.Rds": EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3Rds;
  "envoy.extensions.filters.network.http_connection_manager.v3.RequestIDExtension": EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3RequestIDExtension;
  "envoy.extensions.filters.network.http_connection_manager.v3.ResponseMapper": EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3ResponseMapper;
  "envoy.extensions.filters.network.http_connection_manager.v3.ScopedRds": EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3ScopedRds;
  "envoy.extensions.filters.network.http_connection_manager.v3.ScopedRouteConfigurationsList": EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3ScopedRouteConfigurationsList;
  "envoy.extensions.filters.network.http_connection_manager.v3.ScopedRoutes": EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3ScopedRoutes;
  "envoy.extensions.filters.network.http_connection_manager.v3.ScopedRoutes.ScopeKeyBuilder": EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3ScopedRoutes_ScopeKeyBuilder;
  "envoy.extensions.filters.network.http_connection_manager.v3.ScopedRoutes.ScopeKeyBuilder.FragmentBuilder": EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3ScopedRoutes_ScopeKeyBuilder_FragmentBuilder;
  "envoy.extensions.filters.network.http_connection_manager.v3.ScopedRoutes.ScopeKeyBuilder.FragmentBuilder.HeaderValueExtractor": EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3ScopedRoutes_ScopeKeyBuilder_FragmentBuilder_HeaderValueExtractor;
  "envoy.extensions.filters.network.http_connection_manager.v3.ScopedRoutes.ScopeKeyBuilder.FragmentBuilder.HeaderValueExtractor.KvElement": EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3ScopedRoutes_ScopeKeyBuilder_FragmentBuilder_HeaderValueExtractor_KvElement;
  "envoy.extensions.filters.network.local_ratelimit.v3.LocalRateLimit": EnvoyExtensionsFiltersNetworkLocalRatelimitV3LocalRateLimit;
  "envoy.extensions.filters.network.ratelimit.v3.RateLimit": EnvoyExtensionsFiltersNetworkRatelimitV3RateLimit;
  "envoy.extensions.filters.network.rbac.v3.RBAC": EnvoyExtensionsFiltersNetworkRbacV3RBAC;
  "envoy.extensions.filters.network.set_filter_state.v3.Config": EnvoyExtensionsFiltersNetworkSetFilterStateV3Config;
  "envoy.extensions.filters.network.sni_cluster.v3.SniCluster": EnvoyExtensionsFiltersNetworkSniClusterV3SniCluster;
  "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy": EnvoyExtensionsFiltersNetworkTcpProxyV3TcpProxy;
  "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.OnDemand": EnvoyExtensionsFiltersNetworkTcpProxyV3TcpProxy_OnDemand;
  "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.TcpAccessLogOptions": EnvoyExtensionsFiltersNetworkTcpProxyV3TcpProxy_TcpAccessLogOptions;
  "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.TunnelingConfig": EnvoyExtensionsFiltersNetworkTcpProxyV3TcpProxy_TunnelingConfig;
  "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.WeightedCluster": EnvoyExtensionsFiltersNetworkTcpProxyV3TcpProxy_WeightedCluster;
  "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.WeightedCluster.ClusterWeight": EnvoyExtensionsFiltersNetworkTcpProxyV3TcpProxy_WeightedCluster_ClusterWeight;
  "envoy.extensions.filters.network.wasm.v3.Wasm": EnvoyExtensionsFiltersNetworkWasmV3Wasm;
  "envoy.extensions.formatter.cel.v3.Cel": EnvoyExtensionsFormatterCelV3Cel;
  "envoy.extensions.formatter.metadata.v3.Metadata": EnvoyExtensionsFormatterMetadataV3Metadata;
  "envoy.extensions.formatter.req_without_query.v3.ReqWithoutQuery": EnvoyExtensionsFormatterReqWithoutQueryV3ReqWithoutQuery;
  "envoy.extensions.health_check.event_sinks.file.v3.HealthCheckEventFileSink": EnvoyExtensionsHealthCheckEventSinksFileV3HealthCheckEventFileSink;
  "envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation": EnvoyExtensionsHttpEarlyHeaderMutationHeaderMutationV3HeaderMutation;
  "envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig": EnvoyExtensionsHttpHeaderFormattersPreserveCaseV3PreserveCaseFormatterConfig;
  "envoy.extensions.http.header_validators.envoy_default.v3.HeaderValidatorConfig": EnvoyExtensionsHttpHeaderValidatorsEnvoyDefaultV3HeaderValidatorConfig;
  "envoy.extensions.http.header_validators.envoy_default.v3.HeaderValidatorConfig.Http1ProtocolOptions": EnvoyExtensionsHttpHeaderValidatorsEnvoyDefaultV3HeaderValidatorConfig_Http1ProtocolOptions;
  "envoy.extensions.http.header_validators.envoy_default.v3.HeaderValidatorConfig.UriPathNormalizationOptions": EnvoyExtensionsHttpHeaderValidatorsEnvoyDefaultV3HeaderValidatorConfig_UriPathNormalizationOptions;
  "envoy.extensions.http.original_ip_detection.custom_header.v3.CustomHeaderConfig": EnvoyExtensionsHttpOriginalIpDetectionCustomHeaderV3CustomHeaderConfig;
  "envoy.extensions.http.original_ip_detection.xff.v3.XffConfig": EnvoyExtensionsHttpOriginalIpDetectionXffV3XffConfig;
  "envoy.extensions.http.stateful_session.cookie.v3.CookieBasedSessionState": EnvoyExtensionsHttpStatefulSessionCookieV3CookieBasedSessionState;
  "envoy.extensions.http.stateful_session.header.v3.HeaderBasedSessionState": EnvoyExtensionsHttpStatefulSessionHeaderV3HeaderBasedSessionState;
  "envoy.extensions.internal_redirect.allow_listed_routes.v3.AllowListedRoutesConfig": EnvoyExtensionsInternalRedirectAllowListedRoutesV3AllowListedRoutesConfig;
  "envoy.extensions.internal_redirect.previous_routes.v3.PreviousRoutesConfig": EnvoyExtensionsInternalRedirectPreviousRoutesV3PreviousRoutesConfig;
  "envoy.extensions.internal_redirect.safe_cross_scheme.v3.SafeCrossSchemeConfig": EnvoyExtensionsInternalRedirectSafeCrossSchemeV3SafeCrossSchemeConfig;
  "envoy.extensions.load_balancing_policies.client_side_weighted_round_robin.v3.ClientSideWeightedRoundRobin": EnvoyExtensionsLoadBalancingPoliciesClientSideWeightedRoundRobinV3ClientSideWeightedRoundRobin;
  "envoy.extensions.load_balancing_policies.cluster_provided.v3.ClusterProvided": EnvoyExtensionsLoadBalancingPoliciesClusterProvidedV3ClusterProvided;
  "envoy.extensions.load_balancing_policies.common.v3.ConsistentHashingLbConfig": EnvoyExtensionsLoadBalancingPoliciesCommonV3ConsistentHashingLbConfig;
  "envoy.extensions.load_balancing_policies.common.v3.LocalityLbConfig": EnvoyExtensionsLoadBalancingPoliciesCommonV3LocalityLbConfig;
  "envoy.extensions.load_balancing_policies.common.v3.LocalityLbConfig.LocalityWeightedLbConfig": EnvoyExtensionsLoadBalancingPoliciesCommonV3LocalityLbConfig_LocalityWeightedLbConfig;
  "envoy.extensions.load_balancing_policies.common.v3.LocalityLbConfig.ZoneAwareLbConfig": EnvoyExtensionsLoadBalancingPoliciesCommonV3LocalityLbConfig_ZoneAwareLbConfig;
  "envoy.extensions.load_balancing_policies.common.v3.SlowStartConfig": EnvoyExtensionsLoadBalancingPoliciesCommonV3SlowStartConfig;
  "envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest": EnvoyExtensionsLoadBalancingPoliciesLeastRequestV3LeastRequest;
  "envoy.extensions.load_balancing_policies.maglev.v3.Maglev": EnvoyExtensionsLoadBalancingPoliciesMaglevV3Maglev;
  "envoy.extensions.load_balancing_policies.pick_first.v3.PickFirst": EnvoyExtensionsLoadBalancingPoliciesPickFirstV3PickFirst;
  "envoy.extensions.load_balancing_policies.random.v3.Random": EnvoyExtensionsLoadBalancingPoliciesRandomV3Random;
  "envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash": EnvoyExtensionsLoadBalancingPoliciesRingHashV3RingHash;
  "envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin": EnvoyExtensionsLoadBalancingPoliciesRoundRobinV3RoundRobin;
  "envoy.extensions.load_balancing_policies.subset.v3.Subset": EnvoyExtensionsLoadBalancingPoliciesSubsetV3Subset;
  "envoy.extensions.load_balancing_policies.subset.v3.Subset.LbSubsetSelector": EnvoyExtensionsLoadBalancingPoliciesSubsetV3Subset_LbSubsetSelector;
  "envoy.extensions.load_balancing_policies.wrr_locality.v3.WrrLocality": EnvoyExtensionsLoadBalancingPoliciesWrrLocalityV3WrrLocality;
  "envoy.extensions.matching.common_inputs.environment_variable.v3.Config": EnvoyExtensionsMatchingCommonInputsEnvironmentVariableV3Config;
  "envoy.extensions.matching.common_inputs.network.v3.ApplicationProtocolInput": EnvoyExtensionsMatchingCommonInputsNetworkV3ApplicationProtocolInput;
  "envoy.extensions.matching.common_inputs.network.v3.DestinationIPInput": EnvoyExtensionsMatchingCommonInputsNetworkV3DestinationIPInput;
  "envoy.extensions.matching.common_inputs.network.v3.DestinationPortInput": EnvoyExtensionsMatchingCommonInputsNetworkV3DestinationPortInput;
  "envoy.extensions.matching.common_inputs.network.v3.DirectSourceIPInput": EnvoyExtensionsMatchingCommonInputsNetworkV3DirectSourceIPInput;
  "envoy.extensions.matching.common_inputs.network.v3.FilterStateInput": EnvoyExtensionsMatchingCommonInputsNetworkV3FilterStateInput;
  "envoy.extensions.matching.common_inputs.network.v3.ServerNameInput": EnvoyExtensionsMatchingCommonInputsNetworkV3ServerNameInput;
  "envoy.extensions.matching.common_inputs.network.v3.SourceIPInput": EnvoyExtensionsMatchingCommonInputsNetworkV3SourceIPInput;
  "envoy.extensions.matching.common_inputs.network.v3.SourcePortInput": EnvoyExtensionsMatchingCommonInputsNetworkV3SourcePortInput;
  "envoy.extensions.matching.common_inputs.network.v3.SourceTypeInput": EnvoyExtensionsMatchingCommonInputsNetworkV3SourceTypeInput;
  "envoy.extensions.matching.common_inputs.network.v3.TransportProtocolInput": EnvoyExtensionsMatchingCommonInputsNetworkV3TransportProtocolInput;
  "envoy.extensions.matching.common_inputs.ssl.v3.DnsSanInput": EnvoyExtensionsMatchingCommonInputsSslV3DnsSanInput;
  "envoy.extensions.matching.common_inputs.ssl.v3.SubjectInput": EnvoyExtensionsMatchingCommonInputsSslV3SubjectInput;
  "envoy.extensions.matching.common_inputs.ssl.v3.UriSanInput": EnvoyExtensionsMatchingCommonInputsSslV3UriSanInput;
  "envoy.extensions.matching.input_matchers.consistent_hashing.v3.ConsistentHashing": EnvoyExtensionsMatchingInputMatchersConsistentHashingV3ConsistentHashing;
  "envoy.extensions.matching.input_matchers.ip.v3.Ip": EnvoyExtensionsMatchingInputMatchersIpV3Ip;
  "envoy.extensions.matching.input_matchers.runtime_fraction.v3.RuntimeFraction": EnvoyExtensionsMatchingInputMatchersRuntimeFractionV3RuntimeFraction;
  "envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig": EnvoyExtensionsNetworkDnsResolverCaresV3CaresDnsResolverConfig;
  "envoy.extensions.network.dns_resolver.getaddrinfo.v3.GetAddrInfoDnsResolverConfig": EnvoyExtensionsNetworkDnsResolverGetaddrinfoV3GetAddrInfoDnsResolverConfig;
  "envoy.extensions.network.socket_interface.v3.DefaultSocketInterface": EnvoyExtensionsNetworkSocketInterfaceV3DefaultSocketInterface;
  "envoy.extensions.outlier_detection_monitors.common.v3.DatabaseErrors": EnvoyExtensionsOutlierDetectionMonitorsCommonV3DatabaseErrors;
  "envoy.extensions.outlier_detection_monitors.common.v3.ErrorBuckets": EnvoyExtensionsOutlierDetectionMonitorsCommonV3ErrorBuckets;
  "envoy.extensions.outlier_detection_monitors.common.v3.HttpErrors": EnvoyExtensionsOutlierDetectionMonitorsCommonV3HttpErrors;
  "envoy.extensions.outlier_detection_monitors.common.v3.LocalOriginErrors": EnvoyExtensionsOutlierDetectionMonitorsCommonV3LocalOriginErrors;
  "envoy.extensions.outlier_detection_monitors.consecutive_errors.v3.ConsecutiveErrors": EnvoyExtensionsOutlierDetectionMonitorsConsecutiveErrorsV3ConsecutiveErrors;
  "envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig": EnvoyExtensionsPathMatchUriTemplateV3UriTemplateMatchConfig;
  "envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig": EnvoyExtensionsPathRewriteUriTemplateV3UriTemplateRewriteConfig;
  "envoy.extensions.rate_limit_descriptors.expr.v3.Descriptor": EnvoyExtensionsRateLimitDescriptorsExprV3Descriptor;
  "envoy.extensions.rbac.audit_loggers.stream.v3.StdoutAuditLog": EnvoyExtensionsRbacAuditLoggersStreamV3StdoutAuditLog;
  "envoy.extensions.rbac.matchers.upstream_ip_port.v3.UpstreamIpPortMatcher": EnvoyExtensionsRbacMatchersUpstreamIpPortV3UpstreamIpPortMatcher;
  "envoy.extensions.regex_engines.v3.GoogleRE2": EnvoyExtensionsRegexEnginesV3GoogleRE2;
  "envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig": EnvoyExtensionsRequestIdUuidV3UuidRequestIdConfig;
  "envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig": EnvoyExtensionsResourceMonitorsDownstreamConnectionsV3DownstreamConnectionsConfig;
  "envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig": EnvoyExtensionsResourceMonitorsFixedHeapV3FixedHeapConfig;
  "envoy.extensions.retry.host.omit_canary_hosts.v3.OmitCanaryHostsPredicate": EnvoyExtensionsRetryHostOmitCanaryHostsV3OmitCanaryHostsPredicate;
  "envoy.extensions.retry.host.omit_host_metadata.v3.OmitHostMetadataConfig": EnvoyExtensionsRetryHostOmitHostMetadataV3OmitHostMetadataConfig;
  "envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate": EnvoyExtensionsRetryHostPreviousHostsV3PreviousHostsPredicate;
  "envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig": EnvoyExtensionsRetryPriorityPreviousPrioritiesV3PreviousPrioritiesConfig;
  "envoy.extensions.stat_sinks.open_telemetry.v3.SinkConfig": EnvoyExtensionsStatSinksOpenTelemetryV3SinkConfig;
  "envoy.extensions.tracers.opentelemetry.resource_detectors.v3.DynatraceResourceDetectorConfig": EnvoyExtensionsTracersOpentelemetryResourceDetectorsV3DynatraceResourceDetectorConfig;
  "envoy.extensions.tracers.opentelemetry.resource_detectors.v3.EnvironmentResourceDetectorConfig": EnvoyExtensionsTracersOpentelemetryResourceDetectorsV3EnvironmentResourceDetectorConfig;
  "envoy.extensions.tracers.opentelemetry.resource_detectors.v3.StaticConfigResourceDetectorConfig": EnvoyExtensionsTracersOpentelemetryResourceDetectorsV3StaticConfigResourceDetectorConfig;
  "envoy.extensions.tracers.opentelemetry.samplers.v3.AlwaysOnSamplerConfig": EnvoyExtensionsTracersOpentelemetrySamplersV3AlwaysOnSamplerConfig;
  "envoy.extensions.tracers.opentelemetry.samplers.v3.DynatraceSamplerConfig": EnvoyExtensionsTracersOpentelemetrySamplersV3DynatraceSamplerConfig;
  "envoy.extensions.transport_sockets.http_11_proxy.v3.Http11ProxyUpstreamTransport": EnvoyExtensionsTransportSocketsHttp11ProxyV3Http11ProxyUpstreamTransport;
  "envoy.extensions.transport_sockets.internal_upstream.v3.InternalUpstreamTransport": EnvoyExtensionsTransportSocketsInternalUpstreamV3InternalUpstreamTransport;
  "envoy.extensions.transport_sockets.internal_upstream.v3.InternalUpstreamTransport.MetadataValueSource": EnvoyExtensionsTransportSocketsInternalUpstreamV3InternalUpstreamTransport_MetadataValueSource;
  "envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport": EnvoyExtensionsTransportSocketsProxyProtocolV3ProxyProtocolUpstreamTransport;
  "envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer": EnvoyExtensionsTransportSocketsRawBufferV3RawBuffer;
  "envoy.extensions.transport_sockets.starttls.v3.StartTlsConfig": EnvoyExtensionsTransportSocketsStarttlsV3StartTlsConfig;
  "envoy.extensions.transport_sockets.starttls.v3.UpstreamStartTlsConfig": EnvoyExtensionsTransportSocketsStarttlsV3UpstreamStartTlsConfig;
  "envoy.extensions.transport_sockets.tls.v3.CertificateProviderPluginInstance": EnvoyExtensionsTransportSocketsTlsV3CertificateProviderPluginInstance;
  "envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext": EnvoyExtensionsTransportSocketsTlsV3CertificateValidationContext;
  "envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext.SystemRootCerts": EnvoyExtensionsTransportSocketsTlsV3CertificateValidationContext_SystemRootCerts;
  "envoy.extensions.transport_sockets.tls.v3.CommonTlsContext": EnvoyExtensionsTransportSocketsTlsV3CommonTlsContext;
  "envoy.extensions.transport_sockets.tls.v3.CommonTlsContext.CertificateProvider": EnvoyExtensionsTransportSocketsTlsV3CommonTlsContext_CertificateProvider;
  "envoy.extensions.transport_sockets.tls.v3.CommonTlsContext.CertificateProviderInstance": EnvoyExtensionsTransportSocketsTlsV3CommonTlsContext_CertificateProviderInstance;
  "envoy.extensions.transport_sockets.tls.v3.CommonTlsContext.CombinedCertificateValidationContext": EnvoyExtensionsTransportSocketsTlsV3CommonTlsContext_CombinedCertificateValidationContext;
  "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext": EnvoyExtensionsTransportSocketsTlsV3DownstreamTlsContext;
  "envoy.extensions.transport_sockets.tls.v3.GenericSecret": EnvoyExtensionsTransportSocketsTlsV3GenericSecret;
  "envoy.extensions.transport_sockets.tls.v3.PrivateKeyProvider": EnvoyExtensionsTransportSocketsTlsV3PrivateKeyProvider;
  "envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig": EnvoyExtensionsTransportSocketsTlsV3SPIFFECertValidatorConfig;
  "envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig.TrustDomain": EnvoyExtensionsTransportSocketsTlsV3SPIFFECertValidatorConfig_TrustDomain;
  "envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig": EnvoyExtensionsTransportSocketsTlsV3SdsSecretConfig;
  "envoy.extensions.transport_sockets.tls.v3.Secret": EnvoyExtensionsTransportSocketsTlsV3Secret;
  "envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher": EnvoyExtensionsTransportSocketsTlsV3SubjectAltNameMatcher;
  "envoy.extensions.transport_sockets.tls.v3.TlsCertificate": EnvoyExtensionsTransportSocketsTlsV3TlsCertificate;
  "envoy.extensions.transport_sockets.tls.v3.TlsKeyLog": EnvoyExtensionsTransportSocketsTlsV3TlsKeyLog;
  "envoy.extensions.transport_sockets.tls.v3.TlsParameters": EnvoyExtensionsTransportSocketsTlsV3TlsParameters;
  "envoy.extensions.transport_sockets.tls.v3.TlsSessionTicketKeys": EnvoyExtensionsTransportSocketsTlsV3TlsSessionTicketKeys;
  "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext": EnvoyExtensionsTransportSocketsTlsV3UpstreamTlsContext;
  "envoy.extensions.upstreams.http.generic.v3.GenericConnectionPoolProto": EnvoyExtensionsUpstreamsHttpGenericV3GenericConnectionPoolProto;
  "envoy.extensions.upstreams.http.http.v3.HttpConnectionPoolProto": EnvoyExtensionsUpstreamsHttpHttpV3HttpConnectionPoolProto;
  "envoy.extensions.upstreams.http.tcp.v3.TcpConnectionPoolProto": EnvoyExtensionsUpstreamsHttpTcpV3TcpConnectionPoolProto;
  "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": EnvoyExtensionsUpstreamsHttpV3HttpProtocolOptions;
  "envoy.extensions.upstreams.http.v3.HttpProtocolOptions.AutoHttpConfig": EnvoyExtensionsUpstreamsHttpV3HttpProtocolOptions_AutoHttpConfig;
  "envoy.extensions.upstreams.http.v3.HttpProtocolOptions.ExplicitHttpConfig": EnvoyExtensionsUpstreamsHttpV3HttpProtocolOptions_ExplicitHttpConfig;
  "envoy.extensions.upstreams.http.v3.HttpProtocolOptions.UseDownstreamHttpConfig": EnvoyExtensionsUpstreamsHttpV3HttpProtocolOptions_UseDownstreamHttpConfig;
  "envoy.extensions.upstreams.tcp.generic.v3.GenericConnectionPoolProto": EnvoyExtensionsUpstreamsTcpGenericV3GenericConnectionPoolProto;
  "envoy.extensions.upstreams.tcp.v3.TcpProtocolOptions": EnvoyExtensionsUpstreamsTcpV3TcpProtocolOptions;
  "envoy.extensions.wasm.v3.CapabilityRestrictionConfig": EnvoyExtensionsWasmV3CapabilityRestrictionConfig;
  "envoy.extensions.wasm.v3.EnvironmentVariables": EnvoyExtensionsWasmV3EnvironmentVariables;
  "envoy.extensions.wasm.v3.PluginConfig": EnvoyExtensionsWasmV3PluginConfig;
  "envoy.extensions.wasm.v3.SanitizationConfig": EnvoyExtensionsWasmV3SanitizationConfig;
  "envoy.extensions.wasm.v3.VmConfig": EnvoyExtensionsWasmV3VmConfig;
  "envoy.extensions.wasm.v3.WasmService": EnvoyExtensionsWasmV3WasmService;
  "envoy.service.accesslog.v3.StreamAccessLogsMessage": EnvoyServiceAccesslogV3StreamAccessLogsMessage;
  "envoy.service.accesslog.v3.StreamAccessLogsMessage.HTTPAccessLogEntries": EnvoyServiceAccesslogV3StreamAccessLogsMessage_HTTPAccessLogEntries;
  "envoy.service.accesslog.v3.StreamAccessLogsMessage.Identifier": EnvoyServiceAccesslogV3StreamAccessLogsMessage_Identifier;
  "envoy.service.accesslog.v3.StreamAccessLogsMessage.TCPAccessLogEntries": EnvoyServiceAccesslogV3StreamAccessLogsMessage_TCPAccessLogEntries;
  "envoy.service.accesslog.v3.StreamAccessLogsResponse": EnvoyServiceAccesslogV3StreamAccessLogsResponse;
  "envoy.service.auth.v3.AttributeContext": EnvoyServiceAuthV3AttributeContext;
  "envoy.service.auth.v3.AttributeContext.HttpRequest": EnvoyServiceAuthV3AttributeContext_HttpRequest;
  "envoy.service.auth.v3.AttributeContext.Peer": EnvoyServiceAuthV3AttributeContext_Peer;
  "envoy.service.auth.v3.AttributeContext.Request": EnvoyServiceAuthV3AttributeContext_Request;
  "envoy.service.auth.v3.AttributeContext.TLSSession": EnvoyServiceAuthV3AttributeContext_TLSSession;
  "envoy.service.auth.v3.CheckRequest": EnvoyServiceAuthV3CheckRequest;
  "envoy.service.auth.v3.CheckResponse": EnvoyServiceAuthV3CheckResponse;
  "envoy.service.auth.v3.DeniedHttpResponse": EnvoyServiceAuthV3DeniedHttpResponse;
  "envoy.service.auth.v3.OkHttpResponse": EnvoyServiceAuthV3OkHttpResponse;
  "envoy.service.cluster.v3.CdsDummy": EnvoyServiceClusterV3CdsDummy;
  "envoy.service.discovery.v3.AdsDummy": EnvoyServiceDiscoveryV3AdsDummy;
  "envoy.service.discovery.v3.DeltaDiscoveryRequest": EnvoyServiceDiscoveryV3DeltaDiscoveryRequest;
  "envoy.service.discovery.v3.DeltaDiscoveryResponse": EnvoyServiceDiscoveryV3DeltaDiscoveryResponse;
  "envoy.service.discovery.v3.DiscoveryRequest": EnvoyServiceDiscoveryV3DiscoveryRequest;
  "envoy.service.discovery.v3.DiscoveryResponse": EnvoyServiceDiscoveryV3DiscoveryResponse;
  "envoy.service.discovery.v3.DynamicParameterConstraints": EnvoyServiceDiscoveryV3DynamicParameterConstraints;
  "envoy.service.discovery.v3.DynamicParameterConstraints.ConstraintList": EnvoyServiceDiscoveryV3DynamicParameterConstraints_ConstraintList;
  "envoy.service.discovery.v3.DynamicParameterConstraints.SingleConstraint": EnvoyServiceDiscoveryV3DynamicParameterConstraints_SingleConstraint;
  "envoy.service.discovery.v3.DynamicParameterConstraints.SingleConstraint.Exists": EnvoyServiceDiscoveryV3DynamicParameterConstraints_SingleConstraint_Exists;
  "envoy.service.discovery.v3.Resource": EnvoyServiceDiscoveryV3Resource;
  "envoy.service.discovery.v3.Resource.CacheControl": EnvoyServiceDiscoveryV3Resource_CacheControl;
  "envoy.service.discovery.v3.ResourceLocator": EnvoyServiceDiscoveryV3ResourceLocator;
  "envoy.service.discovery.v3.ResourceName": EnvoyServiceDiscoveryV3ResourceName;
  "envoy.service.endpoint.v3.EdsDummy": EnvoyServiceEndpointV3EdsDummy;
  "envoy.service.endpoint.v3.LedsDummy": EnvoyServiceEndpointV3LedsDummy;
  "envoy.service.extension.v3.EcdsDummy": EnvoyServiceExtensionV3EcdsDummy;
  "envoy.service.health.v3.Capability": EnvoyServiceHealthV3Capability;
  "envoy.service.health.v3.ClusterEndpointsHealth": EnvoyServiceHealthV3ClusterEndpointsHealth;
  "envoy.service.health.v3.ClusterHealthCheck": EnvoyServiceHealthV3ClusterHealthCheck;
  "envoy.service.health.v3.EndpointHealth": EnvoyServiceHealthV3EndpointHealth;
  "envoy.service.health.v3.EndpointHealthResponse": EnvoyServiceHealthV3EndpointHealthResponse;
  "envoy.service.health.v3.HdsDummy": EnvoyServiceHealthV3HdsDummy;
  "envoy.service.health.v3.HealthCheckRequest": EnvoyServiceHealthV3HealthCheckRequest;
  "envoy.service.health.v3.HealthCheckRequestOrEndpointHealthResponse": EnvoyServiceHealthV3HealthCheckRequestOrEndpointHealthResponse;
  "envoy.service.health.v3.HealthCheckSpecifier": EnvoyServiceHealthV3HealthCheckSpecifier;
  "envoy.service.health.v3.LocalityEndpoints": EnvoyServiceHealthV3LocalityEndpoints;
  "envoy.service.health.v3.LocalityEndpointsHealth": EnvoyServiceHealthV3LocalityEndpointsHealth;
  "envoy.service.listener.v3.LdsDummy": EnvoyServiceListenerV3LdsDummy;
  "envoy.service.load_stats.v3.LoadStatsRequest": EnvoyServiceLoadStatsV3LoadStatsRequest;
  "envoy.service.load_stats.v3.LoadStatsResponse": EnvoyServiceLoadStatsV3LoadStatsResponse;
  "envoy.service.ratelimit.v3.RateLimitRequest": EnvoyServiceRatelimitV3RateLimitRequest;
  "envoy.service.ratelimit.v3.RateLimitResponse": EnvoyServiceRatelimitV3RateLimitResponse;
  "envoy.service.ratelimit.v3.RateLimitResponse.DescriptorStatus": EnvoyServiceRatelimitV3RateLimitResponse_DescriptorStatus;
  "envoy.service.ratelimit.v3.RateLimitResponse.Quota": EnvoyServiceRatelimitV3RateLimitResponse_Quota;
  "envoy.service.ratelimit.v3.RateLimitResponse.RateLimit": EnvoyServiceRatelimitV3RateLimitResponse_RateLimit;
  "envoy.service.route.v3.RdsDummy": EnvoyServiceRouteV3RdsDummy;
  "envoy.service.route.v3.SrdsDummy": EnvoyServiceRouteV3SrdsDummy;
  "envoy.service.runtime.v3.RtdsDummy": EnvoyServiceRuntimeV3RtdsDummy;
  "envoy.service.runtime.v3.Runtime": EnvoyServiceRuntimeV3Runtime;
  "envoy.service.secret.v3.SdsDummy": EnvoyServiceSecretV3SdsDummy;
  "envoy.service.status.v3.ClientConfig": EnvoyServiceStatusV3ClientConfig;
  "envoy.service.status.v3.ClientConfig.GenericXdsConfig": EnvoyServiceStatusV3ClientConfig_GenericXdsConfig;
  "envoy.service.status.v3.ClientStatusRequest": EnvoyServiceStatusV3ClientStatusRequest;
  "envoy.service.status.v3.ClientStatusResponse": EnvoyServiceStatusV3ClientStatusResponse;
  "envoy.service.status.v3.PerXdsConfig": EnvoyServiceStatusV3PerXdsConfig;
  "envoy.type.http.v3.Cookie": EnvoyTypeHttpV3Cookie;
  "envoy.type.http.v3.PathTransformation": EnvoyTypeHttpV3PathTransformation;
  "envoy.type.http.v3.PathTransformation.Operation": EnvoyTypeHttpV3PathTransformation_Operation;
  "envoy.type.http.v3.PathTransformation.Operation.MergeSlashes": EnvoyTypeHttpV3PathTransformation_Operation_MergeSlashes;
  "envoy.type.http.v3.PathTransformation.Operation.NormalizePathRFC3986": EnvoyTypeHttpV3PathTransformation_Operation_NormalizePathRFC3986;
  "envoy.type.matcher.v3.DoubleMatcher": EnvoyTypeMatcherV3DoubleMatcher;
  "envoy.type.matcher.v3.FilterStateMatcher": EnvoyTypeMatcherV3FilterStateMatcher;
  "envoy.type.matcher.v3.HttpRequestHeaderMatchInput": EnvoyTypeMatcherV3HttpRequestHeaderMatchInput;
  "envoy.type.matcher.v3.HttpRequestQueryParamMatchInput": EnvoyTypeMatcherV3HttpRequestQueryParamMatchInput;
  "envoy.type.matcher.v3.HttpRequestTrailerMatchInput": EnvoyTypeMatcherV3HttpRequestTrailerMatchInput;
  "envoy.type.matcher.v3.HttpResponseHeaderMatchInput": EnvoyTypeMatcherV3HttpResponseHeaderMatchInput;
  "envoy.type.matcher.v3.HttpResponseStatusCodeClassMatchInput": EnvoyTypeMatcherV3HttpResponseStatusCodeClassMatchInput;
  "envoy.type.matcher.v3.HttpResponseStatusCodeMatchInput": EnvoyTypeMatcherV3HttpResponseStatusCodeMatchInput;
  "envoy.type.matcher.v3.HttpResponseTrailerMatchInput": EnvoyTypeMatcherV3HttpResponseTrailerMatchInput;
  "envoy.type.matcher.v3.ListMatcher": EnvoyTypeMatcherV3ListMatcher;
  "envoy.type.matcher.v3.ListStringMatcher": EnvoyTypeMatcherV3ListStringMatcher;
  "envoy.type.matcher.v3.MetadataMatcher": EnvoyTypeMatcherV3MetadataMatcher;
  "envoy.type.matcher.v3.MetadataMatcher.PathSegment": EnvoyTypeMatcherV3MetadataMatcher_PathSegment;
  "envoy.type.matcher.v3.NodeMatcher": EnvoyTypeMatcherV3NodeMatcher;
  "envoy.type.matcher.v3.OrMatcher": EnvoyTypeMatcherV3OrMatcher;
  "envoy.type.matcher.v3.PathMatcher": EnvoyTypeMatcherV3PathMatcher;
  "envoy.type.matcher.v3.RegexMatchAndSubstitute": EnvoyTypeMatcherV3RegexMatchAndSubstitute;
  "envoy.type.matcher.v3.RegexMatcher": EnvoyTypeMatcherV3RegexMatcher;
  "envoy.type.matcher.v3.RegexMatcher.GoogleRE2": EnvoyTypeMatcherV3RegexMatcher_GoogleRE2;
  "envoy.type.matcher.v3.StringMatcher": EnvoyTypeMatcherV3StringMatcher;
  "envoy.type.matcher.v3.StructMatcher": EnvoyTypeMatcherV3StructMatcher;
  "envoy.type.matcher.v3.StructMatcher.PathSegment": EnvoyTypeMatcherV3StructMatcher_PathSegment;
  "envoy.type.matcher.v3.ValueMatcher": EnvoyTypeMatcherV3ValueMatcher;
  "envoy.type.matcher.v3.ValueMatcher.NullMatch": EnvoyTypeMatcherV3ValueMatcher_NullMatch;
  "envoy.type.metadata.v3.MetadataKey": EnvoyTypeMetadataV3MetadataKey;
  "envoy.type.metadata.v3.MetadataKey.PathSegment": EnvoyTypeMetadataV3MetadataKey_PathSegment;
  "envoy.type.metadata.v3.MetadataKind": EnvoyTypeMetadataV3MetadataKind;
  "envoy.type.metadata.v3.MetadataKind.Cluster": EnvoyTypeMetadataV3MetadataKind_Cluster;
  "envoy.type.metadata.v3.MetadataKind.Host": EnvoyTypeMetadataV3MetadataKind_Host;
  "envoy.type.metadata.v3.MetadataKind.Request": EnvoyTypeMetadataV3MetadataKind_Request;
  "envoy.type.metadata.v3.MetadataKind.Route": EnvoyTypeMetadataV3MetadataKind_Route;
  "envoy.type.tracing.v3.CustomTag": EnvoyTypeTracingV3CustomTag;
  "envoy.type.tracing.v3.CustomTag.Environment": EnvoyTypeTracingV3CustomTag_Environment;
  "envoy.type.tracing.v3.CustomTag.Header": EnvoyTypeTracingV3CustomTag_Header;
  "envoy.type.tracing.v3.CustomTag.Literal": EnvoyTypeTracingV3CustomTag_Literal;
  "envoy.type.tracing.v3.CustomTag.Metadata": EnvoyTypeTracingV3CustomTag_Metadata;
  "envoy.type.v3.DoubleRange": EnvoyTypeV3DoubleRange;
  "envoy.type.v3.FractionalPercent": EnvoyTypeV3FractionalPercent;
  "envoy.type.v3.HashPolicy": EnvoyTypeV3HashPolicy;
  "envoy.type.v3.HashPolicy.FilterState": EnvoyTypeV3HashPolicy_FilterState;
  "envoy.type.v3.HashPolicy.SourceIp": EnvoyTypeV3HashPolicy_SourceIp;
  "envoy.type.v3.HttpStatus": EnvoyTypeV3HttpStatus;
  "envoy.type.v3.Int32Range": EnvoyTypeV3Int32Range;
  "envoy.type.v3.Int64Range": EnvoyTypeV3Int64Range;
  "envoy.type.v3.Percent": EnvoyTypeV3Percent;
  "envoy.type.v3.RateLimitStrategy": EnvoyTypeV3RateLimitStrategy;
  "envoy.type.v3.RateLimitStrategy.RequestsPerTimeUnit": EnvoyTypeV3RateLimitStrategy_RequestsPerTimeUnit;
  "envoy.type.v3.SemanticVersion": EnvoyTypeV3SemanticVersion;
  "envoy.type.v3.TokenBucket": EnvoyTypeV3TokenBucket;
  "google.api.expr.v1alpha1.CheckedExpr": GoogleApiExprV1alpha1CheckedExpr;
  "google.api.expr.v1alpha1.Constant": GoogleApiExprV1alpha1Constant;
  "google.api.expr.v1alpha1.Expr": GoogleApiExprV1alpha1Expr;
  "google.api.expr.v1alpha1.Expr.Call": GoogleApiExprV1alpha1Expr_Call;
  "google.api.expr.v1alpha1.Expr.Comprehension": GoogleApiExprV1alpha1Expr_Comprehension;
  "google.api.expr.v1alpha1.Expr.CreateList": GoogleApiExprV1alpha1Expr_CreateList;
  "google.api.expr.v1alpha1.Expr.CreateStruct": GoogleApiExprV1alpha1Expr_CreateStruct;
  "google.api.expr.v1alpha1.Expr.CreateStruct.Entry": GoogleApiExprV1alpha1Expr_CreateStruct_Entry;
  "google.api.expr.v1alpha1.Expr.Ident": GoogleApiExprV1alpha1Expr_Ident;
  "google.api.expr.v1alpha1.Expr.Select": GoogleApiExprV1alpha1Expr_Select;
  "google.api.expr.v1alpha1.ParsedExpr": GoogleApiExprV1alpha1ParsedExpr;
  "google.api.expr.v1alpha1.Reference": GoogleApiExprV1alpha1Reference;
  "google.api.expr.v1alpha1.SourceInfo": GoogleApiExprV1alpha1SourceInfo;
  "google.api.expr.v1alpha1.Type": GoogleApiExprV1alpha1Type;
  "google.api.expr.v1alpha1.Type.AbstractType": GoogleApiExprV1alpha1Type_AbstractType;
  "google.api.expr.v1alpha1.Type.FunctionType": GoogleApiExprV1alpha1Type_FunctionType;
  "google.api.expr.v1alpha1.Type.ListType": GoogleApiExprV1alpha1Type_ListType;
  "google.api.expr.v1alpha1.Type.MapType": GoogleApiExprV1alpha1Type_MapType;
  "google.protobuf.Any": GoogleProtobufAny;
  "google.protobuf.BoolValue": GoogleProtobufBoolValue;
  "google.protobuf.BytesValue": GoogleProtobufBytesValue;
  "google.protobuf.DoubleValue": GoogleProtobufDoubleValue;
  "google.protobuf.Duration": GoogleProtobufDuration;
  "google.protobuf.Empty": GoogleProtobufEmpty;
  "google.protobuf.FieldMask": GoogleProtobufFieldMask;
  "google.protobuf.FloatValue": GoogleProtobufFloatValue;
  "google.protobuf.Int32Value": GoogleProtobufInt32Value;
  "google.protobuf.Int64Value": GoogleProtobufInt64Value;
  "google.protobuf.ListValue": GoogleProtobufListValue;
  "google.protobuf.StringValue": GoogleProtobufStringValue;
  "google.protobuf.Struct": GoogleProtobufStruct;
  "google.protobuf.Timestamp": GoogleProtobufTimestamp;
  "google.protobuf.UInt32Value": GoogleProtobufUInt32Value;
  "google.protobuf.UInt64Value": GoogleProtobufUInt64Value;
  "google.protobuf.Value": GoogleProtobufValue;
  "google.rpc.Status": GoogleRpcStatus;
  "istio.networking.nds.v1.NameTable": IstioNetworkingNdsV1NameTable;
  "istio.networking.nds.v1.NameTable.NameInfo": IstioNetworkingNdsV1NameTable_NameInfo;
  "mesh.extensions.codecs.auto.v3.Auto": MeshExtensionsCodecsAutoV3Auto;
  "mesh.extensions.codecs.bolt.v3.Bolt": MeshExtensionsCodecsBoltV3Bolt;
  "mesh.extensions.codecs.dubbo.v3.Dubbo": MeshExtensionsCodecsDubboV3Dubbo;
  "mesh.extensions.filters.listener.rpc_inspector.v3.RpcInspector": MeshExtensionsFiltersListenerRpcInspectorV3RpcInspector;
  "mesh.extensions.filters.network.rpc_proxy.v3.RpcProxy": MeshExtensionsFiltersNetworkRpcProxyV3RpcProxy;
  "mesh.extensions.health_checkers.rpc.v3.RpcHeartbeat": MeshExtensionsHealthCheckersRpcV3RpcHeartbeat;
  "mesh.extensions.upstreams.rpc.v3.RpcProtocolOptions": MeshExtensionsUpstreamsRpcV3RpcProtocolOptions;
  "opentelemetry.proto.common.v1.AnyValue": OpentelemetryProtoCommonV1AnyValue;
  "opentelemetry.proto.common.v1.ArrayValue": OpentelemetryProtoCommonV1ArrayValue;
  "opentelemetry.proto.common.v1.KeyValue": OpentelemetryProtoCommonV1KeyValue;
  "opentelemetry.proto.common.v1.KeyValueList": OpentelemetryProtoCommonV1KeyValueList;
  "udpa.type.v1.TypedStruct": UdpaTypeV1TypedStruct;
  "xds.core.v3.Authority": XdsCoreV3Authority;
  "xds.core.v3.CidrRange": XdsCoreV3CidrRange;
  "xds.core.v3.CollectionEntry": XdsCoreV3CollectionEntry;
  "xds.core.v3.CollectionEntry.InlineEntry": XdsCoreV3CollectionEntry_InlineEntry;
  "xds.core.v3.ContextParams": XdsCoreV3ContextParams;
  "xds.core.v3.Resource": XdsCoreV3Resource;
  "xds.core.v3.ResourceLocator": XdsCoreV3ResourceLocator;
  "xds.core.v3.ResourceLocator.Directive": XdsCoreV3ResourceLocator_Directive;
  "xds.core.v3.ResourceName": XdsCoreV3ResourceName;
  "xds.core.v3.TypedExtensionConfig": XdsCoreV3TypedExtensionConfig;
  "xds.type.matcher.v3.CelMatcher": XdsTypeMatcherV3CelMatcher;
  "xds.type.matcher.v3.DoubleRangeMatcher": XdsTypeMatcherV3DoubleRangeMatcher;
  "xds.type.matcher.v3.DoubleRangeMatcher.RangeMatcher": XdsTypeMatcherV3DoubleRangeMatcher_RangeMatcher;
  "xds.type.matcher.v3.HttpAttributesCelMatchInput": XdsTypeMatcherV3HttpAttributesCelMatchInput;
  "xds.type.matcher.v3.IPMatcher": XdsTypeMatcherV3IPMatcher;
  "xds.type.matcher.v3.IPMatcher.IPRangeMatcher": XdsTypeMatcherV3IPMatcher_IPRangeMatcher;
  "xds.type.matcher.v3.Int32RangeMatcher": XdsTypeMatcherV3Int32RangeMatcher;
  "xds.type.matcher.v3.Int32RangeMatcher.RangeMatcher": XdsTypeMatcherV3Int32RangeMatcher_RangeMatcher;
  "xds.type.matcher.v3.Int64RangeMatcher": XdsTypeMatcherV3Int64RangeMatcher;
  "xds.type.matcher.v3.Int64RangeMatcher.RangeMatcher": XdsTypeMatcherV3Int64RangeMatcher_RangeMatcher;
  "xds.type.matcher.v3.ListStringMatcher": XdsTypeMatcherV3ListStringMatcher;
  "xds.type.matcher.v3.Matcher": XdsTypeMatcherV3Matcher;
  "xds.type.matcher.v3.Matcher.MatcherList": XdsTypeMatcherV3Matcher_MatcherList;
  "xds.type.matcher.v3.Matcher.MatcherList.FieldMatcher": XdsTypeMatcherV3Matcher_MatcherList_FieldMatcher;
  "xds.type.matcher.v3.Matcher.MatcherList.Predicate": XdsTypeMatcherV3Matcher_MatcherList_Predicate;
  "xds.type.matcher.v3.Matcher.MatcherList.Predicate.PredicateList": XdsTypeMatcherV3Matcher_MatcherList_Predicate_PredicateList;
  "xds.type.matcher.v3.Matcher.MatcherList.Predicate.SinglePredicate": XdsTypeMatcherV3Matcher_MatcherList_Predicate_SinglePredicate;
  "xds.type.matcher.v3.Matcher.MatcherTree": XdsTypeMatcherV3Matcher_MatcherTree;
  "xds.type.matcher.v3.Matcher.MatcherTree.MatchMap": XdsTypeMatcherV3Matcher_MatcherTree_MatchMap;
  "xds.type.matcher.v3.Matcher.OnMatch": XdsTypeMatcherV3Matcher_OnMatch;
  "xds.type.matcher.v3.RegexMatcher": XdsTypeMatcherV3RegexMatcher;
  "xds.type.matcher.v3.RegexMatcher.GoogleRE2": XdsTypeMatcherV3RegexMatcher_GoogleRE2;
  "xds.type.matcher.v3.ServerNameMatcher": XdsTypeMatcherV3ServerNameMatcher;
  "xds.type.matcher.v3.ServerNameMatcher.DomainMatcher": XdsTypeMatcherV3ServerNameMatcher_DomainMatcher;
  "xds.type.matcher.v3.StringMatcher": XdsTypeMatcherV3StringMatcher;
  "xds.type.v3.CelExpression": XdsTypeV3CelExpression;
  "xds.type.v3.CelExtractString": XdsTypeV3CelExtractString;
  "xds.type.v3.DoubleRange": XdsTypeV3DoubleRange;
  "xds.type.v3.Int32Range": XdsTypeV3Int32Range;
  "xds.type.v3.Int64Range": XdsTypeV3Int64Range;
  "xds.type.v3.TypedStruct": XdsTypeV3TypedStruct;
}

export interface EnvoyAdminV3BootstrapConfigDump {
  bootstrap: EnvoyConfigBootstrapV3Bootstrap | null;
  lastUpdated: GoogleProtobufTimestamp | null;
}

export interface EnvoyAdminV3Certificate {
  caCert: EnvoyAdminV3CertificateDetails[];
  certChain: EnvoyAdminV3CertificateDetails[];
}

export interface EnvoyAdminV3CertificateDetails {
  path: string;
  serialNumber: string;
  subjectAltNames: EnvoyAdminV3SubjectAlternateName[];
  daysUntilExpiration: number;
  validFrom: GoogleProtobufTimestamp | null;
  expirationTime: GoogleProtobufTimestamp | null;
  ocspDetails: EnvoyAdminV3CertificateDetails_OcspDetails | null;
}

export interface EnvoyAdminV3CertificateDetails_OcspDetails {
  validFrom: GoogleProtobufTimestamp | null;
  expiration: GoogleProtobufTimestamp | null;
}

export interface EnvoyAdminV3Certificates {
  certificates: EnvoyAdminV3Certificate[];
}

export interface EnvoyAdminV3ClusterStatus {
  name: string;
  addedViaApi: boolean;
  successRateEjectionThreshold: EnvoyTypeV3Percent | null;
  hostStatuses: EnvoyAdminV3HostStatus[];
  localOriginSuccessRateEjectionThreshold: EnvoyTypeV3Percent | null;
  circuitBreakers: EnvoyConfigClusterV3CircuitBreakers | null;
  observabilityName: string;
  edsServiceName: string;
}

export interface EnvoyAdminV3Clusters {
  clusterStatuses: EnvoyAdminV3ClusterStatus[];
}

export interface EnvoyAdminV3ClustersConfigDump {
  versionInfo: string;
  staticClusters: EnvoyAdminV3ClustersConfigDump_StaticCluster[];
  dynamicActiveClusters: EnvoyAdminV3ClustersConfigDump_DynamicCluster[];
  dynamicWarmingClusters: EnvoyAdminV3ClustersConfigDump_DynamicCluster[];
}

export interface EnvoyAdminV3ClustersConfigDump_DynamicCluster {
  versionInfo: string;
  cluster: GoogleProtobufAny | null;
  lastUpdated: GoogleProtobufTimestamp | null;
  errorState: EnvoyAdminV3UpdateFailureState | null;
  clientStatus: EnumNumber<"envoy.admin.v3.ClientResourceStatus">;
}

export interface EnvoyAdminV3ClustersConfigDump_StaticCluster {
  cluster: GoogleProtobufAny | null;
  lastUpdated: GoogleProtobufTimestamp | null;
}

export interface EnvoyAdminV3CommandLineOptions {
  baseId: number;
  useDynamicBaseId: boolean;
  skipHotRestartOnNoParent: boolean;
  skipHotRestartParentStats: boolean;
  baseIdPath: string;
  concurrency: number;
  configPath: string;
  configYaml: string;
  allowUnknownStaticFields: boolean;
  rejectUnknownDynamicFields: boolean;
  ignoreUnknownDynamicFields: boolean;
  adminAddressPath: string;
  localAddressIpVersion: EnumNumber<"envoy.admin.v3.CommandLineOptions.IpVersion">;
  logLevel: string;
  componentLogLevel: string;
  logFormat: string;
  logFormatEscaped: boolean;
  logPath: string;
  serviceCluster: string;
  serviceNode: string;
  serviceZone: string;
  fileFlushInterval: GoogleProtobufDuration | null;
  drainTime: GoogleProtobufDuration | null;
  drainStrategy: EnumNumber<"envoy.admin.v3.CommandLineOptions.DrainStrategy">;
  parentShutdownTime: GoogleProtobufDuration | null;
  mode: EnumNumber<"envoy.admin.v3.CommandLineOptions.Mode">;
  disableHotRestart: boolean;
  enableMutexTracing: boolean;
  restartEpoch: number;
  cpusetThreads: boolean;
  disabledExtensions: string[];
  enableFineGrainLogging: boolean;
  socketPath: string;
  socketMode: number;
  enableCoreDump: boolean;
  statsTag: string[];
}

export interface EnvoyAdminV3ConfigDump {
  configs: GoogleProtobufAny[];
}

export interface EnvoyAdminV3EcdsConfigDump {
  ecdsFilters: EnvoyAdminV3EcdsConfigDump_EcdsFilterConfig[];
}

export interface EnvoyAdminV3EcdsConfigDump_EcdsFilterConfig {
  versionInfo: string;
  ecdsFilter: GoogleProtobufAny | null;
  lastUpdated: GoogleProtobufTimestamp | null;
  errorState: EnvoyAdminV3UpdateFailureState | null;
  clientStatus: EnumNumber<"envoy.admin.v3.ClientResourceStatus">;
}

export interface EnvoyAdminV3EndpointsConfigDump {
  staticEndpointConfigs: EnvoyAdminV3EndpointsConfigDump_StaticEndpointConfig[];
  dynamicEndpointConfigs: EnvoyAdminV3EndpointsConfigDump_DynamicEndpointConfig[];
}

export interface EnvoyAdminV3EndpointsConfigDump_DynamicEndpointConfig {
  versionInfo: string;
  endpointConfig: GoogleProtobufAny | null;
  lastUpdated: GoogleProtobufTimestamp | null;
  errorState: EnvoyAdminV3UpdateFailureState | null;
  clientStatus: EnumNumber<"envoy.admin.v3.ClientResourceStatus">;
}

export interface EnvoyAdminV3EndpointsConfigDump_StaticEndpointConfig {
  endpointConfig: GoogleProtobufAny | null;
  lastUpdated: GoogleProtobufTimestamp | null;
}

export interface EnvoyAdminV3HostHealthStatus {
  failedActiveHealthCheck: boolean;
  failedOutlierCheck: boolean;
  failedActiveDegradedCheck: boolean;
  pendingDynamicRemoval: boolean;
  pendingActiveHc: boolean;
  excludedViaImmediateHcFail: boolean;
  activeHcTimeout: boolean;
  edsHealthStatus: EnumNumber<"envoy.config.core.v3.HealthStatus">;
}

export interface EnvoyAdminV3HostStatus {
  address: EnvoyConfigCoreV3Address | null;
  stats: EnvoyAdminV3SimpleMetric[];
  healthStatus: EnvoyAdminV3HostHealthStatus | null;
  successRate: EnvoyTypeV3Percent | null;
  weight: number;
  hostname: string;
  priority: number;
  localOriginSuccessRate: EnvoyTypeV3Percent | null;
  locality: EnvoyConfigCoreV3Locality | null;
}

export interface EnvoyAdminV3ListenerStatus {
  name: string;
  localAddress: EnvoyConfigCoreV3Address | null;
  additionalLocalAddresses: EnvoyConfigCoreV3Address[];
}

export interface EnvoyAdminV3Listeners {
  listenerStatuses: EnvoyAdminV3ListenerStatus[];
}

export interface EnvoyAdminV3ListenersConfigDump {
  versionInfo: string;
  staticListeners: EnvoyAdminV3ListenersConfigDump_StaticListener[];
  dynamicListeners: EnvoyAdminV3ListenersConfigDump_DynamicListener[];
}

export interface EnvoyAdminV3ListenersConfigDump_DynamicListener {
  name: string;
  activeState: EnvoyAdminV3ListenersConfigDump_DynamicListenerState | null;
  warmingState: EnvoyAdminV3ListenersConfigDump_DynamicListenerState | null;
  drainingState: EnvoyAdminV3ListenersConfigDump_DynamicListenerState | null;
  errorState: EnvoyAdminV3UpdateFailureState | null;
  clientStatus: EnumNumber<"envoy.admin.v3.ClientResourceStatus">;
}

export interface EnvoyAdminV3ListenersConfigDump_DynamicListenerState {
  versionInfo: string;
  listener: GoogleProtobufAny | null;
  lastUpdated: GoogleProtobufTimestamp | null;
}

export interface EnvoyAdminV3ListenersConfigDump_StaticListener {
  listener: GoogleProtobufAny | null;
  lastUpdated: GoogleProtobufTimestamp | null;
}

export interface EnvoyAdminV3Memory {
  allocated: number;
  heapSize: number;
  pageheapUnmapped: number;
  pageheapFree: number;
  totalThreadCache: number;
  totalPhysicalBytes: number;
}

export interface EnvoyAdminV3MutexStats {
  numContentions: number;
  currentWaitCycles: number;
  lifetimeWaitCycles: number;
}

export interface EnvoyAdminV3RoutesConfigDump {
  staticRouteConfigs: EnvoyAdminV3RoutesConfigDump_StaticRouteConfig[];
  dynamicRouteConfigs: EnvoyAdminV3RoutesConfigDump_DynamicRouteConfig[];
}

export interface EnvoyAdminV3RoutesConfigDump_DynamicRouteConfig {
  versionInfo: string;
  routeConfig: GoogleProtobufAny | null;
  lastUpdated: GoogleProtobufTimestamp | null;
  errorState: EnvoyAdminV3UpdateFailureState | null;
  clientStatus: EnumNumber<"envoy.admin.v3.ClientResourceStatus">;
}

export interface EnvoyAdminV3RoutesConfigDump_StaticRouteConfig {
  routeConfig: GoogleProtobufAny | null;
  lastUpdated: GoogleProtobufTimestamp | null;
}

export interface EnvoyAdminV3ScopedRoutesConfigDump {
  inlineScopedRouteConfigs: EnvoyAdminV3ScopedRoutesConfigDump_InlineScopedRouteConfigs[];
  dynamicScopedRouteConfigs: EnvoyAdminV3ScopedRoutesConfigDump_DynamicScopedRouteConfigs[];
}

export interface EnvoyAdminV3ScopedRoutesConfigDump_DynamicScopedRouteConfigs {
  name: string;
  versionInfo: string;
  scopedRouteConfigs: GoogleProtobufAny[];
  lastUpdated: GoogleProtobufTimestamp | null;
  errorState: EnvoyAdminV3UpdateFailureState | null;
  clientStatus: EnumNumber<"envoy.admin.v3.ClientResourceStatus">;
}

export interface EnvoyAdminV3ScopedRoutesConfigDump_InlineScopedRouteConfigs {
  name: string;
  scopedRouteConfigs: GoogleProtobufAny[];
  lastUpdated: GoogleProtobufTimestamp | null;
}

export interface EnvoyAdminV3SecretsConfigDump {
  staticSecrets: EnvoyAdminV3SecretsConfigDump_StaticSecret[];
  dynamicActiveSecrets: EnvoyAdminV3SecretsConfigDump_DynamicSecret[];
  dynamicWarmingSecrets: EnvoyAdminV3SecretsConfigDump_DynamicSecret[];
}

export interface EnvoyAdminV3SecretsConfigDump_DynamicSecret {
  name: string;
  versionInfo: string;
  lastUpdated: GoogleProtobufTimestamp | null;
  secret: GoogleProtobufAny | null;
  errorState: EnvoyAdminV3UpdateFailureState | null;
  clientStatus: EnumNumber<"envoy.admin.v3.ClientResourceStatus">;
}

export interface EnvoyAdminV3SecretsConfigDump_StaticSecret {
  name: string;
  lastUpdated: GoogleProtobufTimestamp | null;
  secret: GoogleProtobufAny | null;
}

export interface EnvoyAdminV3ServerInfo {
  version: string;
  state: EnumNumber<"envoy.admin.v3.ServerInfo.State">;
  uptimeCurrentEpoch: GoogleProtobufDuration | null;
  uptimeAllEpochs: GoogleProtobufDuration | null;
  hotRestartVersion: string;
  commandLineOptions: EnvoyAdminV3CommandLineOptions | null;
  node: EnvoyConfigCoreV3Node | null;
}

export interface EnvoyAdminV3SimpleMetric {
  type: EnumNumber<"envoy.admin.v3.SimpleMetric.Type">;
  value: number;
  name: string;
}

export interface EnvoyAdminV3SubjectAlternateName {
  dns: string;
  uri: string;
  ipAddress: string;
  /** Which of these fields is set. */
  readonly name: "dns" | "uri" | "ipAddress" | undefined;
}

export interface EnvoyAdminV3UnreadyTargetsDumps {
  unreadyTargetsDumps: EnvoyAdminV3UnreadyTargetsDumps_UnreadyTargetsDump[];
}

export interface EnvoyAdminV3UnreadyTargetsDumps_UnreadyTargetsDump {
  name: string;
  targetNames: string[];
}

export interface EnvoyAdminV3UpdateFailureState {
  failedConfiguration: GoogleProtobufAny | null;
  lastUpdateAttempt: GoogleProtobufTimestamp | null;
  details: string;
  versionInfo: string;
}

export interface EnvoyConfigAccesslogV3AccessLog {
  name: string;
  filter: EnvoyConfigAccesslogV3AccessLogFilter | null;
  typedConfig: GoogleProtobufAny | null;
  /** Which of these fields is set. */
  readonly configType: "typedConfig" | undefined;
}

export interface EnvoyConfigAccesslogV3AccessLogFilter {
  statusCodeFilter: EnvoyConfigAccesslogV3StatusCodeFilter | null;
  durationFilter: EnvoyConfigAccesslogV3DurationFilter | null;
  notHealthCheckFilter: EnvoyConfigAccesslogV3NotHealthCheckFilter | null;
  traceableFilter: EnvoyConfigAccesslogV3TraceableFilter | null;
  runtimeFilter: EnvoyConfigAccesslogV3RuntimeFilter | null;
  andFilter: EnvoyConfigAccesslogV3AndFilter | null;
  orFilter: EnvoyConfigAccesslogV3OrFilter | null;
  headerFilter: EnvoyConfigAccesslogV3HeaderFilter | null;
  responseFlagFilter: EnvoyConfigAccesslogV3ResponseFlagFilter | null;
  grpcStatusFilter: EnvoyConfigAccesslogV3GrpcStatusFilter | null;
  extensionFilter: EnvoyConfigAccesslogV3ExtensionFilter | null;
  metadataFilter: EnvoyConfigAccesslogV3MetadataFilter | null;
  logTypeFilter: EnvoyConfigAccesslogV3LogTypeFilter | null;
  /** Which of these fields is set. */
  readonly filterSpecifier: "statusCodeFilter" | "durationFilter" | "notHealthCheckFilter" | "traceableFilter" | "runtimeFilter" | "andFilter" | "orFilter" | "headerFilter" | "responseFlagFilter" | "grpcStatusFilter" | "extensionFilter" | "metadataFilter" | "logTypeFilter" | undefined;
}

export interface EnvoyConfigAccesslogV3AndFilter {
  filters: EnvoyConfigAccesslogV3AccessLogFilter[];
}

export interface EnvoyConfigAccesslogV3ComparisonFilter {
  op: EnumNumber<"envoy.config.accesslog.v3.ComparisonFilter.Op">;
  value: EnvoyConfigCoreV3RuntimeUInt32 | null;
}

export interface EnvoyConfigAccesslogV3DurationFilter {
  comparison: EnvoyConfigAccesslogV3ComparisonFilter | null;
}

export interface EnvoyConfigAccesslogV3ExtensionFilter {
  name: string;
  typedConfig: GoogleProtobufAny | null;
  /** Which of these fields is set. */
  readonly configType: "typedConfig" | undefined;
}

export interface EnvoyConfigAccesslogV3GrpcStatusFilter {
  statuses: EnumNumber<"envoy.config.accesslog.v3.GrpcStatusFilter.Status">[];
  exclude: boolean;
}

export interface EnvoyConfigAccesslogV3HeaderFilter {
  header: EnvoyConfigRouteV3HeaderMatcher | null;
}

export interface EnvoyConfigAccesslogV3LogTypeFilter {
  types: EnumNumber<"envoy.data.accesslog.v3.AccessLogType">[];
  exclude: boolean;
}

export interface EnvoyConfigAccesslogV3MetadataFilter {
  matcher: EnvoyTypeMatcherV3MetadataMatcher | null;
  matchIfKeyNotFound: GoogleProtobufBoolValue | null;
}

export type EnvoyConfigAccesslogV3NotHealthCheckFilter = Record<string, never>;

export interface EnvoyConfigAccesslogV3OrFilter {
  filters: EnvoyConfigAccesslogV3AccessLogFilter[];
}

export interface EnvoyConfigAccesslogV3ResponseFlagFilter {
  flags: string[];
}

export interface EnvoyConfigAccesslogV3RuntimeFilter {
  runtimeKey: string;
  percentSampled: EnvoyTypeV3FractionalPercent | null;
  useIndependentRandomness: boolean;
}

export interface EnvoyConfigAccesslogV3StatusCodeFilter {
  comparison: EnvoyConfigAccesslogV3ComparisonFilter | null;
}

export type EnvoyConfigAccesslogV3TraceableFilter = Record<string, never>;

export interface EnvoyConfigBootstrapV3Admin {
  accessLog: EnvoyConfigAccesslogV3AccessLog[];
  accessLogPath: string;
  profilePath: string;
  address: EnvoyConfigCoreV3Address | null;
  socketOptions: EnvoyConfigCoreV3SocketOption[];
  ignoreGlobalConnLimit: boolean;
}

export interface EnvoyConfigBootstrapV3Bootstrap {
  node: EnvoyConfigCoreV3Node | null;
  nodeContextParams: string[];
  staticResources: EnvoyConfigBootstrapV3Bootstrap_StaticResources | null;
  dynamicResources: EnvoyConfigBootstrapV3Bootstrap_DynamicResources | null;
  clusterManager: EnvoyConfigBootstrapV3ClusterManager | null;
  hdsConfig: EnvoyConfigCoreV3ApiConfigSource | null;
  flagsPath: string;
  statsSinks: EnvoyConfigMetricsV3StatsSink[];
  deferredStatOptions: EnvoyConfigBootstrapV3Bootstrap_DeferredStatOptions | null;
  statsConfig: EnvoyConfigMetricsV3StatsConfig | null;
  statsFlushInterval: GoogleProtobufDuration | null;
  statsFlushOnAdmin: boolean;
  watchdog: EnvoyConfigBootstrapV3Watchdog | null;
  watchdogs: EnvoyConfigBootstrapV3Watchdogs | null;
  tracing: EnvoyConfigTraceV3Tracing | null;
  layeredRuntime: EnvoyConfigBootstrapV3LayeredRuntime | null;
  admin: EnvoyConfigBootstrapV3Admin | null;
  overloadManager: EnvoyConfigOverloadV3OverloadManager | null;
  enableDispatcherStats: boolean;
  headerPrefix: string;
  statsServerVersionOverride: GoogleProtobufUInt64Value | null;
  useTcpForDnsLookups: boolean;
  dnsResolutionConfig: EnvoyConfigCoreV3DnsResolutionConfig | null;
  typedDnsResolverConfig: EnvoyConfigCoreV3TypedExtensionConfig | null;
  bootstrapExtensions: EnvoyConfigCoreV3TypedExtensionConfig[];
  fatalActions: EnvoyConfigBootstrapV3FatalAction[];
  configSources: EnvoyConfigCoreV3ConfigSource[];
  defaultConfigSource: EnvoyConfigCoreV3ConfigSource | null;
  defaultSocketInterface: string;
  certificateProviderInstances: Record<string, EnvoyConfigCoreV3TypedExtensionConfig>;
  inlineHeaders: EnvoyConfigBootstrapV3CustomInlineHeader[];
  perfTracingFilePath: string;
  defaultRegexEngine: EnvoyConfigCoreV3TypedExtensionConfig | null;
  xdsDelegateExtension: EnvoyConfigCoreV3TypedExtensionConfig | null;
  xdsConfigTrackerExtension: EnvoyConfigCoreV3TypedExtensionConfig | null;
  listenerManager: EnvoyConfigCoreV3TypedExtensionConfig | null;
  applicationLogConfig: EnvoyConfigBootstrapV3Bootstrap_ApplicationLogConfig | null;
  grpcAsyncClientManagerConfig: EnvoyConfigBootstrapV3Bootstrap_GrpcAsyncClientManagerConfig | null;
  memoryAllocatorManager: EnvoyConfigBootstrapV3MemoryAllocatorManager | null;
  /** Which of these fields is set. */
  readonly statsFlush: "statsFlushOnAdmin" | undefined;
}

export interface EnvoyConfigBootstrapV3Bootstrap_ApplicationLogConfig {
  logFormat: EnvoyConfigBootstrapV3Bootstrap_ApplicationLogConfig_LogFormat | null;
}

export interface EnvoyConfigBootstrapV3Bootstrap_ApplicationLogConfig_LogFormat {
  jsonFormat: GoogleProtobufStruct | null;
  textFormat: string;
  /** Which of these fields is set. */
  readonly logFormat: "jsonFormat" | "textFormat" | undefined;
}

export interface EnvoyConfigBootstrapV3Bootstrap_DeferredStatOptions {
  enableDeferredCreationStats: boolean;
}

export interface EnvoyConfigBootstrapV3Bootstrap_DynamicResources {
  ldsConfig: EnvoyConfigCoreV3ConfigSource | null;
  ldsResourcesLocator: string;
  cdsConfig: EnvoyConfigCoreV3ConfigSource | null;
  cdsResourcesLocator: string;
  adsConfig: EnvoyConfigCoreV3ApiConfigSource | null;
}

export interface EnvoyConfigBootstrapV3Bootstrap_GrpcAsyncClientManagerConfig {
  maxCachedEntryIdleDuration: GoogleProtobufDuration | null;
}

export interface EnvoyConfigBootstrapV3Bootstrap_StaticResources {
  listeners: EnvoyConfigListenerV3Listener[];
  clusters: EnvoyConfigClusterV3Cluster[];
  secrets: EnvoyExtensionsTransportSocketsTlsV3Secret[];
}

export interface EnvoyConfigBootstrapV3ClusterManager {
  localClusterName: string;
  outlierDetection: EnvoyConfigBootstrapV3ClusterManager_OutlierDetection | null;
  upstreamBindConfig: EnvoyConfigCoreV3BindConfig | null;
  loadStatsConfig: EnvoyConfigCoreV3ApiConfigSource | null;
  enableDeferredClusterCreation: boolean;
}

export interface EnvoyConfigBootstrapV3ClusterManager_OutlierDetection {
  eventLogPath: string;
  eventService: EnvoyConfigCoreV3EventServiceConfig | null;
}

export interface EnvoyConfigBootstrapV3CustomInlineHeader {
  inlineHeaderName: string;
  inlineHeaderType: EnumNumber<"envoy.config.bootstrap.v3.CustomInlineHeader.InlineHeaderType">;
}

export interface EnvoyConfigBootstrapV3FatalAction {
  config: EnvoyConfigCoreV3TypedExtensionConfig | null;
}

export interface EnvoyConfigBootstrapV3LayeredRuntime {
  layers: EnvoyConfigBootstrapV3RuntimeLayer[];
}

export interface EnvoyConfigBootstrapV3MemoryAllocatorManager {
  bytesToRelease: number;
  memoryReleaseInterval: GoogleProtobufDuration | null;
}

export interface EnvoyConfigBootstrapV3Runtime {
  symlinkRoot: string;
  subdirectory: string;
  overrideSubdirectory: string;
  base: GoogleProtobufStruct | null;
}

export interface EnvoyConfigBootstrapV3RuntimeLayer {
  name: string;
  staticLayer: GoogleProtobufStruct | null;
  diskLayer: EnvoyConfigBootstrapV3RuntimeLayer_DiskLayer | null;
  adminLayer: EnvoyConfigBootstrapV3RuntimeLayer_AdminLayer | null;
  rtdsLayer: EnvoyConfigBootstrapV3RuntimeLayer_RtdsLayer | null;
  /** Which of these fields is set. */
  readonly layerSpecifier: "staticLayer" | "diskLayer" | "adminLayer" | "rtdsLayer" | undefined;
}

export type EnvoyConfigBootstrapV3RuntimeLayer_AdminLayer = Record<string, never>;

export interface EnvoyConfigBootstrapV3RuntimeLayer_DiskLayer {
  symlinkRoot: string;
  subdirectory: string;
  appendServiceCluster: boolean;
}

export interface EnvoyConfigBootstrapV3RuntimeLayer_RtdsLayer {
  name: string;
  rtdsConfig: EnvoyConfigCoreV3ConfigSource | null;
}

export interface EnvoyConfigBootstrapV3Watchdog {
  actions: EnvoyConfigBootstrapV3Watchdog_WatchdogAction[];
  missTimeout: GoogleProtobufDuration | null;
  megamissTimeout: GoogleProtobufDuration | null;
  killTimeout: GoogleProtobufDuration | null;
  maxKillTimeoutJitter: GoogleProtobufDuration | null;
  multikillTimeout: GoogleProtobufDuration | null;
  multikillThreshold: EnvoyTypeV3Percent | null;
}

export interface EnvoyConfigBootstrapV3Watchdog_WatchdogAction {
  config: EnvoyConfigCoreV3TypedExtensionConfig | null;
  event: EnumNumber<"envoy.config.bootstrap.v3.Watchdog.WatchdogAction.WatchdogEvent">;
}

export interface EnvoyConfigBootstrapV3Watchdogs {
  mainThreadWatchdog: EnvoyConfigBootstrapV3Watchdog | null;
  workerWatchdog: EnvoyConfigBootstrapV3Watchdog | null;
}

export interface EnvoyConfigClusterV3CircuitBreakers {
  thresholds: EnvoyConfigClusterV3CircuitBreakers_Thresholds[];
  perHostThresholds: EnvoyConfigClusterV3CircuitBreakers_Thresholds[];
}

export interface EnvoyConfigClusterV3CircuitBreakers_Thresholds {
  priority: EnumNumber<"envoy.config.core.v3.RoutingPriority">;
  maxConnections: GoogleProtobufUInt32Value | null;
  maxPendingRequests: GoogleProtobufUInt32Value | null;
  maxRequests: GoogleProtobufUInt32Value | null;
  maxRetries: GoogleProtobufUInt32Value | null;
  retryBudget: EnvoyConfigClusterV3CircuitBreakers_Thresholds_RetryBudget | null;
  trackRemaining: boolean;
  maxConnectionPools: GoogleProtobufUInt32Value | null;
}

export interface EnvoyConfigClusterV3CircuitBreakers_Thresholds_RetryBudget {
  budgetPercent: EnvoyTypeV3Percent | null;
  minRetryConcurrency: GoogleProtobufUInt32Value | null;
}

export interface EnvoyConfigClusterV3Cluster {
  transportSocketMatches: EnvoyConfigClusterV3Cluster_TransportSocketMatch[];
  name: string;
  altStatName: string;
  type: EnumNumber<"envoy.config.cluster.v3.Cluster.DiscoveryType">;
  clusterType: EnvoyConfigClusterV3Cluster_CustomClusterType | null;
  edsClusterConfig: EnvoyConfigClusterV3Cluster_EdsClusterConfig | null;
  connectTimeout: GoogleProtobufDuration | null;
  perConnectionBufferLimitBytes: GoogleProtobufUInt32Value | null;
  lbPolicy: EnumNumber<"envoy.config.cluster.v3.Cluster.LbPolicy">;
  loadAssignment: EnvoyConfigEndpointV3ClusterLoadAssignment | null;
  healthChecks: EnvoyConfigCoreV3HealthCheck[];
  maxRequestsPerConnection: GoogleProtobufUInt32Value | null;
  circuitBreakers: EnvoyConfigClusterV3CircuitBreakers | null;
  upstreamHttpProtocolOptions: EnvoyConfigCoreV3UpstreamHttpProtocolOptions | null;
  commonHttpProtocolOptions: EnvoyConfigCoreV3HttpProtocolOptions | null;
  httpProtocolOptions: EnvoyConfigCoreV3Http1ProtocolOptions | null;
  http2ProtocolOptions: EnvoyConfigCoreV3Http2ProtocolOptions | null;
  typedExtensionProtocolOptions: Record<string, GoogleProtobufAny>;
  dnsRefreshRate: GoogleProtobufDuration | null;
  dnsFailureRefreshRate: EnvoyConfigClusterV3Cluster_RefreshRate | null;
  respectDnsTtl: boolean;
  dnsLookupFamily: EnumNumber<"envoy.config.cluster.v3.Cluster.DnsLookupFamily">;
  dnsResolvers: EnvoyConfigCoreV3Address[];
  useTcpForDnsLookups: boolean;
  dnsResolutionConfig: EnvoyConfigCoreV3DnsResolutionConfig | null;
  typedDnsResolverConfig: EnvoyConfigCoreV3TypedExtensionConfig | null;
  waitForWarmOnInit: GoogleProtobufBoolValue | null;
  outlierDetection: EnvoyConfigClusterV3OutlierDetection | null;
  cleanupInterval: GoogleProtobufDuration | null;
  upstreamBindConfig: EnvoyConfigCoreV3BindConfig | null;
  lbSubsetConfig: EnvoyConfigClusterV3Cluster_LbSubsetConfig | null;
  ringHashLbConfig: EnvoyConfigClusterV3Cluster_RingHashLbConfig | null;
  maglevLbConfig: EnvoyConfigClusterV3Cluster_MaglevLbConfig | null;
  originalDstLbConfig: EnvoyConfigClusterV3Cluster_OriginalDstLbConfig | null;
  leastRequestLbConfig: EnvoyConfigClusterV3Cluster_LeastRequestLbConfig | null;
  roundRobinLbConfig: EnvoyConfigClusterV3Cluster_RoundRobinLbConfig | null;
  commonLbConfig: EnvoyConfigClusterV3Cluster_CommonLbConfig | null;
  transportSocket: EnvoyConfigCoreV3TransportSocket | null;
  metadata: EnvoyConfigCoreV3Metadata | null;
  protocolSelection: EnumNumber<"envoy.config.cluster.v3.Cluster.ClusterProtocolSelection">;
  upstreamConnectionOptions: EnvoyConfigClusterV3UpstreamConnectionOptions | null;
  closeConnectionsOnHostHealthFailure: boolean;
  ignoreHealthOnHostRemoval: boolean;
  filters: EnvoyConfigClusterV3Filter[];
  loadBalancingPolicy: EnvoyConfigClusterV3LoadBalancingPolicy | null;
  lrsServer: EnvoyConfigCoreV3ConfigSource | null;
  lrsReportEndpointMetrics: string[];
  trackTimeoutBudgets: boolean;
  upstreamConfig: EnvoyConfigCoreV3TypedExtensionConfig | null;
  trackClusterStats: EnvoyConfigClusterV3TrackClusterStats | null;
  preconnectPolicy: EnvoyConfigClusterV3Cluster_PreconnectPolicy | null;
  connectionPoolPerDownstreamConnection: boolean;
  /** Which of these fields is set. */
  readonly clusterDiscoveryType: "type" | "clusterType" | undefined;
  /** Which of these fields is set. */
  readonly lbConfig: "ringHashLbConfig" | "maglevLbConfig" | "originalDstLbConfig" | "leastRequestLbConfig" | "roundRobinLbConfig" | undefined;
}

export interface EnvoyConfigClusterV3Cluster_CommonLbConfig {
  healthyPanicThreshold: EnvoyTypeV3Percent | null;
  zoneAwareLbConfig: EnvoyConfigClusterV3Cluster_CommonLbConfig_ZoneAwareLbConfig | null;
  localityWeightedLbConfig: EnvoyConfigClusterV3Cluster_CommonLbConfig_LocalityWeightedLbConfig | null;
  updateMergeWindow: GoogleProtobufDuration | null;
  ignoreNewHostsUntilFirstHc: boolean;
  closeConnectionsOnHostSetChange: boolean;
  consistentHashingLbConfig: EnvoyConfigClusterV3Cluster_CommonLbConfig_ConsistentHashingLbConfig | null;
  overrideHostStatus: EnvoyConfigCoreV3HealthStatusSet | null;
  /** Which of these fields is set. */
  readonly localityConfigSpecifier: "zoneAwareLbConfig" | "localityWeightedLbConfig" | undefined;
}

export interface EnvoyConfigClusterV3Cluster_CommonLbConfig_ConsistentHashingLbConfig {
  useHostnameForHashing: boolean;
  hashBalanceFactor: GoogleProtobufUInt32Value | null;
}

export type EnvoyConfigClusterV3Cluster_CommonLbConfig_LocalityWeightedLbConfig = Record<string, never>;

export interface EnvoyConfigClusterV3Cluster_CommonLbConfig_ZoneAwareLbConfig {
  routingEnabled: EnvoyTypeV3Percent | null;
  minClusterSize: GoogleProtobufUInt64Value | null;
  failTrafficOnPanic: boolean;
}

export interface EnvoyConfigClusterV3Cluster_CustomClusterType {
  name: string;
  typedConfig: GoogleProtobufAny | null;
}

export interface EnvoyConfigClusterV3Cluster_EdsClusterConfig {
  edsConfig: EnvoyConfigCoreV3ConfigSource | null;
  serviceName: string;
}

export interface EnvoyConfigClusterV3Cluster_LbSubsetConfig {
  fallbackPolicy: EnumNumber<"envoy.config.cluster.v3.Cluster.LbSubsetConfig.LbSubsetFallbackPolicy">;
  defaultSubset: GoogleProtobufStruct | null;
  subsetSelectors: EnvoyConfigClusterV3Cluster_LbSubsetConfig_LbSubsetSelector[];
  localityWeightAware: boolean;
  scaleLocalityWeight: boolean;
  panicModeAny: boolean;
  listAsAny: boolean;
  metadataFallbackPolicy: EnumNumber<"envoy.config.cluster.v3.Cluster.LbSubsetConfig.LbSubsetMetadataFallbackPolicy">;
}

export interface EnvoyConfigClusterV3Cluster_LbSubsetConfig_LbSubsetSelector {
  keys: string[];
  singleHostPerSubset: boolean;
  fallbackPolicy: EnumNumber<"envoy.config.cluster.v3.Cluster.LbSubsetConfig.LbSubsetSelector.LbSubsetSelectorFallbackPolicy">;
  fallbackKeysSubset: string[];
}

export interface EnvoyConfigClusterV3Cluster_LeastRequestLbConfig {
  choiceCount: GoogleProtobufUInt32Value | null;
  activeRequestBias: EnvoyConfigCoreV3RuntimeDouble | null;
  slowStartConfig: EnvoyConfigClusterV3Cluster_SlowStartConfig | null;
}

export interface EnvoyConfigClusterV3Cluster_MaglevLbConfig {
  tableSize: GoogleProtobufUInt64Value | null;
}

export interface EnvoyConfigClusterV3Cluster_OriginalDstLbConfig {
  useHttpHeader: boolean;
  httpHeaderName: string;
  upstreamPortOverride: GoogleProtobufUInt32Value | null;
  metadataKey: EnvoyTypeMetadataV3MetadataKey | null;
}

export interface EnvoyConfigClusterV3Cluster_PreconnectPolicy {
  perUpstreamPreconnectRatio: GoogleProtobufDoubleValue | null;
  predictivePreconnectRatio: GoogleProtobufDoubleValue | null;
}

export interface EnvoyConfigClusterV3Cluster_RefreshRate {
  baseInterval: GoogleProtobufDuration | null;
  maxInterval: GoogleProtobufDuration | null;
}

export interface EnvoyConfigClusterV3Cluster_RingHashLbConfig {
  minimumRingSize: GoogleProtobufUInt64Value | null;
  hashFunction: EnumNumber<"envoy.config.cluster.v3.Cluster.RingHashLbConfig.HashFunction">;
  maximumRingSize: GoogleProtobufUInt64Value | null;
}

export interface EnvoyConfigClusterV3Cluster_RoundRobinLbConfig {
  slowStartConfig: EnvoyConfigClusterV3Cluster_SlowStartConfig | null;
}

export interface EnvoyConfigClusterV3Cluster_SlowStartConfig {
  slowStartWindow: GoogleProtobufDuration | null;
  aggression: EnvoyConfigCoreV3RuntimeDouble | null;
  minWeightPercent: EnvoyTypeV3Percent | null;
}

export interface EnvoyConfigClusterV3Cluster_TransportSocketMatch {
  name: string;
  match: GoogleProtobufStruct | null;
  transportSocket: EnvoyConfigCoreV3TransportSocket | null;
}

export interface EnvoyConfigClusterV3ClusterCollection {
  entries: XdsCoreV3CollectionEntry | null;
}

export interface EnvoyConfigClusterV3Filter {
  name: string;
  typedConfig: GoogleProtobufAny | null;
  configDiscovery: EnvoyConfigCoreV3ExtensionConfigSource | null;
}

export interface EnvoyConfigClusterV3LoadBalancingPolicy {
  policies: EnvoyConfigClusterV3LoadBalancingPolicy_Policy[];
}

export interface EnvoyConfigClusterV3LoadBalancingPolicy_Policy {
  typedExtensionConfig: EnvoyConfigCoreV3TypedExtensionConfig | null;
}

export interface EnvoyConfigClusterV3OutlierDetection {
  consecutive5xx: GoogleProtobufUInt32Value | null;
  interval: GoogleProtobufDuration | null;
  baseEjectionTime: GoogleProtobufDuration | null;
  maxEjectionPercent: GoogleProtobufUInt32Value | null;
  enforcingConsecutive5xx: GoogleProtobufUInt32Value | null;
  enforcingSuccessRate: GoogleProtobufUInt32Value | null;
  successRateMinimumHosts: GoogleProtobufUInt32Value | null;
  successRateRequestVolume: GoogleProtobufUInt32Value | null;
  successRateStdevFactor: GoogleProtobufUInt32Value | null;
  consecutiveGatewayFailure: GoogleProtobufUInt32Value | null;
  enforcingConsecutiveGatewayFailure: GoogleProtobufUInt32Value | null;
  splitExternalLocalOriginErrors: boolean;
  consecutiveLocalOriginFailure: GoogleProtobufUInt32Value | null;
  enforcingConsecutiveLocalOriginFailure: GoogleProtobufUInt32Value | null;
  enforcingLocalOriginSuccessRate: GoogleProtobufUInt32Value | null;
  failurePercentageThreshold: GoogleProtobufUInt32Value | null;
  enforcingFailurePercentage: GoogleProtobufUInt32Value | null;
  enforcingFailurePercentageLocalOrigin: GoogleProtobufUInt32Value | null;
  failurePercentageMinimumHosts: GoogleProtobufUInt32Value | null;
  failurePercentageRequestVolume: GoogleProtobufUInt32Value | null;
  maxEjectionTime: GoogleProtobufDuration | null;
  maxEjectionTimeJitter: GoogleProtobufDuration | null;
  successfulActiveHealthCheckUnejectHost: GoogleProtobufBoolValue | null;
  monitors: EnvoyConfigCoreV3TypedExtensionConfig[];
  alwaysEjectOneHost: GoogleProtobufBoolValue | null;
}

export interface EnvoyConfigClusterV3TrackClusterStats {
  timeoutBudgets: boolean;
  requestResponseSizes: boolean;
  perEndpointStats: boolean;
}

export interface EnvoyConfigClusterV3UpstreamConnectionOptions {
  tcpKeepalive: EnvoyConfigCoreV3TcpKeepalive | null;
  setLocalInterfaceNameOnUpstreamConnections: boolean;
  happyEyeballsConfig: EnvoyConfigClusterV3UpstreamConnectionOptions_HappyEyeballsConfig | null;
}

export interface EnvoyConfigClusterV3UpstreamConnectionOptions_HappyEyeballsConfig {
  firstAddressFamilyVersion: EnumNumber<"envoy.config.cluster.v3.UpstreamConnectionOptions.FirstAddressFamilyVersion">;
  firstAddressFamilyCount: GoogleProtobufUInt32Value | null;
}

export interface EnvoyConfigCommonKeyValueV3KeyValueStoreConfig {
  config: EnvoyConfigCoreV3TypedExtensionConfig | null;
}

export interface EnvoyConfigCommonMatcherV3HttpGenericBodyMatch {
  bytesLimit: number;
  patterns: EnvoyConfigCommonMatcherV3HttpGenericBodyMatch_GenericTextMatch[];
}

export interface EnvoyConfigCommonMatcherV3HttpGenericBodyMatch_GenericTextMatch {
  stringMatch: string;
  binaryMatch: Uint8Array;
  /** Which of these fields is set. */
  readonly rule: "stringMatch" | "binaryMatch" | undefined;
}

export interface EnvoyConfigCommonMatcherV3HttpHeadersMatch {
  headers: EnvoyConfigRouteV3HeaderMatcher[];
}

export interface EnvoyConfigCommonMatcherV3MatchPredicate {
  orMatch: EnvoyConfigCommonMatcherV3MatchPredicate_MatchSet | null;
  andMatch: EnvoyConfigCommonMatcherV3MatchPredicate_MatchSet | null;
  notMatch: EnvoyConfigCommonMatcherV3MatchPredicate | null;
  anyMatch: boolean;
  httpRequestHeadersMatch: EnvoyConfigCommonMatcherV3HttpHeadersMatch | null;
  httpRequestTrailersMatch: EnvoyConfigCommonMatcherV3HttpHeadersMatch | null;
  httpResponseHeadersMatch: EnvoyConfigCommonMatcherV3HttpHeadersMatch | null;
  httpResponseTrailersMatch: EnvoyConfigCommonMatcherV3HttpHeadersMatch | null;
  httpRequestGenericBodyMatch: EnvoyConfigCommonMatcherV3HttpGenericBodyMatch | null;
  httpResponseGenericBodyMatch: EnvoyConfigCommonMatcherV3HttpGenericBodyMatch | null;
  /** Which of these fields is set. */
  readonly rule: "orMatch" | "andMatch" | "notMatch" | "anyMatch" | "httpRequestHeadersMatch" | "httpRequestTrailersMatch" | "httpResponseHeadersMatch" | "httpResponseTrailersMatch" | "httpRequestGenericBodyMatch" | "httpResponseGenericBodyMatch" | undefined;
}

export interface EnvoyConfigCommonMatcherV3MatchPredicate_MatchSet {
  rules: EnvoyConfigCommonMatcherV3MatchPredicate[];
}

export interface EnvoyConfigCommonMatcherV3Matcher {
  matcherList: EnvoyConfigCommonMatcherV3Matcher_MatcherList | null;
  matcherTree: EnvoyConfigCommonMatcherV3Matcher_MatcherTree | null;
  onNoMatch: EnvoyConfigCommonMatcherV3Matcher_OnMatch | null;
  /** Which of these fields is set. */
  readonly matcherType: "matcherList" | "matcherTree" | undefined;
}

export interface EnvoyConfigCommonMatcherV3Matcher_MatcherList {
  matchers: EnvoyConfigCommonMatcherV3Matcher_MatcherList_FieldMatcher[];
}

export interface EnvoyConfigCommonMatcherV3Matcher_MatcherList_FieldMatcher {
  predicate: EnvoyConfigCommonMatcherV3Matcher_MatcherList_Predicate | null;
  onMatch: EnvoyConfigCommonMatcherV3Matcher_OnMatch | null;
}

export interface EnvoyConfigCommonMatcherV3Matcher_MatcherList_Predicate {
  singlePredicate: EnvoyConfigCommonMatcherV3Matcher_MatcherList_Predicate_SinglePredicate | null;
  orMatcher: EnvoyConfigCommonMatcherV3Matcher_MatcherList_Predicate_PredicateList | null;
  andMatcher: EnvoyConfigCommonMatcherV3Matcher_MatcherList_Predicate_PredicateList | null;
  notMatcher: EnvoyConfigCommonMatcherV3Matcher_MatcherList_Predicate | null;
  /** Which of these fields is set. */
  readonly matchType: "singlePredicate" | "orMatcher" | "andMatcher" | "notMatcher" | undefined;
}

export interface EnvoyConfigCommonMatcherV3Matcher_MatcherList_Predicate_PredicateList {
  predicate: EnvoyConfigCommonMatcherV3Matcher_MatcherList_Predicate[];
}

export interface EnvoyConfigCommonMatcherV3Matcher_MatcherList_Predicate_SinglePredicate {
  input: EnvoyConfigCoreV3TypedExtensionConfig | null;
  valueMatch: EnvoyTypeMatcherV3StringMatcher | null;
  customMatch: EnvoyConfigCoreV3TypedExtensionConfig | null;
  /** Which of these fields is set. */
  readonly matcher: "valueMatch" | "customMatch" | undefined;
}

export interface EnvoyConfigCommonMatcherV3Matcher_MatcherTree {
  input: EnvoyConfigCoreV3TypedExtensionConfig | null;
  exactMatchMap: EnvoyConfigCommonMatcherV3Matcher_MatcherTree_MatchMap | null;
  prefixMatchMap: EnvoyConfigCommonMatcherV3Matcher_MatcherTree_MatchMap | null;
  customMatch: EnvoyConfigCoreV3TypedExtensionConfig | null;
  /** Which of these fields is set. */
  readonly treeType: "exactMatchMap" | "prefixMatchMap" | "customMatch" | undefined;
}

export interface EnvoyConfigCommonMatcherV3Matcher_MatcherTree_MatchMap {
  map: Record<string, EnvoyConfigCommonMatcherV3Matcher_OnMatch>;
}

export interface EnvoyConfigCommonMatcherV3Matcher_OnMatch {
  matcher: EnvoyConfigCommonMatcherV3Matcher | null;
  action: EnvoyConfigCoreV3TypedExtensionConfig | null;
  /** Which of these fields is set. */
  readonly onMatch: "matcher" | "action" | undefined;
}

export interface EnvoyConfigCommonMutationRulesV3HeaderMutation {
  remove: string;
  append: EnvoyConfigCoreV3HeaderValueOption | null;
  /** Which of these fields is set. */
  readonly action: "remove" | "append" | undefined;
}

export interface EnvoyConfigCommonMutationRulesV3HeaderMutationRules {
  allowAllRouting: GoogleProtobufBoolValue | null;
  allowEnvoy: GoogleProtobufBoolValue | null;
  disallowSystem: GoogleProtobufBoolValue | null;
  disallowAll: GoogleProtobufBoolValue | null;
  allowExpression: EnvoyTypeMatcherV3RegexMatcher | null;
  disallowExpression: EnvoyTypeMatcherV3RegexMatcher | null;
  disallowIsError: GoogleProtobufBoolValue | null;
}

export interface EnvoyConfigCoreV3Address {
  socketAddress: EnvoyConfigCoreV3SocketAddress | null;
  pipe: EnvoyConfigCoreV3Pipe | null;
  envoyInternalAddress: EnvoyConfigCoreV3EnvoyInternalAddress | null;
  /** Which of these fields is set. */
  readonly address: "socketAddress" | "pipe" | "envoyInternalAddress" | undefined;
}

export type EnvoyConfigCoreV3AggregatedConfigSource = Record<string, never>;

export interface EnvoyConfigCoreV3AlternateProtocolsCacheOptions {
  name: string;
  maxEntries: GoogleProtobufUInt32Value | null;
  keyValueStoreConfig: EnvoyConfigCoreV3TypedExtensionConfig | null;
  prepopulatedEntries: EnvoyConfigCoreV3AlternateProtocolsCacheOptions_AlternateProtocolsCacheEntry[];
  canonicalSuffixes: string[];
}

export interface EnvoyConfigCoreV3AlternateProtocolsCacheOptions_AlternateProtocolsCacheEntry {
  hostname: string;
  port: number;
}

export interface EnvoyConfigCoreV3ApiConfigSource {
  apiType: EnumNumber<"envoy.config.core.v3.ApiConfigSource.ApiType">;
  transportApiVersion: EnumNumber<"envoy.config.core.v3.ApiVersion">;
  clusterNames: string[];
  grpcServices: EnvoyConfigCoreV3GrpcService[];
  refreshDelay: GoogleProtobufDuration | null;
  requestTimeout: GoogleProtobufDuration | null;
  rateLimitSettings: EnvoyConfigCoreV3RateLimitSettings | null;
  setNodeOnFirstMessageOnly: boolean;
  configValidators: EnvoyConfigCoreV3TypedExtensionConfig[];
}

export interface EnvoyConfigCoreV3AsyncDataSource {
  local: EnvoyConfigCoreV3DataSource | null;
  remote: EnvoyConfigCoreV3RemoteDataSource | null;
  /** Which of these fields is set. */
  readonly specifier: "local" | "remote" | undefined;
}

export interface EnvoyConfigCoreV3BackoffStrategy {
  baseInterval: GoogleProtobufDuration | null;
  maxInterval: GoogleProtobufDuration | null;
}

export interface EnvoyConfigCoreV3BindConfig {
  sourceAddress: EnvoyConfigCoreV3SocketAddress | null;
  freebind: GoogleProtobufBoolValue | null;
  socketOptions: EnvoyConfigCoreV3SocketOption[];
  extraSourceAddresses: EnvoyConfigCoreV3ExtraSourceAddress[];
  additionalSourceAddresses: EnvoyConfigCoreV3SocketAddress[];
  localAddressSelector: EnvoyConfigCoreV3TypedExtensionConfig | null;
}

export interface EnvoyConfigCoreV3BuildVersion {
  version: EnvoyTypeV3SemanticVersion | null;
  metadata: GoogleProtobufStruct | null;
}

export interface EnvoyConfigCoreV3CidrRange {
  addressPrefix: string;
  prefixLen: GoogleProtobufUInt32Value | null;
}

export interface EnvoyConfigCoreV3ConfigSource {
  authorities: XdsCoreV3Authority[];
  path: string;
  pathConfigSource: EnvoyConfigCoreV3PathConfigSource | null;
  apiConfigSource: EnvoyConfigCoreV3ApiConfigSource | null;
  ads: EnvoyConfigCoreV3AggregatedConfigSource | null;
  self: EnvoyConfigCoreV3SelfConfigSource | null;
  initialFetchTimeout: GoogleProtobufDuration | null;
  resourceApiVersion: EnumNumber<"envoy.config.core.v3.ApiVersion">;
  /** Which of these fields is set. */
  readonly configSourceSpecifier: "path" | "pathConfigSource" | "apiConfigSource" | "ads" | "self" | undefined;
}

export interface EnvoyConfigCoreV3ControlPlane {
  identifier: string;
}

export interface EnvoyConfigCoreV3DataSource {
  filename: string;
  inlineBytes: Uint8Array;
  inlineString: string;
  environmentVariable: string;
  watchedDirectory: EnvoyConfigCoreV3WatchedDirectory | null;
  /** Which of these fields is set. */
  readonly specifier: "filename" | "inlineBytes" | "inlineString" | "environmentVariable" | undefined;
}

export interface EnvoyConfigCoreV3DnsResolutionConfig {
  resolvers: EnvoyConfigCoreV3Address[];
  dnsResolverOptions: EnvoyConfigCoreV3DnsResolverOptions | null;
}

export interface EnvoyConfigCoreV3DnsResolverOptions {
  useTcpForDnsLookups: boolean;
  noDefaultSearchDomain: boolean;
}

export interface EnvoyConfigCoreV3EnvoyInternalAddress {
  serverListenerName: string;
  endpointId: string;
  /** Which of these fields is set. */
  readonly addressNameSpecifier: "serverListenerName" | undefined;
}

export interface EnvoyConfigCoreV3EventServiceConfig {
  grpcService: EnvoyConfigCoreV3GrpcService | null;
  /** Which of these fields is set. */
  readonly configSourceSpecifier: "grpcService" | undefined;
}

export interface EnvoyConfigCoreV3Extension {
  name: string;
  category: string;
  typeDescriptor: string;
  version: EnvoyConfigCoreV3BuildVersion | null;
  disabled: boolean;
  typeUrls: string[];
}

export interface EnvoyConfigCoreV3ExtensionConfigSource {
  configSource: EnvoyConfigCoreV3ConfigSource | null;
  defaultConfig: GoogleProtobufAny | null;
  applyDefaultConfigWithoutWarming: boolean;
  typeUrls: string[];
}

export interface EnvoyConfigCoreV3ExtraSourceAddress {
  address: EnvoyConfigCoreV3SocketAddress | null;
  socketOptions: EnvoyConfigCoreV3SocketOptionsOverride | null;
}

export interface EnvoyConfigCoreV3GrpcMethodList {
  services: EnvoyConfigCoreV3GrpcMethodList_Service[];
}

export interface EnvoyConfigCoreV3GrpcMethodList_Service {
  name: string;
  methodNames: string[];
}

export interface EnvoyConfigCoreV3GrpcProtocolOptions {
  http2ProtocolOptions: EnvoyConfigCoreV3Http2ProtocolOptions | null;
}

export interface EnvoyConfigCoreV3GrpcService {
  envoyGrpc: EnvoyConfigCoreV3GrpcService_EnvoyGrpc | null;
  googleGrpc: EnvoyConfigCoreV3GrpcService_GoogleGrpc | null;
  timeout: GoogleProtobufDuration | null;
  initialMetadata: EnvoyConfigCoreV3HeaderValue[];
  retryPolicy: EnvoyConfigCoreV3RetryPolicy | null;
  /** Which of these fields is set. */
  readonly targetSpecifier: "envoyGrpc" | "googleGrpc" | undefined;
}

export interface EnvoyConfigCoreV3GrpcService_EnvoyGrpc {
  clusterName: string;
  authority: string;
  retryPolicy: EnvoyConfigCoreV3RetryPolicy | null;
  maxReceiveMessageLength: GoogleProtobufUInt32Value | null;
  skipEnvoyHeaders: boolean;
}

export interface EnvoyConfigCoreV3GrpcService_GoogleGrpc {
  targetUri: string;
  channelCredentials: EnvoyConfigCoreV3GrpcService_GoogleGrpc_ChannelCredentials | null;
  callCredentials: EnvoyConfigCoreV3GrpcService_GoogleGrpc_CallCredentials[];
  statPrefix: string;
  credentialsFactoryName: string;
  config: GoogleProtobufStruct | null;
  perStreamBufferLimitBytes: GoogleProtobufUInt32Value | null;
  channelArgs: EnvoyConfigCoreV3GrpcService_GoogleGrpc_ChannelArgs | null;
}

export interface EnvoyConfigCoreV3GrpcService_GoogleGrpc_CallCredentials {
  accessToken: string;
  googleComputeEngine: GoogleProtobufEmpty | null;
  googleRefreshToken: string;
  serviceAccountJwtAccess: EnvoyConfigCoreV3GrpcService_GoogleGrpc_CallCredentials_ServiceAccountJWTAccessCredentials | null;
  googleIam: EnvoyConfigCoreV3GrpcService_GoogleGrpc_CallCredentials_GoogleIAMCredentials | null;
  fromPlugin: EnvoyConfigCoreV3GrpcService_GoogleGrpc_CallCredentials_MetadataCredentialsFromPlugin | null;
  stsService: EnvoyConfigCoreV3GrpcService_GoogleGrpc_CallCredentials_StsService | null;
  /** Which of these fields is set. */
  readonly credentialSpecifier: "accessToken" | "googleComputeEngine" | "googleRefreshToken" | "serviceAccountJwtAccess" | "googleIam" | "fromPlugin" | "stsService" | undefined;
}

export interface EnvoyConfigCoreV3GrpcService_GoogleGrpc_CallCredentials_GoogleIAMCredentials {
  authorizationToken: string;
  authoritySelector: string;
}

export interface EnvoyConfigCoreV3GrpcService_GoogleGrpc_CallCredentials_MetadataCredentialsFromPlugin {
  name: string;
  typedConfig: GoogleProtobufAny | null;
  /** Which of these fields is set. */
  readonly configType: "typedConfig" | undefined;
}

export interface EnvoyConfigCoreV3GrpcService_GoogleGrpc_CallCredentials_ServiceAccountJWTAccessCredentials {
  jsonKey: string;
  tokenLifetimeSeconds: number;
}

export interface EnvoyConfigCoreV3GrpcService_GoogleGrpc_CallCredentials_StsService {
  tokenExchangeServiceUri: string;
  resource: string;
  audience: string;
  scope: string;
  requestedTokenType: string;
  subjectTokenPath: string;
  subjectTokenType: string;
  actorTokenPath: string;
  actorTokenType: string;
}

export interface EnvoyConfigCoreV3GrpcService_GoogleGrpc_ChannelArgs {
  args: Record<string, EnvoyConfigCoreV3GrpcService_GoogleGrpc_ChannelArgs_Value>;
}

export interface EnvoyConfigCoreV3GrpcService_GoogleGrpc_ChannelArgs_Value {
  stringValue: string;
  intValue: number;
  /** Which of these fields is set. */
  readonly valueSpecifier: "stringValue" | "intValue" | undefined;
}

export interface EnvoyConfigCoreV3GrpcService_GoogleGrpc_ChannelCredentials {
  sslCredentials: EnvoyConfigCoreV3GrpcService_GoogleGrpc_SslCredentials | null;
  googleDefault: GoogleProtobufEmpty | null;
  localCredentials: EnvoyConfigCoreV3GrpcService_GoogleGrpc_GoogleLocalCredentials | null;
  /** Which of these fields is set. */
  readonly credentialSpecifier: "sslCredentials" | "googleDefault" | "localCredentials" | undefined;
}

export type EnvoyConfigCoreV3GrpcService_GoogleGrpc_GoogleLocalCredentials = Record<string, never>;

export interface EnvoyConfigCoreV3GrpcService_GoogleGrpc_SslCredentials {
  rootCerts: EnvoyConfigCoreV3DataSource | null;
  privateKey: EnvoyConfigCoreV3DataSource | null;
  certChain: EnvoyConfigCoreV3DataSource | null;
}

export interface EnvoyConfigCoreV3HeaderMap {
  headers: EnvoyConfigCoreV3HeaderValue[];
}

export interface EnvoyConfigCoreV3HeaderValue {
  key: string;
  value: string;
  rawValue: Uint8Array;
}

export interface EnvoyConfigCoreV3HeaderValueOption {
  header: EnvoyConfigCoreV3HeaderValue | null;
  append: GoogleProtobufBoolValue | null;
  appendAction: EnumNumber<"envoy.config.core.v3.HeaderValueOption.HeaderAppendAction">;
  keepEmptyValue: boolean;
}

export interface EnvoyConfigCoreV3HealthCheck {
  timeout: GoogleProtobufDuration | null;
  interval: GoogleProtobufDuration | null;
  initialJitter: GoogleProtobufDuration | null;
  intervalJitter: GoogleProtobufDuration | null;
  intervalJitterPercent: number;
  unhealthyThreshold: GoogleProtobufUInt32Value | null;
  healthyThreshold: GoogleProtobufUInt32Value | null;
  altPort: GoogleProtobufUInt32Value | null;
  reuseConnection: GoogleProtobufBoolValue | null;
  httpHealthCheck: EnvoyConfigCoreV3HealthCheck_HttpHealthCheck | null;
  tcpHealthCheck: EnvoyConfigCoreV3HealthCheck_TcpHealthCheck | null;
  grpcHealthCheck: EnvoyConfigCoreV3HealthCheck_GrpcHealthCheck | null;
  customHealthCheck: EnvoyConfigCoreV3HealthCheck_CustomHealthCheck | null;
  noTrafficInterval: GoogleProtobufDuration | null;
  noTrafficHealthyInterval: GoogleProtobufDuration | null;
  unhealthyInterval: GoogleProtobufDuration | null;
  unhealthyEdgeInterval: GoogleProtobufDuration | null;
  healthyEdgeInterval: GoogleProtobufDuration | null;
  eventLogPath: string;
  eventLogger: EnvoyConfigCoreV3TypedExtensionConfig[];
  eventService: EnvoyConfigCoreV3EventServiceConfig | null;
  alwaysLogHealthCheckFailures: boolean;
  alwaysLogHealthCheckSuccess: boolean;
  tlsOptions: EnvoyConfigCoreV3HealthCheck_TlsOptions | null;
  transportSocketMatchCriteria: GoogleProtobufStruct | null;
  /** Which of these fields is set. */
  readonly healthChecker: "httpHealthCheck" | "tcpHealthCheck" | "grpcHealthCheck" | "customHealthCheck" | undefined;
}

export interface EnvoyConfigCoreV3HealthCheck_CustomHealthCheck {
  name: string;
  typedConfig: GoogleProtobufAny | null;
  /** Which of these fields is set. */
  readonly configType: "typedConfig" | undefined;
}

export interface EnvoyConfigCoreV3HealthCheck_GrpcHealthCheck {
  serviceName: string;
  authority: string;
  initialMetadata: EnvoyConfigCoreV3HeaderValueOption[];
}

export interface EnvoyConfigCoreV3HealthCheck_HttpHealthCheck {
  host: string;
  path: string;
  send: EnvoyConfigCoreV3HealthCheck_Payload | null;
  receive: EnvoyConfigCoreV3HealthCheck_Payload[];
  responseBufferSize: GoogleProtobufUInt64Value | null;
  requestHeadersToAdd: EnvoyConfigCoreV3HeaderValueOption[];
  requestHeadersToRemove: string[];
  expectedStatuses: EnvoyTypeV3Int64Range[];
  retriableStatuses: EnvoyTypeV3Int64Range[];
  codecClientType: EnumNumber<"envoy.type.v3.CodecClientType">;
  serviceNameMatcher: EnvoyTypeMatcherV3StringMatcher | null;
  method: EnumNumber<"envoy.config.core.v3.RequestMethod">;
}

export interface EnvoyConfigCoreV3HealthCheck_Payload {
  text: string;
  binary: Uint8Array;
  /** Which of these fields is set. */
  readonly payload: "text" | "binary" | undefined;
}

export interface EnvoyConfigCoreV3HealthCheck_RedisHealthCheck {
  key: string;
}

export interface EnvoyConfigCoreV3HealthCheck_TcpHealthCheck {
  send: EnvoyConfigCoreV3HealthCheck_Payload | null;
  receive: EnvoyConfigCoreV3HealthCheck_Payload[];
  proxyProtocolConfig: EnvoyConfigCoreV3ProxyProtocolConfig | null;
}

export interface EnvoyConfigCoreV3HealthCheck_TlsOptions {
  alpnProtocols: string[];
}

export interface EnvoyConfigCoreV3HealthStatusSet {
  statuses: EnumNumber<"envoy.config.core.v3.HealthStatus">[];
}

export interface EnvoyConfigCoreV3Http1ProtocolOptions {
  allowAbsoluteUrl: GoogleProtobufBoolValue | null;
  acceptHttp10: boolean;
  defaultHostForHttp10: string;
  headerKeyFormat: EnvoyConfigCoreV3Http1ProtocolOptions_HeaderKeyFormat | null;
  enableTrailers: boolean;
  allowChunkedLength: boolean;
  overrideStreamErrorOnInvalidHttpMessage: GoogleProtobufBoolValue | null;
  sendFullyQualifiedUrl: boolean;
  useBalsaParser: GoogleProtobufBoolValue | null;
  allowCustomMethods: boolean;
}

export interface EnvoyConfigCoreV3Http1ProtocolOptions_HeaderKeyFormat {
  properCaseWords: EnvoyConfigCoreV3Http1ProtocolOptions_HeaderKeyFormat_ProperCaseWords | null;
  statefulFormatter: EnvoyConfigCoreV3TypedExtensionConfig | null;
  /** Which of these fields is set. */
  readonly headerFormat: "properCaseWords" | "statefulFormatter" | undefined;
}

export type EnvoyConfigCoreV3Http1ProtocolOptions_HeaderKeyFormat_ProperCaseWords = Record<string, never>;

export interface EnvoyConfigCoreV3Http2ProtocolOptions {
  hpackTableSize: GoogleProtobufUInt32Value | null;
  maxConcurrentStreams: GoogleProtobufUInt32Value | null;
  initialStreamWindowSize: GoogleProtobufUInt32Value | null;
  initialConnectionWindowSize: GoogleProtobufUInt32Value | null;
  allowConnect: boolean;
  allowMetadata: boolean;
  maxOutboundFrames: GoogleProtobufUInt32Value | null;
  maxOutboundControlFrames: GoogleProtobufUInt32Value | null;
  maxConsecutiveInboundFramesWithEmptyPayload: GoogleProtobufUInt32Value | null;
  maxInboundPriorityFramesPerStream: GoogleProtobufUInt32Value | null;
  maxInboundWindowUpdateFramesPerDataFrameSent: GoogleProtobufUInt32Value | null;
  streamErrorOnInvalidHttpMessaging: boolean;
  overrideStreamErrorOnInvalidHttpMessage: GoogleProtobufBoolValue | null;
  customSettingsParameters: EnvoyConfigCoreV3Http2ProtocolOptions_SettingsParameter[];
  connectionKeepalive: EnvoyConfigCoreV3KeepaliveSettings | null;
  useOghttp2Codec: GoogleProtobufBoolValue | null;
}

export interface EnvoyConfigCoreV3Http2ProtocolOptions_SettingsParameter {
  identifier: GoogleProtobufUInt32Value | null;
  value: GoogleProtobufUInt32Value | null;
}

export interface EnvoyConfigCoreV3Http3ProtocolOptions {
  quicProtocolOptions: EnvoyConfigCoreV3QuicProtocolOptions | null;
  overrideStreamErrorOnInvalidHttpMessage: GoogleProtobufBoolValue | null;
  allowExtendedConnect: boolean;
  allowMetadata: boolean;
}

export interface EnvoyConfigCoreV3HttpProtocolOptions {
  idleTimeout: GoogleProtobufDuration | null;
  maxConnectionDuration: GoogleProtobufDuration | null;
  maxHeadersCount: GoogleProtobufUInt32Value | null;
  maxStreamDuration: GoogleProtobufDuration | null;
  headersWithUnderscoresAction: EnumNumber<"envoy.config.core.v3.HttpProtocolOptions.HeadersWithUnderscoresAction">;
  maxRequestsPerConnection: GoogleProtobufUInt32Value | null;
}

export interface EnvoyConfigCoreV3HttpService {
  httpUri: EnvoyConfigCoreV3HttpUri | null;
  requestHeadersToAdd: EnvoyConfigCoreV3HeaderValueOption[];
}

export interface EnvoyConfigCoreV3HttpUri {
  uri: string;
  cluster: string;
  timeout: GoogleProtobufDuration | null;
  /** Which of these fields is set. */
  readonly httpUpstreamType: "cluster" | undefined;
}

export interface EnvoyConfigCoreV3JsonFormatOptions {
  sortProperties: boolean;
}

export interface EnvoyConfigCoreV3KeepaliveSettings {
  interval: GoogleProtobufDuration | null;
  timeout: GoogleProtobufDuration | null;
  intervalJitter: EnvoyTypeV3Percent | null;
  connectionIdleInterval: GoogleProtobufDuration | null;
}

export interface EnvoyConfigCoreV3KeyValue {
  key: string;
  value: Uint8Array;
}

export interface EnvoyConfigCoreV3KeyValueAppend {
  entry: EnvoyConfigCoreV3KeyValue | null;
  action: EnumNumber<"envoy.config.core.v3.KeyValueAppend.KeyValueAppendAction">;
}

export interface EnvoyConfigCoreV3KeyValueMutation {
  append: EnvoyConfigCoreV3KeyValueAppend | null;
  remove: string;
}

export interface EnvoyConfigCoreV3Locality {
  region: string;
  zone: string;
  subZone: string;
}

export interface EnvoyConfigCoreV3Metadata {
  filterMetadata: Record<string, GoogleProtobufStruct>;
  typedFilterMetadata: Record<string, GoogleProtobufAny>;
}

export interface EnvoyConfigCoreV3Node {
  id: string;
  cluster: string;
  metadata: GoogleProtobufStruct | null;
  dynamicParameters: Record<string, XdsCoreV3ContextParams>;
  locality: EnvoyConfigCoreV3Locality | null;
  userAgentName: string;
  userAgentVersion: string;
  userAgentBuildVersion: EnvoyConfigCoreV3BuildVersion | null;
  extensions: EnvoyConfigCoreV3Extension[];
  clientFeatures: string[];
  listeningAddresses: EnvoyConfigCoreV3Address[];
  /** Which of these fields is set. */
  readonly userAgentVersionType: "userAgentVersion" | "userAgentBuildVersion" | undefined;
}

export interface EnvoyConfigCoreV3PathConfigSource {
  path: string;
  watchedDirectory: EnvoyConfigCoreV3WatchedDirectory | null;
}

export interface EnvoyConfigCoreV3Pipe {
  path: string;
  mode: number;
}

export interface EnvoyConfigCoreV3ProxyProtocolConfig {
  version: EnumNumber<"envoy.config.core.v3.ProxyProtocolConfig.Version">;
  passThroughTlvs: EnvoyConfigCoreV3ProxyProtocolPassThroughTLVs | null;
}

export interface EnvoyConfigCoreV3ProxyProtocolPassThroughTLVs {
  matchType: EnumNumber<"envoy.config.core.v3.ProxyProtocolPassThroughTLVs.PassTLVsMatchType">;
  tlvType: number[];
}

export interface EnvoyConfigCoreV3QueryParameter {
  key: string;
  value: string;
}

export interface EnvoyConfigCoreV3QuicKeepAliveSettings {
  maxInterval: GoogleProtobufDuration | null;
  initialInterval: GoogleProtobufDuration | null;
}

export interface EnvoyConfigCoreV3QuicProtocolOptions {
  maxConcurrentStreams: GoogleProtobufUInt32Value | null;
  initialStreamWindowSize: GoogleProtobufUInt32Value | null;
  initialConnectionWindowSize: GoogleProtobufUInt32Value | null;
  numTimeoutsToTriggerPortMigration: GoogleProtobufUInt32Value | null;
  connectionKeepalive: EnvoyConfigCoreV3QuicKeepAliveSettings | null;
  connectionOptions: string;
  clientConnectionOptions: string;
  idleNetworkTimeout: GoogleProtobufDuration | null;
}

export interface EnvoyConfigCoreV3RateLimitSettings {
  maxTokens: GoogleProtobufUInt32Value | null;
  fillRate: GoogleProtobufDoubleValue | null;
}

export interface EnvoyConfigCoreV3RemoteDataSource {
  httpUri: EnvoyConfigCoreV3HttpUri | null;
  sha256: string;
  retryPolicy: EnvoyConfigCoreV3RetryPolicy | null;
}

export interface EnvoyConfigCoreV3RetryPolicy {
  retryBackOff: EnvoyConfigCoreV3BackoffStrategy | null;
  numRetries: GoogleProtobufUInt32Value | null;
  retryOn: string;
  retryPriority: EnvoyConfigCoreV3RetryPolicy_RetryPriority | null;
  retryHostPredicate: EnvoyConfigCoreV3RetryPolicy_RetryHostPredicate[];
  hostSelectionRetryMaxAttempts: number;
}

export interface EnvoyConfigCoreV3RetryPolicy_RetryHostPredicate {
  name: string;
  typedConfig: GoogleProtobufAny | null;
  /** Which of these fields is set. */
  readonly configType: "typedConfig" | undefined;
}

export interface EnvoyConfigCoreV3RetryPolicy_RetryPriority {
  name: string;
  typedConfig: GoogleProtobufAny | null;
  /** Which of these fields is set. */
  readonly configType: "typedConfig" | undefined;
}

export interface EnvoyConfigCoreV3RuntimeDouble {
  defaultValue: number;
  runtimeKey: string;
}

export interface EnvoyConfigCoreV3RuntimeFeatureFlag {
  defaultValue: GoogleProtobufBoolValue | null;
  runtimeKey: string;
}

export interface EnvoyConfigCoreV3RuntimeFractionalPercent {
  defaultValue: EnvoyTypeV3FractionalPercent | null;
  runtimeKey: string;
}

export interface EnvoyConfigCoreV3RuntimePercent {
  defaultValue: EnvoyTypeV3Percent | null;
  runtimeKey: string;
}

export interface EnvoyConfigCoreV3RuntimeUInt32 {
  defaultValue: number;
  runtimeKey: string;
}

export interface EnvoyConfigCoreV3SchemeHeaderTransformation {
  schemeToOverwrite: string;
  matchUpstream: boolean;
  /** Which of these fields is set. */
  readonly transformation: "schemeToOverwrite" | undefined;
}

export interface EnvoyConfigCoreV3SelfConfigSource {
  transportApiVersion: EnumNumber<"envoy.config.core.v3.ApiVersion">;
}

export interface EnvoyConfigCoreV3SocketAddress {
  protocol: EnumNumber<"envoy.config.core.v3.SocketAddress.Protocol">;
  address: string;
  portValue: number;
  namedPort: string;
  resolverName: string;
  ipv4Compat: boolean;
  /** Which of these fields is set. */
  readonly portSpecifier: "portValue" | "namedPort" | undefined;
}

export interface EnvoyConfigCoreV3SocketOption {
  description: string;
  level: number;
  name: number;
  intValue: number;
  bufValue: Uint8Array;
  state: EnumNumber<"envoy.config.core.v3.SocketOption.SocketState">;
  /** Which of these fields is set. */
  readonly value: "intValue" | "bufValue" | undefined;
}

export interface EnvoyConfigCoreV3SocketOptionsOverride {
  socketOptions: EnvoyConfigCoreV3SocketOption[];
}

export interface EnvoyConfigCoreV3SubstitutionFormatString {
  textFormat: string;
  jsonFormat: GoogleProtobufStruct | null;
  textFormatSource: EnvoyConfigCoreV3DataSource | null;
  omitEmptyValues: boolean;
  contentType: string;
  formatters: EnvoyConfigCoreV3TypedExtensionConfig[];
  jsonFormatOptions: EnvoyConfigCoreV3JsonFormatOptions | null;
  /** Which of these fields is set. */
  readonly format: "textFormat" | "jsonFormat" | "textFormatSource" | undefined;
}

export interface EnvoyConfigCoreV3TcpKeepalive {
  keepaliveProbes: GoogleProtobufUInt32Value | null;
  keepaliveTime: GoogleProtobufUInt32Value | null;
  keepaliveInterval: GoogleProtobufUInt32Value | null;
}

export type EnvoyConfigCoreV3TcpProtocolOptions = Record<string, never>;

export interface EnvoyConfigCoreV3TransportSocket {
  name: string;
  typedConfig: GoogleProtobufAny | null;
  /** Which of these fields is set. */
  readonly configType: "typedConfig" | undefined;
}

export interface EnvoyConfigCoreV3TypedExtensionConfig {
  name: string;
  typedConfig: GoogleProtobufAny | null;
}

export interface EnvoyConfigCoreV3UdpSocketConfig {
  maxRxDatagramSize: GoogleProtobufUInt64Value | null;
  preferGro: GoogleProtobufBoolValue | null;
}

export interface EnvoyConfigCoreV3UpstreamHttpProtocolOptions {
  autoSni: boolean;
  autoSanValidation: boolean;
  overrideAutoSniHeader: string;
}

export interface EnvoyConfigCoreV3WatchedDirectory {
  path: string;
}

export interface EnvoyConfigEndpointV3ClusterLoadAssignment {
  clusterName: string;
  endpoints: EnvoyConfigEndpointV3LocalityLbEndpoints[];
  namedEndpoints: Record<string, EnvoyConfigEndpointV3Endpoint>;
  policy: EnvoyConfigEndpointV3ClusterLoadAssignment_Policy | null;
}

export interface EnvoyConfigEndpointV3ClusterLoadAssignment_Policy {
  dropOverloads: EnvoyConfigEndpointV3ClusterLoadAssignment_Policy_DropOverload[];
  overprovisioningFactor: GoogleProtobufUInt32Value | null;
  endpointStaleAfter: GoogleProtobufDuration | null;
  weightedPriorityHealth: boolean;
}

export interface EnvoyConfigEndpointV3ClusterLoadAssignment_Policy_DropOverload {
  category: string;
  dropPercentage: EnvoyTypeV3FractionalPercent | null;
}

export interface EnvoyConfigEndpointV3ClusterStats {
  clusterName: string;
  clusterServiceName: string;
  upstreamLocalityStats: EnvoyConfigEndpointV3UpstreamLocalityStats[];
  totalDroppedRequests: number;
  droppedRequests: EnvoyConfigEndpointV3ClusterStats_DroppedRequests[];
  loadReportInterval: GoogleProtobufDuration | null;
}

export interface EnvoyConfigEndpointV3ClusterStats_DroppedRequests {
  category: string;
  droppedCount: number;
}

export interface EnvoyConfigEndpointV3Endpoint {
  address: EnvoyConfigCoreV3Address | null;
  healthCheckConfig: EnvoyConfigEndpointV3Endpoint_HealthCheckConfig | null;
  hostname: string;
  additionalAddresses: EnvoyConfigEndpointV3Endpoint_AdditionalAddress[];
}

export interface EnvoyConfigEndpointV3Endpoint_AdditionalAddress {
  address: EnvoyConfigCoreV3Address | null;
}

export interface EnvoyConfigEndpointV3Endpoint_HealthCheckConfig {
  portValue: number;
  hostname: string;
  address: EnvoyConfigCoreV3Address | null;
  disableActiveHealthCheck: boolean;
}

export interface EnvoyConfigEndpointV3EndpointLoadMetricStats {
  metricName: string;
  numRequestsFinishedWithMetric: number;
  totalMetricValue: number;
}

export interface EnvoyConfigEndpointV3LbEndpoint {
  endpoint: EnvoyConfigEndpointV3Endpoint | null;
  endpointName: string;
  healthStatus: EnumNumber<"envoy.config.core.v3.HealthStatus">;
  metadata: EnvoyConfigCoreV3Metadata | null;
  loadBalancingWeight: GoogleProtobufUInt32Value | null;
  /** Which of these fields is set. */
  readonly hostIdentifier: "endpoint" | "endpointName" | undefined;
}

export interface EnvoyConfigEndpointV3LedsClusterLocalityConfig {
  ledsConfig: EnvoyConfigCoreV3ConfigSource | null;
  ledsCollectionName: string;
}

export interface EnvoyConfigEndpointV3LocalityLbEndpoints {
  locality: EnvoyConfigCoreV3Locality | null;
  metadata: EnvoyConfigCoreV3Metadata | null;
  lbEndpoints: EnvoyConfigEndpointV3LbEndpoint[];
  loadBalancerEndpoints: EnvoyConfigEndpointV3LocalityLbEndpoints_LbEndpointList | null;
  ledsClusterLocalityConfig: EnvoyConfigEndpointV3LedsClusterLocalityConfig | null;
  loadBalancingWeight: GoogleProtobufUInt32Value | null;
  priority: number;
  proximity: GoogleProtobufUInt32Value | null;
  /** Which of these fields is set. */
  readonly lbConfig: "loadBalancerEndpoints" | "ledsClusterLocalityConfig" | undefined;
}

export interface EnvoyConfigEndpointV3LocalityLbEndpoints_LbEndpointList {
  lbEndpoints: EnvoyConfigEndpointV3LbEndpoint[];
}

export interface EnvoyConfigEndpointV3UnnamedEndpointLoadMetricStats {
  numRequestsFinishedWithMetric: number;
  totalMetricValue: number;
}

export interface EnvoyConfigEndpointV3UpstreamEndpointStats {
  address: EnvoyConfigCoreV3Address | null;
  metadata: GoogleProtobufStruct | null;
  totalSuccessfulRequests: number;
  totalRequestsInProgress: number;
  totalErrorRequests: number;
  totalIssuedRequests: number;
  loadMetricStats: EnvoyConfigEndpointV3EndpointLoadMetricStats[];
}

export interface EnvoyConfigEndpointV3UpstreamLocalityStats {
  locality: EnvoyConfigCoreV3Locality | null;
  totalSuccessfulRequests: number;
  totalRequestsInProgress: number;
  totalErrorRequests: number;
  totalIssuedRequests: number;
  totalActiveConnections: number;
  totalNewConnections: number;
  totalFailConnections: number;
  cpuUtilization: EnvoyConfigEndpointV3UnnamedEndpointLoadMetricStats | null;
  memUtilization: EnvoyConfigEndpointV3UnnamedEndpointLoadMetricStats | null;
  applicationUtilization: EnvoyConfigEndpointV3UnnamedEndpointLoadMetricStats | null;
  loadMetricStats: EnvoyConfigEndpointV3EndpointLoadMetricStats[];
  upstreamEndpointStats: EnvoyConfigEndpointV3UpstreamEndpointStats[];
  priority: number;
}

export type EnvoyConfigListenerV3ActiveRawUdpListenerConfig = Record<string, never>;

export interface EnvoyConfigListenerV3AdditionalAddress {
  address: EnvoyConfigCoreV3Address | null;
  socketOptions: EnvoyConfigCoreV3SocketOptionsOverride | null;
}

export interface EnvoyConfigListenerV3ApiListener {
  apiListener: GoogleProtobufAny | null;
}

export type EnvoyConfigListenerV3ApiListenerManager = Record<string, never>;

export interface EnvoyConfigListenerV3Filter {
  name: string;
  typedConfig: GoogleProtobufAny | null;
  configDiscovery: EnvoyConfigCoreV3ExtensionConfigSource | null;
  /** Which of these fields is set. */
  readonly configType: "typedConfig" | "configDiscovery" | undefined;
}

export interface EnvoyConfigListenerV3FilterChain {
  filterChainMatch: EnvoyConfigListenerV3FilterChainMatch | null;
  filters: EnvoyConfigListenerV3Filter[];
  useProxyProto: GoogleProtobufBoolValue | null;
  metadata: EnvoyConfigCoreV3Metadata | null;
  transportSocket: EnvoyConfigCoreV3TransportSocket | null;
  transportSocketConnectTimeout: GoogleProtobufDuration | null;
  name: string;
  onDemandConfiguration: EnvoyConfigListenerV3FilterChain_OnDemandConfiguration | null;
}

export interface EnvoyConfigListenerV3FilterChain_OnDemandConfiguration {
  rebuildTimeout: GoogleProtobufDuration | null;
}

export interface EnvoyConfigListenerV3FilterChainMatch {
  destinationPort: GoogleProtobufUInt32Value | null;
  prefixRanges: EnvoyConfigCoreV3CidrRange[];
  addressSuffix: string;
  suffixLen: GoogleProtobufUInt32Value | null;
  directSourcePrefixRanges: EnvoyConfigCoreV3CidrRange[];
  sourceType: EnumNumber<"envoy.config.listener.v3.FilterChainMatch.ConnectionSourceType">;
  sourcePrefixRanges: EnvoyConfigCoreV3CidrRange[];
  sourcePorts: number[];
  serverNames: string[];
  transportProtocol: string;
  applicationProtocols: string[];
}

export interface EnvoyConfigListenerV3Listener {
  name: string;
  address: EnvoyConfigCoreV3Address | null;
  additionalAddresses: EnvoyConfigListenerV3AdditionalAddress[];
  statPrefix: string;
  filterChains: EnvoyConfigListenerV3FilterChain[];
  filterChainMatcher: XdsTypeMatcherV3Matcher | null;
  useOriginalDst: GoogleProtobufBoolValue | null;
  defaultFilterChain: EnvoyConfigListenerV3FilterChain | null;
  perConnectionBufferLimitBytes: GoogleProtobufUInt32Value | null;
  metadata: EnvoyConfigCoreV3Metadata | null;
  deprecatedV1: EnvoyConfigListenerV3Listener_DeprecatedV1 | null;
  drainType: EnumNumber<"envoy.config.listener.v3.Listener.DrainType">;
  listenerFilters: EnvoyConfigListenerV3ListenerFilter[];
  listenerFiltersTimeout: GoogleProtobufDuration | null;
  continueOnListenerFiltersTimeout: boolean;
  transparent: GoogleProtobufBoolValue | null;
  freebind: GoogleProtobufBoolValue | null;
  socketOptions: EnvoyConfigCoreV3SocketOption[];
  tcpFastOpenQueueLength: GoogleProtobufUInt32Value | null;
  trafficDirection: EnumNumber<"envoy.config.core.v3.TrafficDirection">;
  udpListenerConfig: EnvoyConfigListenerV3UdpListenerConfig | null;
  apiListener: EnvoyConfigListenerV3ApiListener | null;
  connectionBalanceConfig: EnvoyConfigListenerV3Listener_ConnectionBalanceConfig | null;
  reusePort: boolean;
  enableReusePort: GoogleProtobufBoolValue | null;
  accessLog: EnvoyConfigAccesslogV3AccessLog[];
  tcpBacklogSize: GoogleProtobufUInt32Value | null;
  maxConnectionsToAcceptPerSocketEvent: GoogleProtobufUInt32Value | null;
  bindToPort: GoogleProtobufBoolValue | null;
  internalListener: EnvoyConfigListenerV3Listener_InternalListenerConfig | null;
  enableMptcp: boolean;
  ignoreGlobalConnLimit: boolean;
  bypassOverloadManager: boolean;
  /** Which of these fields is set. */
  readonly listenerSpecifier: "internalListener" | undefined;
}

export interface EnvoyConfigListenerV3Listener_ConnectionBalanceConfig {
  exactBalance: EnvoyConfigListenerV3Listener_ConnectionBalanceConfig_ExactBalance | null;
  extendBalance: EnvoyConfigCoreV3TypedExtensionConfig | null;
  /** Which of these fields is set. */
  readonly balanceType: "exactBalance" | "extendBalance" | undefined;
}

export type EnvoyConfigListenerV3Listener_ConnectionBalanceConfig_ExactBalance = Record<string, never>;

export interface EnvoyConfigListenerV3Listener_DeprecatedV1 {
  bindToPort: GoogleProtobufBoolValue | null;
}

export type EnvoyConfigListenerV3Listener_InternalListenerConfig = Record<string, never>;

export interface EnvoyConfigListenerV3ListenerCollection {
  entries: XdsCoreV3CollectionEntry[];
}

export interface EnvoyConfigListenerV3ListenerFilter {
  name: string;
  typedConfig: GoogleProtobufAny | null;
  configDiscovery: EnvoyConfigCoreV3ExtensionConfigSource | null;
  filterDisabled: EnvoyConfigListenerV3ListenerFilterChainMatchPredicate | null;
  /** Which of these fields is set. */
  readonly configType: "typedConfig" | "configDiscovery" | undefined;
}

export interface EnvoyConfigListenerV3ListenerFilterChainMatchPredicate {
  orMatch: EnvoyConfigListenerV3ListenerFilterChainMatchPredicate_MatchSet | null;
  andMatch: EnvoyConfigListenerV3ListenerFilterChainMatchPredicate_MatchSet | null;
  notMatch: EnvoyConfigListenerV3ListenerFilterChainMatchPredicate | null;
  anyMatch: boolean;
  destinationPortRange: EnvoyTypeV3Int32Range | null;
  /** Which of these fields is set. */
  readonly rule: "orMatch" | "andMatch" | "notMatch" | "anyMatch" | "destinationPortRange" | undefined;
}

export interface EnvoyConfigListenerV3ListenerFilterChainMatchPredicate_MatchSet {
  rules: EnvoyConfigListenerV3ListenerFilterChainMatchPredicate[];
}

export type EnvoyConfigListenerV3ListenerManager = Record<string, never>;

export interface EnvoyConfigListenerV3QuicProtocolOptions {
  quicProtocolOptions: EnvoyConfigCoreV3QuicProtocolOptions | null;
  idleTimeout: GoogleProtobufDuration | null;
  cryptoHandshakeTimeout: GoogleProtobufDuration | null;
  enabled: EnvoyConfigCoreV3RuntimeFeatureFlag | null;
  packetsToReadToConnectionCountRatio: GoogleProtobufUInt32Value | null;
  cryptoStreamConfig: EnvoyConfigCoreV3TypedExtensionConfig | null;
  proofSourceConfig: EnvoyConfigCoreV3TypedExtensionConfig | null;
  connectionIdGeneratorConfig: EnvoyConfigCoreV3TypedExtensionConfig | null;
  serverPreferredAddressConfig: EnvoyConfigCoreV3TypedExtensionConfig | null;
  sendDisableActiveMigration: GoogleProtobufBoolValue | null;
  connectionDebugVisitorConfig: EnvoyConfigCoreV3TypedExtensionConfig | null;
}

export interface EnvoyConfigListenerV3UdpListenerConfig {
  downstreamSocketConfig: EnvoyConfigCoreV3UdpSocketConfig | null;
  quicOptions: EnvoyConfigListenerV3QuicProtocolOptions | null;
  udpPacketPacketWriterConfig: EnvoyConfigCoreV3TypedExtensionConfig | null;
}

export type EnvoyConfigListenerV3ValidationListenerManager = Record<string, never>;

export interface EnvoyConfigMetricsV3DogStatsdSink {
  address: EnvoyConfigCoreV3Address | null;
  prefix: string;
  maxBytesPerDatagram: GoogleProtobufUInt64Value | null;
  /** Which of these fields is set. */
  readonly dogStatsdSpecifier: "address" | undefined;
}

export interface EnvoyConfigMetricsV3HistogramBucketSettings {
  match: EnvoyTypeMatcherV3StringMatcher | null;
  buckets: number[];
}

export interface EnvoyConfigMetricsV3HystrixSink {
  numBuckets: number;
}

export interface EnvoyConfigMetricsV3MetricsServiceConfig {
  grpcService: EnvoyConfigCoreV3GrpcService | null;
  transportApiVersion: EnumNumber<"envoy.config.core.v3.ApiVersion">;
  reportCountersAsDeltas: GoogleProtobufBoolValue | null;
  emitTagsAsLabels: boolean;
  histogramEmitMode: EnumNumber<"envoy.config.metrics.v3.HistogramEmitMode">;
}

export interface EnvoyConfigMetricsV3StatsConfig {
  statsTags: EnvoyConfigMetricsV3TagSpecifier[];
  useAllDefaultTags: GoogleProtobufBoolValue | null;
  statsMatcher: EnvoyConfigMetricsV3StatsMatcher | null;
  histogramBucketSettings: EnvoyConfigMetricsV3HistogramBucketSettings[];
}

export interface EnvoyConfigMetricsV3StatsMatcher {
  rejectAll: boolean;
  exclusionList: EnvoyTypeMatcherV3ListStringMatcher | null;
  inclusionList: EnvoyTypeMatcherV3ListStringMatcher | null;
  /** Which of these fields is set. */
  readonly statsMatcher: "rejectAll" | "exclusionList" | "inclusionList" | undefined;
}

export interface EnvoyConfigMetricsV3StatsSink {
  name: string;
  typedConfig: GoogleProtobufAny | null;
  /** Which of these fields is set. */
  readonly configType: "typedConfig" | undefined;
}

export interface EnvoyConfigMetricsV3StatsdSink {
  address: EnvoyConfigCoreV3Address | null;
  tcpClusterName: string;
  prefix: string;
  /** Which of these fields is set. */
  readonly statsdSpecifier: "address" | "tcpClusterName" | undefined;
}

export interface EnvoyConfigMetricsV3TagSpecifier {
  tagName: string;
  regex: string;
  fixedValue: string;
  /** Which of these fields is set. */
  readonly tagValue: "regex" | "fixedValue" | undefined;
}

export interface EnvoyConfigOverloadV3BufferFactoryConfig {
  minimumAccountToTrackPowerOfTwo: number;
}

export interface EnvoyConfigOverloadV3LoadShedPoint {
  name: string;
  triggers: EnvoyConfigOverloadV3Trigger[];
}

export interface EnvoyConfigOverloadV3OverloadAction {
  name: string;
  triggers: EnvoyConfigOverloadV3Trigger[];
  typedConfig: GoogleProtobufAny | null;
}

export interface EnvoyConfigOverloadV3OverloadManager {
  refreshInterval: GoogleProtobufDuration | null;
  resourceMonitors: EnvoyConfigOverloadV3ResourceMonitor[];
  actions: EnvoyConfigOverloadV3OverloadAction[];
  loadshedPoints: EnvoyConfigOverloadV3LoadShedPoint[];
  bufferFactoryConfig: EnvoyConfigOverloadV3BufferFactoryConfig | null;
}

export interface EnvoyConfigOverloadV3ResourceMonitor {
  name: string;
  typedConfig: GoogleProtobufAny | null;
  /** Which of these fields is set. */
  readonly configType: "typedConfig" | undefined;
}

export interface EnvoyConfigOverloadV3ScaleTimersOverloadActionConfig {
  timerScaleFactors: EnvoyConfigOverloadV3ScaleTimersOverloadActionConfig_ScaleTimer[];
}

export interface EnvoyConfigOverloadV3ScaleTimersOverloadActionConfig_ScaleTimer {
  timer: EnumNumber<"envoy.config.overload.v3.ScaleTimersOverloadActionConfig.TimerType">;
  minTimeout: GoogleProtobufDuration | null;
  minScale: EnvoyTypeV3Percent | null;
  /** Which of these fields is set. */
  readonly overloadAdjust: "minTimeout" | "minScale" | undefined;
}

export interface EnvoyConfigOverloadV3ScaledTrigger {
  scalingThreshold: number;
  saturationThreshold: number;
}

export interface EnvoyConfigOverloadV3ThresholdTrigger {
  value: number;
}

export interface EnvoyConfigOverloadV3Trigger {
  name: string;
  threshold: EnvoyConfigOverloadV3ThresholdTrigger | null;
  scaled: EnvoyConfigOverloadV3ScaledTrigger | null;
  /** Which of these fields is set. */
  readonly triggerOneof: "threshold" | "scaled" | undefined;
}

export interface EnvoyConfigRatelimitV3RateLimitServiceConfig {
  grpcService: EnvoyConfigCoreV3GrpcService | null;
  transportApiVersion: EnumNumber<"envoy.config.core.v3.ApiVersion">;
}

export interface EnvoyConfigRbacV3Action {
  name: string;
  action: EnumNumber<"envoy.config.rbac.v3.RBAC.Action">;
}

export interface EnvoyConfigRbacV3Permission {
  andRules: EnvoyConfigRbacV3Permission_Set | null;
  orRules: EnvoyConfigRbacV3Permission_Set | null;
  any: boolean;
  header: EnvoyConfigRouteV3HeaderMatcher | null;
  urlPath: EnvoyTypeMatcherV3PathMatcher | null;
  destinationIp: EnvoyConfigCoreV3CidrRange | null;
  destinationPort: number;
  destinationPortRange: EnvoyTypeV3Int32Range | null;
  metadata: EnvoyTypeMatcherV3MetadataMatcher | null;
  notRule: EnvoyConfigRbacV3Permission | null;
  requestedServerName: EnvoyTypeMatcherV3StringMatcher | null;
  matcher: EnvoyConfigCoreV3TypedExtensionConfig | null;
  uriTemplate: EnvoyConfigCoreV3TypedExtensionConfig | null;
  /** Which of these fields is set. */
  readonly rule: "andRules" | "orRules" | "any" | "header" | "urlPath" | "destinationIp" | "destinationPort" | "destinationPortRange" | "metadata" | "notRule" | "requestedServerName" | "matcher" | "uriTemplate" | undefined;
}

export interface EnvoyConfigRbacV3Permission_Set {
  rules: EnvoyConfigRbacV3Permission[];
}

export interface EnvoyConfigRbacV3Policy {
  permissions: EnvoyConfigRbacV3Permission[];
  principals: EnvoyConfigRbacV3Principal[];
  condition: GoogleApiExprV1alpha1Expr | null;
  checkedCondition: GoogleApiExprV1alpha1CheckedExpr | null;
}

export interface EnvoyConfigRbacV3Principal {
  andIds: EnvoyConfigRbacV3Principal_Set | null;
  orIds: EnvoyConfigRbacV3Principal_Set | null;
  any: boolean;
  authenticated: EnvoyConfigRbacV3Principal_Authenticated | null;
  sourceIp: EnvoyConfigCoreV3CidrRange | null;
  directRemoteIp: EnvoyConfigCoreV3CidrRange | null;
  remoteIp: EnvoyConfigCoreV3CidrRange | null;
  header: EnvoyConfigRouteV3HeaderMatcher | null;
  urlPath: EnvoyTypeMatcherV3PathMatcher | null;
  metadata: EnvoyTypeMatcherV3MetadataMatcher | null;
  filterState: EnvoyTypeMatcherV3FilterStateMatcher | null;
  notId: EnvoyConfigRbacV3Principal | null;
  /** Which of these fields is set. */
  readonly identifier: "andIds" | "orIds" | "any" | "authenticated" | "sourceIp" | "directRemoteIp" | "remoteIp" | "header" | "urlPath" | "metadata" | "filterState" | "notId" | undefined;
}

export interface EnvoyConfigRbacV3Principal_Authenticated {
  principalName: EnvoyTypeMatcherV3StringMatcher | null;
}

export interface EnvoyConfigRbacV3Principal_Set {
  ids: EnvoyConfigRbacV3Principal[];
}

export interface EnvoyConfigRbacV3RBAC {
  action: EnumNumber<"envoy.config.rbac.v3.RBAC.Action">;
  policies: Record<string, EnvoyConfigRbacV3Policy>;
  auditLoggingOptions: EnvoyConfigRbacV3RBAC_AuditLoggingOptions | null;
}

export interface EnvoyConfigRbacV3RBAC_AuditLoggingOptions {
  auditCondition: EnumNumber<"envoy.config.rbac.v3.RBAC.AuditLoggingOptions.AuditCondition">;
  loggerConfigs: EnvoyConfigRbacV3RBAC_AuditLoggingOptions_AuditLoggerConfig[];
}

export interface EnvoyConfigRbacV3RBAC_AuditLoggingOptions_AuditLoggerConfig {
  auditLogger: EnvoyConfigCoreV3TypedExtensionConfig | null;
  isOptional: boolean;
}

export interface EnvoyConfigRouteV3ClusterSpecifierPlugin {
  extension: EnvoyConfigCoreV3TypedExtensionConfig | null;
  isOptional: boolean;
}

export interface EnvoyConfigRouteV3CorsPolicy {
  allowOriginStringMatch: EnvoyTypeMatcherV3StringMatcher[];
  allowMethods: string;
  allowHeaders: string;
  exposeHeaders: string;
  maxAge: string;
  allowCredentials: GoogleProtobufBoolValue | null;
  filterEnabled: EnvoyConfigCoreV3RuntimeFractionalPercent | null;
  shadowEnabled: EnvoyConfigCoreV3RuntimeFractionalPercent | null;
  allowPrivateNetworkAccess: GoogleProtobufBoolValue | null;
  forwardNotMatchingPreflights: GoogleProtobufBoolValue | null;
  /** Which of these fields is set. */
  readonly enabledSpecifier: "filterEnabled" | undefined;
}

export interface EnvoyConfigRouteV3Decorator {
  operation: string;
  propagate: GoogleProtobufBoolValue | null;
}

export interface EnvoyConfigRouteV3DirectResponseAction {
  status: number;
  body: EnvoyConfigCoreV3DataSource | null;
}

export interface EnvoyConfigRouteV3FilterAction {
  action: GoogleProtobufAny | null;
}

export interface EnvoyConfigRouteV3FilterConfig {
  config: GoogleProtobufAny | null;
  isOptional: boolean;
  disabled: boolean;
}

export interface EnvoyConfigRouteV3HeaderMatcher {
  name: string;
  exactMatch: string;
  safeRegexMatch: EnvoyTypeMatcherV3RegexMatcher | null;
  rangeMatch: EnvoyTypeV3Int64Range | null;
  presentMatch: boolean;
  prefixMatch: string;
  suffixMatch: string;
  containsMatch: string;
  stringMatch: EnvoyTypeMatcherV3StringMatcher | null;
  invertMatch: boolean;
  treatMissingHeaderAsEmpty: boolean;
  /** Which of these fields is set. */
  readonly headerMatchSpecifier: "exactMatch" | "safeRegexMatch" | "rangeMatch" | "presentMatch" | "prefixMatch" | "suffixMatch" | "containsMatch" | "stringMatch" | undefined;
}

export interface EnvoyConfigRouteV3HedgePolicy {
  initialRequests: GoogleProtobufUInt32Value | null;
  additionalRequestChance: EnvoyTypeV3FractionalPercent | null;
  hedgeOnPerTryTimeout: boolean;
}

export interface EnvoyConfigRouteV3InternalRedirectPolicy {
  maxInternalRedirects: GoogleProtobufUInt32Value | null;
  redirectResponseCodes: number[];
  predicates: EnvoyConfigCoreV3TypedExtensionConfig[];
  allowCrossSchemeRedirect: boolean;
  responseHeadersToCopy: string[];
}

export type EnvoyConfigRouteV3NonForwardingAction = Record<string, never>;

export interface EnvoyConfigRouteV3QueryParameterMatcher {
  name: string;
  stringMatch: EnvoyTypeMatcherV3StringMatcher | null;
  presentMatch: boolean;
  /** Which of these fields is set. */
  readonly queryParameterMatchSpecifier: "stringMatch" | "presentMatch" | undefined;
}

export interface EnvoyConfigRouteV3RateLimit {
  stage: GoogleProtobufUInt32Value | null;
  disableKey: string;
  actions: EnvoyConfigRouteV3RateLimit_Action[];
  limit: EnvoyConfigRouteV3RateLimit_Override | null;
}

export interface EnvoyConfigRouteV3RateLimit_Action {
  sourceCluster: EnvoyConfigRouteV3RateLimit_Action_SourceCluster | null;
  destinationCluster: EnvoyConfigRouteV3RateLimit_Action_DestinationCluster | null;
  requestHeaders: EnvoyConfigRouteV3RateLimit_Action_RequestHeaders | null;
  remoteAddress: EnvoyConfigRouteV3RateLimit_Action_RemoteAddress | null;
  genericKey: EnvoyConfigRouteV3RateLimit_Action_GenericKey | null;
  headerValueMatch: EnvoyConfigRouteV3RateLimit_Action_HeaderValueMatch | null;
  dynamicMetadata: EnvoyConfigRouteV3RateLimit_Action_DynamicMetaData | null;
  metadata: EnvoyConfigRouteV3RateLimit_Action_MetaData | null;
  extension: EnvoyConfigCoreV3TypedExtensionConfig | null;
  maskedRemoteAddress: EnvoyConfigRouteV3RateLimit_Action_MaskedRemoteAddress | null;
  queryParameterValueMatch: EnvoyConfigRouteV3RateLimit_Action_QueryParameterValueMatch | null;
  /** Which of these fields is set. */
  readonly actionSpecifier: "sourceCluster" | "destinationCluster" | "requestHeaders" | "remoteAddress" | "genericKey" | "headerValueMatch" | "dynamicMetadata" | "metadata" | "extension" | "maskedRemoteAddress" | "queryParameterValueMatch" | undefined;
}

export type EnvoyConfigRouteV3RateLimit_Action_DestinationCluster = Record<string, never>;

export interface EnvoyConfigRouteV3RateLimit_Action_DynamicMetaData {
  descriptorKey: string;
  metadataKey: EnvoyTypeMetadataV3MetadataKey | null;
  defaultValue: string;
}

export interface EnvoyConfigRouteV3RateLimit_Action_GenericKey {
  descriptorValue: string;
  descriptorKey: string;
}

export interface EnvoyConfigRouteV3RateLimit_Action_HeaderValueMatch {
  descriptorKey: string;
  descriptorValue: string;
  expectMatch: GoogleProtobufBoolValue | null;
  headers: EnvoyConfigRouteV3HeaderMatcher[];
}

export interface EnvoyConfigRouteV3RateLimit_Action_MaskedRemoteAddress {
  v4PrefixMaskLen: GoogleProtobufUInt32Value | null;
  v6PrefixMaskLen: GoogleProtobufUInt32Value | null;
}

export interface EnvoyConfigRouteV3RateLimit_Action_MetaData {
  descriptorKey: string;
  metadataKey: EnvoyTypeMetadataV3MetadataKey | null;
  defaultValue: string;
  source: EnumNumber<"envoy.config.route.v3.RateLimit.Action.MetaData.Source">;
  skipIfAbsent: boolean;
}

export interface EnvoyConfigRouteV3RateLimit_Action_QueryParameterValueMatch {
  descriptorKey: string;
  descriptorValue: string;
  expectMatch: GoogleProtobufBoolValue | null;
  queryParameters: EnvoyConfigRouteV3QueryParameterMatcher[];
}

export type EnvoyConfigRouteV3RateLimit_Action_RemoteAddress = Record<string, never>;

export interface EnvoyConfigRouteV3RateLimit_Action_RequestHeaders {
  headerName: string;
  descriptorKey: string;
  skipIfAbsent: boolean;
}

export type EnvoyConfigRouteV3RateLimit_Action_SourceCluster = Record<string, never>;

export interface EnvoyConfigRouteV3RateLimit_Override {
  dynamicMetadata: EnvoyConfigRouteV3RateLimit_Override_DynamicMetadata | null;
  /** Which of these fields is set. */
  readonly overrideSpecifier: "dynamicMetadata" | undefined;
}

export interface EnvoyConfigRouteV3RateLimit_Override_DynamicMetadata {
  metadataKey: EnvoyTypeMetadataV3MetadataKey | null;
}

export interface EnvoyConfigRouteV3RedirectAction {
  httpsRedirect: boolean;
  schemeRedirect: string;
  hostRedirect: string;
  portRedirect: number;
  pathRedirect: string;
  prefixRewrite: string;
  regexRewrite: EnvoyTypeMatcherV3RegexMatchAndSubstitute | null;
  responseCode: EnumNumber<"envoy.config.route.v3.RedirectAction.RedirectResponseCode">;
  stripQuery: boolean;
  /** Which of these fields is set. */
  readonly schemeRewriteSpecifier: "httpsRedirect" | "schemeRedirect" | undefined;
  /** Which of these fields is set. */
  readonly pathRewriteSpecifier: "pathRedirect" | "prefixRewrite" | "regexRewrite" | undefined;
}

export interface EnvoyConfigRouteV3RetryPolicy {
  retryOn: string;
  numRetries: GoogleProtobufUInt32Value | null;
  perTryTimeout: GoogleProtobufDuration | null;
  perTryIdleTimeout: GoogleProtobufDuration | null;
  retryPriority: EnvoyConfigRouteV3RetryPolicy_RetryPriority | null;
  retryHostPredicate: EnvoyConfigRouteV3RetryPolicy_RetryHostPredicate[];
  retryOptionsPredicates: EnvoyConfigCoreV3TypedExtensionConfig[];
  hostSelectionRetryMaxAttempts: number;
  retriableStatusCodes: number[];
  retryBackOff: EnvoyConfigRouteV3RetryPolicy_RetryBackOff | null;
  rateLimitedRetryBackOff: EnvoyConfigRouteV3RetryPolicy_RateLimitedRetryBackOff | null;
  retriableHeaders: EnvoyConfigRouteV3HeaderMatcher[];
  retriableRequestHeaders: EnvoyConfigRouteV3HeaderMatcher[];
}

export interface EnvoyConfigRouteV3RetryPolicy_RateLimitedRetryBackOff {
  resetHeaders: EnvoyConfigRouteV3RetryPolicy_ResetHeader[];
  maxInterval: GoogleProtobufDuration | null;
}

export interface EnvoyConfigRouteV3RetryPolicy_ResetHeader {
  name: string;
  format: EnumNumber<"envoy.config.route.v3.RetryPolicy.ResetHeaderFormat">;
}

export interface EnvoyConfigRouteV3RetryPolicy_RetryBackOff {
  baseInterval: GoogleProtobufDuration | null;
  maxInterval: GoogleProtobufDuration | null;
}

export interface EnvoyConfigRouteV3RetryPolicy_RetryHostPredicate {
  name: string;
  typedConfig: GoogleProtobufAny | null;
  /** Which of these fields is set. */
  readonly configType: "typedConfig" | undefined;
}

export interface EnvoyConfigRouteV3RetryPolicy_RetryPriority {
  name: string;
  typedConfig: GoogleProtobufAny | null;
  /** Which of these fields is set. */
  readonly configType: "typedConfig" | undefined;
}

export interface EnvoyConfigRouteV3Route {
  name: string;
  match: EnvoyConfigRouteV3RouteMatch | null;
  route: EnvoyConfigRouteV3RouteAction | null;
  redirect: EnvoyConfigRouteV3RedirectAction | null;
  directResponse: EnvoyConfigRouteV3DirectResponseAction | null;
  filterAction: EnvoyConfigRouteV3FilterAction | null;
  nonForwardingAction: EnvoyConfigRouteV3NonForwardingAction | null;
  metadata: EnvoyConfigCoreV3Metadata | null;
  decorator: EnvoyConfigRouteV3Decorator | null;
  typedPerFilterConfig: Record<string, GoogleProtobufAny>;
  requestHeadersToAdd: EnvoyConfigCoreV3HeaderValueOption[];
  requestHeadersToRemove: string[];
  responseHeadersToAdd: EnvoyConfigCoreV3HeaderValueOption[];
  responseHeadersToRemove: string[];
  tracing: EnvoyConfigRouteV3Tracing | null;
  perRequestBufferLimitBytes: GoogleProtobufUInt32Value | null;
  statPrefix: string;
  /** Which of these fields is set. */
  readonly action: "route" | "redirect" | "directResponse" | "filterAction" | "nonForwardingAction" | undefined;
}

export interface EnvoyConfigRouteV3RouteAction {
  cluster: string;
  clusterHeader: string;
  weightedClusters: EnvoyConfigRouteV3WeightedCluster | null;
  clusterSpecifierPlugin: string;
  inlineClusterSpecifierPlugin: EnvoyConfigRouteV3ClusterSpecifierPlugin | null;
  clusterNotFoundResponseCode: EnumNumber<"envoy.config.route.v3.RouteAction.ClusterNotFoundResponseCode">;
  metadataMatch: EnvoyConfigCoreV3Metadata | null;
  prefixRewrite: string;
  regexRewrite: EnvoyTypeMatcherV3RegexMatchAndSubstitute | null;
  pathRewritePolicy: EnvoyConfigCoreV3TypedExtensionConfig | null;
  hostRewriteLiteral: string;
  autoHostRewrite: GoogleProtobufBoolValue | null;
  hostRewriteHeader: string;
  hostRewritePathRegex: EnvoyTypeMatcherV3RegexMatchAndSubstitute | null;
  appendXForwardedHost: boolean;
  timeout: GoogleProtobufDuration | null;
  idleTimeout: GoogleProtobufDuration | null;
  earlyDataPolicy: EnvoyConfigCoreV3TypedExtensionConfig | null;
  retryPolicy: EnvoyConfigRouteV3RetryPolicy | null;
  retryPolicyTypedConfig: GoogleProtobufAny | null;
  requestMirrorPolicies: EnvoyConfigRouteV3RouteAction_RequestMirrorPolicy[];
  priority: EnumNumber<"envoy.config.core.v3.RoutingPriority">;
  rateLimits: EnvoyConfigRouteV3RateLimit[];
  includeVhRateLimits: GoogleProtobufBoolValue | null;
  hashPolicy: EnvoyConfigRouteV3RouteAction_HashPolicy[];
  cors: EnvoyConfigRouteV3CorsPolicy | null;
  maxGrpcTimeout: GoogleProtobufDuration | null;
  grpcTimeoutOffset: GoogleProtobufDuration | null;
  upgradeConfigs: EnvoyConfigRouteV3RouteAction_UpgradeConfig[];
  internalRedirectPolicy: EnvoyConfigRouteV3InternalRedirectPolicy | null;
  internalRedirectAction: EnumNumber<"envoy.config.route.v3.RouteAction.InternalRedirectAction">;
  maxInternalRedirects: GoogleProtobufUInt32Value | null;
  hedgePolicy: EnvoyConfigRouteV3HedgePolicy | null;
  maxStreamDuration: EnvoyConfigRouteV3RouteAction_MaxStreamDuration | null;
  /** Which of these fields is set. */
  readonly clusterSpecifier: "cluster" | "clusterHeader" | "weightedClusters" | "clusterSpecifierPlugin" | "inlineClusterSpecifierPlugin" | undefined;
  /** Which of these fields is set. */
  readonly hostRewriteSpecifier: "hostRewriteLiteral" | "autoHostRewrite" | "hostRewriteHeader" | "hostRewritePathRegex" | undefined;
}

export interface EnvoyConfigRouteV3RouteAction_HashPolicy {
  header: EnvoyConfigRouteV3RouteAction_HashPolicy_Header | null;
  cookie: EnvoyConfigRouteV3RouteAction_HashPolicy_Cookie | null;
  connectionProperties: EnvoyConfigRouteV3RouteAction_HashPolicy_ConnectionProperties | null;
  queryParameter: EnvoyConfigRouteV3RouteAction_HashPolicy_QueryParameter | null;
  filterState: EnvoyConfigRouteV3RouteAction_HashPolicy_FilterState | null;
  terminal: boolean;
  /** Which of these fields is set. */
  readonly policySpecifier: "header" | "cookie" | "connectionProperties" | "queryParameter" | "filterState" | undefined;
}

export interface EnvoyConfigRouteV3RouteAction_HashPolicy_ConnectionProperties {
  sourceIp: boolean;
}

export interface EnvoyConfigRouteV3RouteAction_HashPolicy_Cookie {
  name: string;
  ttl: GoogleProtobufDuration | null;
  path: string;
  attributes: EnvoyConfigRouteV3RouteAction_HashPolicy_CookieAttribute[];
}

export interface EnvoyConfigRouteV3RouteAction_HashPolicy_CookieAttribute {
  name: string;
  value: string;
}

export interface EnvoyConfigRouteV3RouteAction_HashPolicy_FilterState {
  key: string;
}

export interface EnvoyConfigRouteV3RouteAction_HashPolicy_Header {
  headerName: string;
  regexRewrite: EnvoyTypeMatcherV3RegexMatchAndSubstitute | null;
}

export interface EnvoyConfigRouteV3RouteAction_HashPolicy_QueryParameter {
  name: string;
}

export interface EnvoyConfigRouteV3RouteAction_MaxStreamDuration {
  maxStreamDuration: GoogleProtobufDuration | null;
  grpcTimeoutHeaderMax: GoogleProtobufDuration | null;
  grpcTimeoutHeaderOffset: GoogleProtobufDuration | null;
}

export interface EnvoyConfigRouteV3RouteAction_RequestMirrorPolicy {
  cluster: string;
  clusterHeader: string;
  runtimeFraction: EnvoyConfigCoreV3RuntimeFractionalPercent | null;
  traceSampled: GoogleProtobufBoolValue | null;
  disableShadowHostSuffixAppend: boolean;
}

export interface EnvoyConfigRouteV3RouteAction_UpgradeConfig {
  upgradeType: string;
  enabled: GoogleProtobufBoolValue | null;
  connectConfig: EnvoyConfigRouteV3RouteAction_UpgradeConfig_ConnectConfig | null;
}

export interface EnvoyConfigRouteV3RouteAction_UpgradeConfig_ConnectConfig {
  proxyProtocolConfig: EnvoyConfigCoreV3ProxyProtocolConfig | null;
  allowPost: boolean;
}

export interface EnvoyConfigRouteV3RouteConfiguration {
  name: string;
  virtualHosts: EnvoyConfigRouteV3VirtualHost[];
  vhds: EnvoyConfigRouteV3Vhds | null;
  internalOnlyHeaders: string[];
  responseHeadersToAdd: EnvoyConfigCoreV3HeaderValueOption[];
  responseHeadersToRemove: string[];
  requestHeadersToAdd: EnvoyConfigCoreV3HeaderValueOption[];
  requestHeadersToRemove: string[];
  mostSpecificHeaderMutationsWins: boolean;
  validateClusters: GoogleProtobufBoolValue | null;
  maxDirectResponseBodySizeBytes: GoogleProtobufUInt32Value | null;
  clusterSpecifierPlugins: EnvoyConfigRouteV3ClusterSpecifierPlugin[];
  requestMirrorPolicies: EnvoyConfigRouteV3RouteAction_RequestMirrorPolicy[];
  ignorePortInHostMatching: boolean;
  ignorePathParametersInPathMatching: boolean;
  typedPerFilterConfig: Record<string, GoogleProtobufAny>;
  metadata: EnvoyConfigCoreV3Metadata | null;
}

export interface EnvoyConfigRouteV3RouteList {
  routes: EnvoyConfigRouteV3Route[];
}

export interface EnvoyConfigRouteV3RouteMatch {
  prefix: string;
  path: string;
  safeRegex: EnvoyTypeMatcherV3RegexMatcher | null;
  connectMatcher: EnvoyConfigRouteV3RouteMatch_ConnectMatcher | null;
  pathSeparatedPrefix: string;
  pathMatchPolicy: EnvoyConfigCoreV3TypedExtensionConfig | null;
  caseSensitive: GoogleProtobufBoolValue | null;
  runtimeFraction: EnvoyConfigCoreV3RuntimeFractionalPercent | null;
  headers: EnvoyConfigRouteV3HeaderMatcher[];
  queryParameters: EnvoyConfigRouteV3QueryParameterMatcher[];
  grpc: EnvoyConfigRouteV3RouteMatch_GrpcRouteMatchOptions | null;
  tlsContext: EnvoyConfigRouteV3RouteMatch_TlsContextMatchOptions | null;
  dynamicMetadata: EnvoyTypeMatcherV3MetadataMatcher[];
  /** Which of these fields is set. */
  readonly pathSpecifier: "prefix" | "path" | "safeRegex" | "connectMatcher" | "pathSeparatedPrefix" | "pathMatchPolicy" | undefined;
}

export type EnvoyConfigRouteV3RouteMatch_ConnectMatcher = Record<string, never>;

export type EnvoyConfigRouteV3RouteMatch_GrpcRouteMatchOptions = Record<string, never>;

export interface EnvoyConfigRouteV3RouteMatch_TlsContextMatchOptions {
  presented: GoogleProtobufBoolValue | null;
  validated: GoogleProtobufBoolValue | null;
}

export interface EnvoyConfigRouteV3ScopedRouteConfiguration {
  onDemand: boolean;
  name: string;
  routeConfigurationName: string;
  routeConfiguration: EnvoyConfigRouteV3RouteConfiguration | null;
  key: EnvoyConfigRouteV3ScopedRouteConfiguration_Key | null;
}

export interface EnvoyConfigRouteV3ScopedRouteConfiguration_Key {
  fragments: EnvoyConfigRouteV3ScopedRouteConfiguration_Key_Fragment[];
}

export interface EnvoyConfigRouteV3ScopedRouteConfiguration_Key_Fragment {
  stringKey: string;
  /** Which of these fields is set. */
  readonly type: "stringKey" | undefined;
}

export interface EnvoyConfigRouteV3Tracing {
  clientSampling: EnvoyTypeV3FractionalPercent | null;
  randomSampling: EnvoyTypeV3FractionalPercent | null;
  overallSampling: EnvoyTypeV3FractionalPercent | null;
  customTags: EnvoyTypeTracingV3CustomTag[];
}

export interface EnvoyConfigRouteV3Vhds {
  configSource: EnvoyConfigCoreV3ConfigSource | null;
}

export interface EnvoyConfigRouteV3VirtualCluster {
  headers: EnvoyConfigRouteV3HeaderMatcher[];
  name: string;
}

export interface EnvoyConfigRouteV3VirtualHost {
  name: string;
  domains: string[];
  routes: EnvoyConfigRouteV3Route[];
  matcher: XdsTypeMatcherV3Matcher | null;
  requireTls: EnumNumber<"envoy.config.route.v3.VirtualHost.TlsRequirementType">;
  virtualClusters: EnvoyConfigRouteV3VirtualCluster[];
  rateLimits: EnvoyConfigRouteV3RateLimit[];
  requestHeadersToAdd: EnvoyConfigCoreV3HeaderValueOption[];
  requestHeadersToRemove: string[];
  responseHeadersToAdd: EnvoyConfigCoreV3HeaderValueOption[];
  responseHeadersToRemove: string[];
  cors: EnvoyConfigRouteV3CorsPolicy | null;
  typedPerFilterConfig: Record<string, GoogleProtobufAny>;
  includeRequestAttemptCount: boolean;
  includeAttemptCountInResponse: boolean;
  retryPolicy: EnvoyConfigRouteV3RetryPolicy | null;
  retryPolicyTypedConfig: GoogleProtobufAny | null;
  hedgePolicy: EnvoyConfigRouteV3HedgePolicy | null;
  includeIsTimeoutRetryHeader: boolean;
  perRequestBufferLimitBytes: GoogleProtobufUInt32Value | null;
  requestMirrorPolicies: EnvoyConfigRouteV3RouteAction_RequestMirrorPolicy[];
  metadata: EnvoyConfigCoreV3Metadata | null;
}

export interface EnvoyConfigRouteV3WeightedCluster {
  clusters: EnvoyConfigRouteV3WeightedCluster_ClusterWeight[];
  totalWeight: GoogleProtobufUInt32Value | null;
  runtimeKeyPrefix: string;
  headerName: string;
  /** Which of these fields is set. */
  readonly randomValueSpecifier: "headerName" | undefined;
}

export interface EnvoyConfigRouteV3WeightedCluster_ClusterWeight {
  name: string;
  clusterHeader: string;
  weight: GoogleProtobufUInt32Value | null;
  metadataMatch: EnvoyConfigCoreV3Metadata | null;
  requestHeadersToAdd: EnvoyConfigCoreV3HeaderValueOption[];
  requestHeadersToRemove: string[];
  responseHeadersToAdd: EnvoyConfigCoreV3HeaderValueOption[];
  responseHeadersToRemove: string[];
  typedPerFilterConfig: Record<string, GoogleProtobufAny>;
  hostRewriteLiteral: string;
  /** Which of these fields is set. */
  readonly hostRewriteSpecifier: "hostRewriteLiteral" | undefined;
}

export interface EnvoyConfigTraceV3ClientConfig {
  serviceName: string;
  instanceName: string;
  backendToken: string;
  maxCacheSize: GoogleProtobufUInt32Value | null;
  /** Which of these fields is set. */
  readonly backendTokenSpecifier: "backendToken" | undefined;
}

export interface EnvoyConfigTraceV3DatadogConfig {
  collectorCluster: string;
  serviceName: string;
  collectorHostname: string;
  remoteConfig: EnvoyConfigTraceV3DatadogRemoteConfig | null;
}

export interface EnvoyConfigTraceV3DatadogRemoteConfig {
  pollingInterval: GoogleProtobufDuration | null;
}

export interface EnvoyConfigTraceV3DynamicOtConfig {
  library: string;
  config: GoogleProtobufStruct | null;
}

export interface EnvoyConfigTraceV3LightstepConfig {
  collectorCluster: string;
  accessTokenFile: string;
  accessToken: EnvoyConfigCoreV3DataSource | null;
  propagationModes: EnumNumber<"envoy.config.trace.v3.LightstepConfig.PropagationMode">[];
}

export interface EnvoyConfigTraceV3OpenTelemetryConfig {
  grpcService: EnvoyConfigCoreV3GrpcService | null;
  httpService: EnvoyConfigCoreV3HttpService | null;
  serviceName: string;
  resourceDetectors: EnvoyConfigCoreV3TypedExtensionConfig[];
  sampler: EnvoyConfigCoreV3TypedExtensionConfig | null;
}

export interface EnvoyConfigTraceV3SkyWalkingConfig {
  grpcService: EnvoyConfigCoreV3GrpcService | null;
  clientConfig: EnvoyConfigTraceV3ClientConfig | null;
}

export interface EnvoyConfigTraceV3TraceServiceConfig {
  grpcService: EnvoyConfigCoreV3GrpcService | null;
}

export interface EnvoyConfigTraceV3Tracing {
  http: EnvoyConfigTraceV3Tracing_Http | null;
}

export interface EnvoyConfigTraceV3Tracing_Http {
  name: string;
  typedConfig: GoogleProtobufAny | null;
  /** Which of these fields is set. */
  readonly configType: "typedConfig" | undefined;
}

export interface EnvoyConfigTraceV3XRayConfig {
  daemonEndpoint: EnvoyConfigCoreV3SocketAddress | null;
  segmentName: string;
  samplingRuleManifest: EnvoyConfigCoreV3DataSource | null;
  segmentFields: EnvoyConfigTraceV3XRayConfig_SegmentFields | null;
}

export interface EnvoyConfigTraceV3XRayConfig_SegmentFields {
  origin: string;
  aws: GoogleProtobufStruct | null;
}

export interface EnvoyConfigTraceV3ZipkinConfig {
  collectorCluster: string;
  collectorEndpoint: string;
  traceId128bit: boolean;
  sharedSpanContext: GoogleProtobufBoolValue | null;
  collectorEndpointVersion: EnumNumber<"envoy.config.trace.v3.ZipkinConfig.CollectorEndpointVersion">;
  collectorHostname: string;
  splitSpansForRequest: boolean;
}

export type EnvoyConfigUpstreamLocalAddressSelectorV3DefaultLocalAddressSelector = Record<string, never>;

export interface EnvoyDataAccesslogV3AccessLogCommon {
  sampleRate: number;
  downstreamRemoteAddress: EnvoyConfigCoreV3Address | null;
  downstreamLocalAddress: EnvoyConfigCoreV3Address | null;
  tlsProperties: EnvoyDataAccesslogV3TLSProperties | null;
  startTime: GoogleProtobufTimestamp | null;
  timeToLastRxByte: GoogleProtobufDuration | null;
  timeToFirstUpstreamTxByte: GoogleProtobufDuration | null;
  timeToLastUpstreamTxByte: GoogleProtobufDuration | null;
  timeToFirstUpstreamRxByte: GoogleProtobufDuration | null;
  timeToLastUpstreamRxByte: GoogleProtobufDuration | null;
  timeToFirstDownstreamTxByte: GoogleProtobufDuration | null;
  timeToLastDownstreamTxByte: GoogleProtobufDuration | null;
  upstreamRemoteAddress: EnvoyConfigCoreV3Address | null;
  upstreamLocalAddress: EnvoyConfigCoreV3Address | null;
  upstreamCluster: string;
  responseFlags: EnvoyDataAccesslogV3ResponseFlags | null;
  metadata: EnvoyConfigCoreV3Metadata | null;
  upstreamTransportFailureReason: string;
  routeName: string;
  downstreamDirectRemoteAddress: EnvoyConfigCoreV3Address | null;
  filterStateObjects: Record<string, GoogleProtobufAny>;
  customTags: Record<string, string>;
  duration: GoogleProtobufDuration | null;
  upstreamRequestAttemptCount: number;
  connectionTerminationDetails: string;
  streamId: string;
  intermediateLogEntry: boolean;
  downstreamTransportFailureReason: string;
  downstreamWireBytesSent: number;
  downstreamWireBytesReceived: number;
  upstreamWireBytesSent: number;
  upstreamWireBytesReceived: number;
  accessLogType: EnumNumber<"envoy.data.accesslog.v3.AccessLogType">;
}

export interface EnvoyDataAccesslogV3ConnectionProperties {
  receivedBytes: number;
  sentBytes: number;
}

export interface EnvoyDataAccesslogV3HTTPAccessLogEntry {
  commonProperties: EnvoyDataAccesslogV3AccessLogCommon | null;
  protocolVersion: EnumNumber<"envoy.data.accesslog.v3.HTTPAccessLogEntry.HTTPVersion">;
  request: EnvoyDataAccesslogV3HTTPRequestProperties | null;
  response: EnvoyDataAccesslogV3HTTPResponseProperties | null;
}

export interface EnvoyDataAccesslogV3HTTPRequestProperties {
  requestMethod: EnumNumber<"envoy.config.core.v3.RequestMethod">;
  scheme: string;
  authority: string;
  port: GoogleProtobufUInt32Value | null;
  path: string;
  userAgent: string;
  referer: string;
  forwardedFor: string;
  requestId: string;
  originalPath: string;
  requestHeadersBytes: number;
  requestBodyBytes: number;
  requestHeaders: Record<string, string>;
  upstreamHeaderBytesSent: number;
  downstreamHeaderBytesReceived: number;
}

export interface EnvoyDataAccesslogV3HTTPResponseProperties {
  responseCode: GoogleProtobufUInt32Value | null;
  responseHeadersBytes: number;
  responseBodyBytes: number;
  responseHeaders: Record<string, string>;
  responseTrailers: Record<string, string>;
  responseCodeDetails: string;
  upstreamHeaderBytesReceived: number;
  downstreamHeaderBytesSent: number;
}

export interface EnvoyDataAccesslogV3ResponseFlags {
  failedLocalHealthcheck: boolean;
  noHealthyUpstream: boolean;
  upstreamRequestTimeout: boolean;
  localReset: boolean;
  upstreamRemoteReset: boolean;
  upstreamConnectionFailure: boolean;
  upstreamConnectionTermination: boolean;
  upstreamOverflow: boolean;
  noRouteFound: boolean;
  delayInjected: boolean;
  faultInjected: boolean;
  rateLimited: boolean;
  unauthorizedDetails: EnvoyDataAccesslogV3ResponseFlags_Unauthorized | null;
  rateLimitServiceError: boolean;
  downstreamConnectionTermination: boolean;
  upstreamRetryLimitExceeded: boolean;
  streamIdleTimeout: boolean;
  invalidEnvoyRequestHeaders: boolean;
  downstreamProtocolError: boolean;
  upstreamMaxStreamDurationReached: boolean;
  responseFromCacheFilter: boolean;
  noFilterConfigFound: boolean;
  durationTimeout: boolean;
  upstreamProtocolError: boolean;
  noClusterFound: boolean;
  overloadManager: boolean;
  dnsResolutionFailure: boolean;
  downstreamRemoteReset: boolean;
}

export interface EnvoyDataAccesslogV3ResponseFlags_Unauthorized {
  reason: EnumNumber<"envoy.data.accesslog.v3.ResponseFlags.Unauthorized.Reason">;
}

export interface EnvoyDataAccesslogV3TCPAccessLogEntry {
  commonProperties: EnvoyDataAccesslogV3AccessLogCommon | null;
  connectionProperties: EnvoyDataAccesslogV3ConnectionProperties | null;
}

export interface EnvoyDataAccesslogV3TLSProperties {
  tlsVersion: EnumNumber<"envoy.data.accesslog.v3.TLSProperties.TLSVersion">;
  tlsCipherSuite: GoogleProtobufUInt32Value | null;
  tlsSniHostname: string;
  localCertificateProperties: EnvoyDataAccesslogV3TLSProperties_CertificateProperties | null;
  peerCertificateProperties: EnvoyDataAccesslogV3TLSProperties_CertificateProperties | null;
  tlsSessionId: string;
  ja3Fingerprint: string;
}

export interface EnvoyDataAccesslogV3TLSProperties_CertificateProperties {
  subjectAltName: EnvoyDataAccesslogV3TLSProperties_CertificateProperties_SubjectAltName[];
  subject: string;
  issuer: string;
}

export interface EnvoyDataAccesslogV3TLSProperties_CertificateProperties_SubjectAltName {
  uri: string;
  dns: string;
  /** Which of these fields is set. */
  readonly san: "uri" | "dns" | undefined;
}

export interface EnvoyDataClusterV3OutlierDetectionEvent {
  type: EnumNumber<"envoy.data.cluster.v3.OutlierEjectionType">;
  timestamp: GoogleProtobufTimestamp | null;
  secsSinceLastAction: GoogleProtobufUInt64Value | null;
  clusterName: string;
  upstreamUrl: string;
  action: EnumNumber<"envoy.data.cluster.v3.Action">;
  numEjections: number;
  enforced: boolean;
  ejectSuccessRateEvent: EnvoyDataClusterV3OutlierEjectSuccessRate | null;
  ejectConsecutiveEvent: EnvoyDataClusterV3OutlierEjectConsecutive | null;
  ejectFailurePercentageEvent: EnvoyDataClusterV3OutlierEjectFailurePercentage | null;
  /** Which of these fields is set. */
  readonly event: "ejectSuccessRateEvent" | "ejectConsecutiveEvent" | "ejectFailurePercentageEvent" | undefined;
}

export type EnvoyDataClusterV3OutlierEjectConsecutive = Record<string, never>;

export interface EnvoyDataClusterV3OutlierEjectFailurePercentage {
  hostSuccessRate: number;
}

export interface EnvoyDataClusterV3OutlierEjectSuccessRate {
  hostSuccessRate: number;
  clusterAverageSuccessRate: number;
  clusterSuccessRateEjectionThreshold: number;
}

export type EnvoyDataCoreV3DegradedHealthyHost = Record<string, never>;

export interface EnvoyDataCoreV3HealthCheckAddHealthy {
  firstCheck: boolean;
}

export interface EnvoyDataCoreV3HealthCheckEjectUnhealthy {
  failureType: EnumNumber<"envoy.data.core.v3.HealthCheckFailureType">;
}

export interface EnvoyDataCoreV3HealthCheckEvent {
  healthCheckerType: EnumNumber<"envoy.data.core.v3.HealthCheckerType">;
  host: EnvoyConfigCoreV3Address | null;
  clusterName: string;
  ejectUnhealthyEvent: EnvoyDataCoreV3HealthCheckEjectUnhealthy | null;
  addHealthyEvent: EnvoyDataCoreV3HealthCheckAddHealthy | null;
  successfulHealthCheckEvent: EnvoyDataCoreV3HealthCheckSuccessful | null;
  healthCheckFailureEvent: EnvoyDataCoreV3HealthCheckFailure | null;
  degradedHealthyHost: EnvoyDataCoreV3DegradedHealthyHost | null;
  noLongerDegradedHost: EnvoyDataCoreV3NoLongerDegradedHost | null;
  timestamp: GoogleProtobufTimestamp | null;
  metadata: EnvoyConfigCoreV3Metadata | null;
  locality: EnvoyConfigCoreV3Locality | null;
  /** Which of these fields is set. */
  readonly event: "ejectUnhealthyEvent" | "addHealthyEvent" | "successfulHealthCheckEvent" | "healthCheckFailureEvent" | "degradedHealthyHost" | "noLongerDegradedHost" | undefined;
}

export interface EnvoyDataCoreV3HealthCheckFailure {
  failureType: EnumNumber<"envoy.data.core.v3.HealthCheckFailureType">;
  firstCheck: boolean;
}

export type EnvoyDataCoreV3HealthCheckSuccessful = Record<string, never>;

export type EnvoyDataCoreV3NoLongerDegradedHost = Record<string, never>;

export interface EnvoyDataCoreV3TlvsMetadata {
  typedMetadata: Record<string, Uint8Array>;
}

export interface EnvoyExtensionsAccessLoggersFileV3FileAccessLog {
  path: string;
  format: string;
  jsonFormat: GoogleProtobufStruct | null;
  typedJsonFormat: GoogleProtobufStruct | null;
  logFormat: EnvoyConfigCoreV3SubstitutionFormatString | null;
  /** Which of these fields is set. */
  readonly accessLogFormat: "format" | "jsonFormat" | "typedJsonFormat" | "logFormat" | undefined;
}

export interface EnvoyExtensionsAccessLoggersFiltersCelV3ExpressionFilter {
  expression: string;
}

export interface EnvoyExtensionsAccessLoggersGrpcV3CommonGrpcAccessLogConfig {
  logName: string;
  grpcService: EnvoyConfigCoreV3GrpcService | null;
  transportApiVersion: EnumNumber<"envoy.config.core.v3.ApiVersion">;
  bufferFlushInterval: GoogleProtobufDuration | null;
  bufferSizeBytes: GoogleProtobufUInt32Value | null;
  filterStateObjectsToLog: string[];
  grpcStreamRetryPolicy: EnvoyConfigCoreV3RetryPolicy | null;
  customTags: EnvoyTypeTracingV3CustomTag[];
}

export interface EnvoyExtensionsAccessLoggersGrpcV3HttpGrpcAccessLogConfig {
  commonConfig: EnvoyExtensionsAccessLoggersGrpcV3CommonGrpcAccessLogConfig | null;
  additionalRequestHeadersToLog: string[];
  additionalResponseHeadersToLog: string[];
  additionalResponseTrailersToLog: string[];
}

export interface EnvoyExtensionsAccessLoggersGrpcV3TcpGrpcAccessLogConfig {
  commonConfig: EnvoyExtensionsAccessLoggersGrpcV3CommonGrpcAccessLogConfig | null;
}

export interface EnvoyExtensionsAccessLoggersOpenTelemetryV3OpenTelemetryAccessLogConfig {
  commonConfig: EnvoyExtensionsAccessLoggersGrpcV3CommonGrpcAccessLogConfig | null;
  disableBuiltinLabels: boolean;
  resourceAttributes: OpentelemetryProtoCommonV1KeyValueList | null;
  body: OpentelemetryProtoCommonV1AnyValue | null;
  attributes: OpentelemetryProtoCommonV1KeyValueList | null;
  statPrefix: string;
  formatters: EnvoyConfigCoreV3TypedExtensionConfig[];
}

export interface EnvoyExtensionsAccessLoggersStreamV3StderrAccessLog {
  logFormat: EnvoyConfigCoreV3SubstitutionFormatString | null;
  /** Which of these fields is set. */
  readonly accessLogFormat: "logFormat" | undefined;
}

export interface EnvoyExtensionsAccessLoggersStreamV3StdoutAccessLog {
  logFormat: EnvoyConfigCoreV3SubstitutionFormatString | null;
  /** Which of these fields is set. */
  readonly accessLogFormat: "logFormat" | undefined;
}

export interface EnvoyExtensionsBootstrapInternalListenerV3InternalListener {
  bufferSizeKb: GoogleProtobufUInt32Value | null;
}

export interface EnvoyExtensionsClustersAggregateV3ClusterConfig {
  clusters: string[];
}

export interface EnvoyExtensionsClustersDynamicForwardProxyV3ClusterConfig {
  dnsCacheConfig: EnvoyExtensionsCommonDynamicForwardProxyV3DnsCacheConfig | null;
  subClustersConfig: EnvoyExtensionsClustersDynamicForwardProxyV3SubClustersConfig | null;
  allowInsecureClusterOptions: boolean;
  allowCoalescedConnections: boolean;
  /** Which of these fields is set. */
  readonly clusterImplementationSpecifier: "dnsCacheConfig" | "subClustersConfig" | undefined;
}

export interface EnvoyExtensionsClustersDynamicForwardProxyV3SubClustersConfig {
  lbPolicy: EnumNumber<"envoy.config.cluster.v3.Cluster.LbPolicy">;
  maxSubClusters: GoogleProtobufUInt32Value | null;
  subClusterTtl: GoogleProtobufDuration | null;
  preresolveClusters: EnvoyConfigCoreV3SocketAddress[];
}

export interface EnvoyExtensionsCommonDynamicForwardProxyV3DnsCacheCircuitBreakers {
  maxPendingRequests: GoogleProtobufUInt32Value | null;
}

export interface EnvoyExtensionsCommonDynamicForwardProxyV3DnsCacheConfig {
  name: string;
  dnsLookupFamily: EnumNumber<"envoy.config.cluster.v3.Cluster.DnsLookupFamily">;
  dnsRefreshRate: GoogleProtobufDuration | null;
  dnsMinRefreshRate: GoogleProtobufDuration | null;
  hostTtl: GoogleProtobufDuration | null;
  maxHosts: GoogleProtobufUInt32Value | null;
  dnsFailureRefreshRate: EnvoyConfigClusterV3Cluster_RefreshRate | null;
  dnsCacheCircuitBreaker: EnvoyExtensionsCommonDynamicForwardProxyV3DnsCacheCircuitBreakers | null;
  useTcpForDnsLookups: boolean;
  dnsResolutionConfig: EnvoyConfigCoreV3DnsResolutionConfig | null;
  typedDnsResolverConfig: EnvoyConfigCoreV3TypedExtensionConfig | null;
  preresolveHostnames: EnvoyConfigCoreV3SocketAddress[];
  dnsQueryTimeout: GoogleProtobufDuration | null;
  keyValueConfig: EnvoyConfigCommonKeyValueV3KeyValueStoreConfig | null;
}

export interface EnvoyExtensionsCommonMatchingV3ExtensionWithMatcher {
  matcher: EnvoyConfigCommonMatcherV3Matcher | null;
  xdsMatcher: XdsTypeMatcherV3Matcher | null;
  extensionConfig: EnvoyConfigCoreV3TypedExtensionConfig | null;
}

export interface EnvoyExtensionsCommonMatchingV3ExtensionWithMatcherPerRoute {
  xdsMatcher: XdsTypeMatcherV3Matcher | null;
}

export type EnvoyExtensionsCommonRatelimitV3LocalClusterRateLimit = Record<string, never>;

export interface EnvoyExtensionsCommonRatelimitV3LocalRateLimitDescriptor {
  entries: EnvoyExtensionsCommonRatelimitV3RateLimitDescriptor_Entry[];
  tokenBucket: EnvoyTypeV3TokenBucket | null;
}

export interface EnvoyExtensionsCommonRatelimitV3RateLimitDescriptor {
  entries: EnvoyExtensionsCommonRatelimitV3RateLimitDescriptor_Entry[];
  limit: EnvoyExtensionsCommonRatelimitV3RateLimitDescriptor_RateLimitOverride | null;
}

export interface EnvoyExtensionsCommonRatelimitV3RateLimitDescriptor_Entry {
  key: string;
  value: string;
}

export interface EnvoyExtensionsCommonRatelimitV3RateLimitDescriptor_RateLimitOverride {
  requestsPerUnit: number;
  unit: EnumNumber<"envoy.type.v3.RateLimitUnit">;
}

export interface EnvoyExtensionsCompressionBrotliCompressorV3Brotli {
  quality: GoogleProtobufUInt32Value | null;
  encoderMode: EnumNumber<"envoy.extensions.compression.brotli.compressor.v3.Brotli.EncoderMode">;
  windowBits: GoogleProtobufUInt32Value | null;
  inputBlockBits: GoogleProtobufUInt32Value | null;
  chunkSize: GoogleProtobufUInt32Value | null;
  disableLiteralContextModeling: boolean;
}

export interface EnvoyExtensionsCompressionBrotliDecompressorV3Brotli {
  disableRingBufferReallocation: boolean;
  chunkSize: GoogleProtobufUInt32Value | null;
}

export interface EnvoyExtensionsCompressionGzipCompressorV3Gzip {
  memoryLevel: GoogleProtobufUInt32Value | null;
  compressionLevel: EnumNumber<"envoy.extensions.compression.gzip.compressor.v3.Gzip.CompressionLevel">;
  compressionStrategy: EnumNumber<"envoy.extensions.compression.gzip.compressor.v3.Gzip.CompressionStrategy">;
  windowBits: GoogleProtobufUInt32Value | null;
  chunkSize: GoogleProtobufUInt32Value | null;
}

export interface EnvoyExtensionsCompressionGzipDecompressorV3Gzip {
  windowBits: GoogleProtobufUInt32Value | null;
  chunkSize: GoogleProtobufUInt32Value | null;
  maxInflateRatio: GoogleProtobufUInt32Value | null;
}

export interface EnvoyExtensionsCompressionZstdCompressorV3Zstd {
  compressionLevel: GoogleProtobufUInt32Value | null;
  enableChecksum: boolean;
  strategy: EnumNumber<"envoy.extensions.compression.zstd.compressor.v3.Zstd.Strategy">;
  dictionary: EnvoyConfigCoreV3DataSource | null;
  chunkSize: GoogleProtobufUInt32Value | null;
}

export interface EnvoyExtensionsCompressionZstdDecompressorV3Zstd {
  dictionaries: EnvoyConfigCoreV3DataSource[];
  chunkSize: GoogleProtobufUInt32Value | null;
}

export interface EnvoyExtensionsFiltersCommonFaultV3FaultDelay {
  fixedDelay: GoogleProtobufDuration | null;
  headerDelay: EnvoyExtensionsFiltersCommonFaultV3FaultDelay_HeaderDelay | null;
  percentage: EnvoyTypeV3FractionalPercent | null;
  /** Which of these fields is set. */
  readonly faultDelaySecifier: "fixedDelay" | "headerDelay" | undefined;
}

export type EnvoyExtensionsFiltersCommonFaultV3FaultDelay_HeaderDelay = Record<string, never>;

export interface EnvoyExtensionsFiltersCommonFaultV3FaultRateLimit {
  fixedLimit: EnvoyExtensionsFiltersCommonFaultV3FaultRateLimit_FixedLimit | null;
  headerLimit: EnvoyExtensionsFiltersCommonFaultV3FaultRateLimit_HeaderLimit | null;
  percentage: EnvoyTypeV3FractionalPercent | null;
  /** Which of these fields is set. */
  readonly limitType: "fixedLimit" | "headerLimit" | undefined;
}

export interface EnvoyExtensionsFiltersCommonFaultV3FaultRateLimit_FixedLimit {
  limitKbps: number;
}

export type EnvoyExtensionsFiltersCommonFaultV3FaultRateLimit_HeaderLimit = Record<string, never>;

export type EnvoyExtensionsFiltersCommonMatcherActionV3SkipFilter = Record<string, never>;

export interface EnvoyExtensionsFiltersCommonSetFilterStateV3FilterStateValue {
  objectKey: string;
  factoryKey: string;
  formatString: EnvoyConfigCoreV3SubstitutionFormatString | null;
  readOnly: boolean;
  sharedWithUpstream: EnumNumber<"envoy.extensions.filters.common.set_filter_state.v3.FilterStateValue.SharedWithUpstream">;
  skipIfEmpty: boolean;
  /** Which of these fields is set. */
  readonly key: "objectKey" | undefined;
  /** Which of these fields is set. */
  readonly value: "formatString" | undefined;
}

export interface EnvoyExtensionsFiltersHttpBufferV3Buffer {
  maxRequestBytes: GoogleProtobufUInt32Value | null;
}

export interface EnvoyExtensionsFiltersHttpBufferV3BufferPerRoute {
  disabled: boolean;
  buffer: EnvoyExtensionsFiltersHttpBufferV3Buffer | null;
  /** Which of these fields is set. */
  readonly override: "disabled" | "buffer" | undefined;
}

export type EnvoyExtensionsFiltersHttpCompositeV3Composite = Record<string, never>;

export interface EnvoyExtensionsFiltersHttpCompositeV3DynamicConfig {
  name: string;
  configDiscovery: EnvoyConfigCoreV3ExtensionConfigSource | null;
}

export interface EnvoyExtensionsFiltersHttpCompositeV3ExecuteFilterAction {
  typedConfig: EnvoyConfigCoreV3TypedExtensionConfig | null;
  dynamicConfig: EnvoyExtensionsFiltersHttpCompositeV3DynamicConfig | null;
  samplePercent: EnvoyConfigCoreV3RuntimeFractionalPercent | null;
}

export interface EnvoyExtensionsFiltersHttpCompressorV3Compressor {
  contentLength: GoogleProtobufUInt32Value | null;
  contentType: string[];
  disableOnEtagHeader: boolean;
  removeAcceptEncodingHeader: boolean;
  runtimeEnabled: EnvoyConfigCoreV3RuntimeFeatureFlag | null;
  compressorLibrary: EnvoyConfigCoreV3TypedExtensionConfig | null;
  requestDirectionConfig: EnvoyExtensionsFiltersHttpCompressorV3Compressor_RequestDirectionConfig | null;
  responseDirectionConfig: EnvoyExtensionsFiltersHttpCompressorV3Compressor_ResponseDirectionConfig | null;
  chooseFirst: boolean;
}

export interface EnvoyExtensionsFiltersHttpCompressorV3Compressor_CommonDirectionConfig {
  enabled: EnvoyConfigCoreV3RuntimeFeatureFlag | null;
  minContentLength: GoogleProtobufUInt32Value | null;
  contentType: string[];
}

export interface EnvoyExtensionsFiltersHttpCompressorV3Compressor_RequestDirectionConfig {
  commonConfig: EnvoyExtensionsFiltersHttpCompressorV3Compressor_CommonDirectionConfig | null;
}

export interface EnvoyExtensionsFiltersHttpCompressorV3Compressor_ResponseDirectionConfig {
  commonConfig: EnvoyExtensionsFiltersHttpCompressorV3Compressor_CommonDirectionConfig | null;
  disableOnEtagHeader: boolean;
  removeAcceptEncodingHeader: boolean;
}

export interface EnvoyExtensionsFiltersHttpCompressorV3CompressorOverrides {
  responseDirectionConfig: EnvoyExtensionsFiltersHttpCompressorV3ResponseDirectionOverrides | null;
}

export interface EnvoyExtensionsFiltersHttpCompressorV3CompressorPerRoute {
  disabled: boolean;
  overrides: EnvoyExtensionsFiltersHttpCompressorV3CompressorOverrides | null;
  /** Which of these fields is set. */
  readonly override: "disabled" | "overrides" | undefined;
}

export interface EnvoyExtensionsFiltersHttpCompressorV3ResponseDirectionOverrides {
  removeAcceptEncodingHeader: GoogleProtobufBoolValue | null;
}

export type EnvoyExtensionsFiltersHttpCorsV3Cors = Record<string, never>;

export interface EnvoyExtensionsFiltersHttpCorsV3CorsPolicy {
  allowOriginStringMatch: EnvoyTypeMatcherV3StringMatcher[];
  allowMethods: string;
  allowHeaders: string;
  exposeHeaders: string;
  maxAge: string;
  allowCredentials: GoogleProtobufBoolValue | null;
  filterEnabled: EnvoyConfigCoreV3RuntimeFractionalPercent | null;
  shadowEnabled: EnvoyConfigCoreV3RuntimeFractionalPercent | null;
  allowPrivateNetworkAccess: GoogleProtobufBoolValue | null;
  forwardNotMatchingPreflights: GoogleProtobufBoolValue | null;
}

export interface EnvoyExtensionsFiltersHttpCsrfV3CsrfPolicy {
  filterEnabled: EnvoyConfigCoreV3RuntimeFractionalPercent | null;
  shadowEnabled: EnvoyConfigCoreV3RuntimeFractionalPercent | null;
  additionalOrigins: EnvoyTypeMatcherV3StringMatcher[];
}

export interface EnvoyExtensionsFiltersHttpDecompressorV3Decompressor {
  decompressorLibrary: EnvoyConfigCoreV3TypedExtensionConfig | null;
  requestDirectionConfig: EnvoyExtensionsFiltersHttpDecompressorV3Decompressor_RequestDirectionConfig | null;
  responseDirectionConfig: EnvoyExtensionsFiltersHttpDecompressorV3Decompressor_ResponseDirectionConfig | null;
}

export interface EnvoyExtensionsFiltersHttpDecompressorV3Decompressor_CommonDirectionConfig {
  enabled: EnvoyConfigCoreV3RuntimeFeatureFlag | null;
  ignoreNoTransformHeader: boolean;
}

export interface EnvoyExtensionsFiltersHttpDecompressorV3Decompressor_RequestDirectionConfig {
  commonConfig: EnvoyExtensionsFiltersHttpDecompressorV3Decompressor_CommonDirectionConfig | null;
  advertiseAcceptEncoding: GoogleProtobufBoolValue | null;
}

export interface EnvoyExtensionsFiltersHttpDecompressorV3Decompressor_ResponseDirectionConfig {
  commonConfig: EnvoyExtensionsFiltersHttpDecompressorV3Decompressor_CommonDirectionConfig | null;
}

export interface EnvoyExtensionsFiltersHttpExtAuthzV3AuthorizationRequest {
  allowedHeaders: EnvoyTypeMatcherV3ListStringMatcher | null;
  headersToAdd: EnvoyConfigCoreV3HeaderValue[];
}

export interface EnvoyExtensionsFiltersHttpExtAuthzV3AuthorizationResponse {
  allowedUpstreamHeaders: EnvoyTypeMatcherV3ListStringMatcher | null;
  allowedUpstreamHeadersToAppend: EnvoyTypeMatcherV3ListStringMatcher | null;
  allowedClientHeaders: EnvoyTypeMatcherV3ListStringMatcher | null;
  allowedClientHeadersOnSuccess: EnvoyTypeMatcherV3ListStringMatcher | null;
  dynamicMetadataFromHeaders: EnvoyTypeMatcherV3ListStringMatcher | null;
}

export interface EnvoyExtensionsFiltersHttpExtAuthzV3BufferSettings {
  maxRequestBytes: number;
  allowPartialMessage: boolean;
  packAsBytes: boolean;
}

export interface EnvoyExtensionsFiltersHttpExtAuthzV3CheckSettings {
  contextExtensions: Record<string, string>;
  disableRequestBodyBuffering: boolean;
  withRequestBody: EnvoyExtensionsFiltersHttpExtAuthzV3BufferSettings | null;
}

export interface EnvoyExtensionsFiltersHttpExtAuthzV3ExtAuthz {
  grpcService: EnvoyConfigCoreV3GrpcService | null;
  httpService: EnvoyExtensionsFiltersHttpExtAuthzV3HttpService | null;
  transportApiVersion: EnumNumber<"envoy.config.core.v3.ApiVersion">;
  failureModeAllow: boolean;
  failureModeAllowHeaderAdd: boolean;
  withRequestBody: EnvoyExtensionsFiltersHttpExtAuthzV3BufferSettings | null;
  clearRouteCache: boolean;
  statusOnError: EnvoyTypeV3HttpStatus | null;
  validateMutations: boolean;
  metadataContextNamespaces: string[];
  typedMetadataContextNamespaces: string[];
  routeMetadataContextNamespaces: string[];
  routeTypedMetadataContextNamespaces: string[];
  filterEnabled: EnvoyConfigCoreV3RuntimeFractionalPercent | null;
  filterEnabledMetadata: EnvoyTypeMatcherV3MetadataMatcher | null;
  denyAtDisable: EnvoyConfigCoreV3RuntimeFeatureFlag | null;
  includePeerCertificate: boolean;
  statPrefix: string;
  bootstrapMetadataLabelsKey: string;
  allowedHeaders: EnvoyTypeMatcherV3ListStringMatcher | null;
  disallowedHeaders: EnvoyTypeMatcherV3ListStringMatcher | null;
  includeTlsSession: boolean;
  chargeClusterResponseStats: GoogleProtobufBoolValue | null;
  encodeRawHeaders: boolean;
  decoderHeaderMutationRules: EnvoyConfigCommonMutationRulesV3HeaderMutationRules | null;
  enableDynamicMetadataIngestion: GoogleProtobufBoolValue | null;
  /** Which of these fields is set. */
  readonly services: "grpcService" | "httpService" | undefined;
}

export interface EnvoyExtensionsFiltersHttpExtAuthzV3ExtAuthzPerRoute {
  disabled: boolean;
  checkSettings: EnvoyExtensionsFiltersHttpExtAuthzV3CheckSettings | null;
  /** Which of these fields is set. */
  readonly override: "disabled" | "checkSettings" | undefined;
}

export interface EnvoyExtensionsFiltersHttpExtAuthzV3HttpService {
  serverUri: EnvoyConfigCoreV3HttpUri | null;
  pathPrefix: string;
  authorizationRequest: EnvoyExtensionsFiltersHttpExtAuthzV3AuthorizationRequest | null;
  authorizationResponse: EnvoyExtensionsFiltersHttpExtAuthzV3AuthorizationResponse | null;
}

export interface EnvoyExtensionsFiltersHttpFaultV3FaultAbort {
  httpStatus: number;
  grpcStatus: number;
  headerAbort: EnvoyExtensionsFiltersHttpFaultV3FaultAbort_HeaderAbort | null;
  percentage: EnvoyTypeV3FractionalPercent | null;
  /** Which of these fields is set. */
  readonly errorType: "httpStatus" | "grpcStatus" | "headerAbort" | undefined;
}

export type EnvoyExtensionsFiltersHttpFaultV3FaultAbort_HeaderAbort = Record<string, never>;

export interface EnvoyExtensionsFiltersHttpFaultV3HTTPFault {
  delay: EnvoyExtensionsFiltersCommonFaultV3FaultDelay | null;
  abort: EnvoyExtensionsFiltersHttpFaultV3FaultAbort | null;
  upstreamCluster: string;
  headers: EnvoyConfigRouteV3HeaderMatcher[];
  downstreamNodes: string[];
  maxActiveFaults: GoogleProtobufUInt32Value | null;
  responseRateLimit: EnvoyExtensionsFiltersCommonFaultV3FaultRateLimit | null;
  delayPercentRuntime: string;
  abortPercentRuntime: string;
  delayDurationRuntime: string;
  abortHttpStatusRuntime: string;
  maxActiveFaultsRuntime: string;
  responseRateLimitPercentRuntime: string;
  abortGrpcStatusRuntime: string;
  disableDownstreamClusterStats: boolean;
  filterMetadata: GoogleProtobufStruct | null;
}

export interface EnvoyExtensionsFiltersHttpGrpcStatsV3FilterConfig {
  emitFilterState: boolean;
  individualMethodStatsAllowlist: EnvoyConfigCoreV3GrpcMethodList | null;
  statsForAllMethods: GoogleProtobufBoolValue | null;
  enableUpstreamStats: boolean;
  replaceDotsInGrpcServiceName: boolean;
  /** Which of these fields is set. */
  readonly perMethodStatSpecifier: "individualMethodStatsAllowlist" | "statsForAllMethods" | undefined;
}

export interface EnvoyExtensionsFiltersHttpGrpcStatsV3FilterObject {
  requestMessageCount: number;
  responseMessageCount: number;
}

export type EnvoyExtensionsFiltersHttpGrpcWebV3GrpcWeb = Record<string, never>;

export interface EnvoyExtensionsFiltersHttpHeaderMutationV3HeaderMutation {
  mutations: EnvoyExtensionsFiltersHttpHeaderMutationV3Mutations | null;
  mostSpecificHeaderMutationsWins: boolean;
}

export interface EnvoyExtensionsFiltersHttpHeaderMutationV3HeaderMutationPerRoute {
  mutations: EnvoyExtensionsFiltersHttpHeaderMutationV3Mutations | null;
}

export interface EnvoyExtensionsFiltersHttpHeaderMutationV3Mutations {
  requestMutations: EnvoyConfigCommonMutationRulesV3HeaderMutation[];
  responseMutations: EnvoyConfigCommonMutationRulesV3HeaderMutation[];
}

export interface EnvoyExtensionsFiltersHttpHeaderToMetadataV3Config {
  requestRules: EnvoyExtensionsFiltersHttpHeaderToMetadataV3Config_Rule[];
  responseRules: EnvoyExtensionsFiltersHttpHeaderToMetadataV3Config_Rule[];
}

export interface EnvoyExtensionsFiltersHttpHeaderToMetadataV3Config_KeyValuePair {
  metadataNamespace: string;
  key: string;
  value: string;
  regexValueRewrite: EnvoyTypeMatcherV3RegexMatchAndSubstitute | null;
  type: EnumNumber<"envoy.extensions.filters.http.header_to_metadata.v3.Config.ValueType">;
  encode: EnumNumber<"envoy.extensions.filters.http.header_to_metadata.v3.Config.ValueEncode">;
}

export interface EnvoyExtensionsFiltersHttpHeaderToMetadataV3Config_Rule {
  header: string;
  cookie: string;
  onHeaderPresent: EnvoyExtensionsFiltersHttpHeaderToMetadataV3Config_KeyValuePair | null;
  onHeaderMissing: EnvoyExtensionsFiltersHttpHeaderToMetadataV3Config_KeyValuePair | null;
  remove: boolean;
}

export interface EnvoyExtensionsFiltersHttpHealthCheckV3HealthCheck {
  passThroughMode: GoogleProtobufBoolValue | null;
  cacheTime: GoogleProtobufDuration | null;
  clusterMinHealthyPercentages: Record<string, EnvoyTypeV3Percent>;
  headers: EnvoyConfigRouteV3HeaderMatcher[];
}

export interface EnvoyExtensionsFiltersHttpJwtAuthnV3FilterStateRule {
  name: string;
  requires: Record<string, EnvoyExtensionsFiltersHttpJwtAuthnV3JwtRequirement>;
}

export interface EnvoyExtensionsFiltersHttpJwtAuthnV3JwksAsyncFetch {
  fastListener: boolean;
  failedRefetchDuration: GoogleProtobufDuration | null;
}

export interface EnvoyExtensionsFiltersHttpJwtAuthnV3JwtAuthentication {
  providers: Record<string, EnvoyExtensionsFiltersHttpJwtAuthnV3JwtProvider>;
  rules: EnvoyExtensionsFiltersHttpJwtAuthnV3RequirementRule[];
  filterStateRules: EnvoyExtensionsFiltersHttpJwtAuthnV3FilterStateRule | null;
  bypassCorsPreflight: boolean;
  requirementMap: Record<string, EnvoyExtensionsFiltersHttpJwtAuthnV3JwtRequirement>;
  stripFailureResponse: boolean;
}

export interface EnvoyExtensionsFiltersHttpJwtAuthnV3JwtCacheConfig {
  jwtCacheSize: number;
}

export interface EnvoyExtensionsFiltersHttpJwtAuthnV3JwtClaimToHeader {
  headerName: string;
  claimName: string;
}

export interface EnvoyExtensionsFiltersHttpJwtAuthnV3JwtHeader {
  name: string;
  valuePrefix: string;
}

export interface EnvoyExtensionsFiltersHttpJwtAuthnV3JwtProvider {
  issuer: string;
  audiences: string[];
  subjects: EnvoyTypeMatcherV3StringMatcher | null;
  requireExpiration: boolean;
  maxLifetime: GoogleProtobufDuration | null;
  remoteJwks: EnvoyExtensionsFiltersHttpJwtAuthnV3RemoteJwks | null;
  localJwks: EnvoyConfigCoreV3DataSource | null;
  forward: boolean;
  fromHeaders: EnvoyExtensionsFiltersHttpJwtAuthnV3JwtHeader[];
  fromParams: string[];
  fromCookies: string[];
  forwardPayloadHeader: string;
  padForwardPayloadHeader: boolean;
  payloadInMetadata: string;
  normalizePayloadInMetadata: EnvoyExtensionsFiltersHttpJwtAuthnV3JwtProvider_NormalizePayload | null;
  headerInMetadata: string;
  failedStatusInMetadata: string;
  clockSkewSeconds: number;
  jwtCacheConfig: EnvoyExtensionsFiltersHttpJwtAuthnV3JwtCacheConfig | null;
  claimToHeaders: EnvoyExtensionsFiltersHttpJwtAuthnV3JwtClaimToHeader[];
  clearRouteCache: boolean;
  /** Which of these fields is set. */
  readonly jwksSourceSpecifier: "remoteJwks" | "localJwks" | undefined;
}

export interface EnvoyExtensionsFiltersHttpJwtAuthnV3JwtProvider_NormalizePayload {
  spaceDelimitedClaims: string[];
}

export interface EnvoyExtensionsFiltersHttpJwtAuthnV3JwtRequirement {
  providerName: string;
  providerAndAudiences: EnvoyExtensionsFiltersHttpJwtAuthnV3ProviderWithAudiences | null;
  requiresAny: EnvoyExtensionsFiltersHttpJwtAuthnV3JwtRequirementOrList | null;
  requiresAll: EnvoyExtensionsFiltersHttpJwtAuthnV3JwtRequirementAndList | null;
  allowMissingOrFailed: GoogleProtobufEmpty | null;
  allowMissing: GoogleProtobufEmpty | null;
  /** Which of these fields is set. */
  readonly requiresType: "providerName" | "providerAndAudiences" | "requiresAny" | "requiresAll" | "allowMissingOrFailed" | "allowMissing" | undefined;
}

export interface EnvoyExtensionsFiltersHttpJwtAuthnV3JwtRequirementAndList {
  requirements: EnvoyExtensionsFiltersHttpJwtAuthnV3JwtRequirement[];
}

export interface EnvoyExtensionsFiltersHttpJwtAuthnV3JwtRequirementOrList {
  requirements: EnvoyExtensionsFiltersHttpJwtAuthnV3JwtRequirement[];
}

export interface EnvoyExtensionsFiltersHttpJwtAuthnV3PerRouteConfig {
  disabled: boolean;
  requirementName: string;
  /** Which of these fields is set. */
  readonly requirementSpecifier: "disabled" | "requirementName" | undefined;
}

export interface EnvoyExtensionsFiltersHttpJwtAuthnV3ProviderWithAudiences {
  providerName: string;
  audiences: string[];
}

export interface EnvoyExtensionsFiltersHttpJwtAuthnV3RemoteJwks {
  httpUri: EnvoyConfigCoreV3HttpUri | null;
  cacheDuration: GoogleProtobufDuration | null;
  asyncFetch: EnvoyExtensionsFiltersHttpJwtAuthnV3JwksAsyncFetch | null;
  retryPolicy: EnvoyConfigCoreV3RetryPolicy | null;
}

export interface EnvoyExtensionsFiltersHttpJwtAuthnV3RequirementRule {
  match: EnvoyConfigRouteV3RouteMatch | null;
  requires: EnvoyExtensionsFiltersHttpJwtAuthnV3JwtRequirement | null;
  requirementName: string;
  /** Which of these fields is set. */
  readonly requirementType: "requires" | "requirementName" | undefined;
}

export interface EnvoyExtensionsFiltersHttpLocalRatelimitV3LocalRateLimit {
  statPrefix: string;
  status: EnvoyTypeV3HttpStatus | null;
  tokenBucket: EnvoyTypeV3TokenBucket | null;
  filterEnabled: EnvoyConfigCoreV3RuntimeFractionalPercent | null;
  filterEnforced: EnvoyConfigCoreV3RuntimeFractionalPercent | null;
  requestHeadersToAddWhenNotEnforced: EnvoyConfigCoreV3HeaderValueOption[];
  responseHeadersToAdd: EnvoyConfigCoreV3HeaderValueOption[];
  descriptors: EnvoyExtensionsCommonRatelimitV3LocalRateLimitDescriptor[];
  stage: number;
  localRateLimitPerDownstreamConnection: boolean;
  localClusterRateLimit: EnvoyExtensionsCommonRatelimitV3LocalClusterRateLimit | null;
  enableXRatelimitHeaders: EnumNumber<"envoy.extensions.common.ratelimit.v3.XRateLimitHeadersRFCVersion">;
  vhRateLimits: EnumNumber<"envoy.extensions.common.ratelimit.v3.VhRateLimitsOptions">;
  alwaysConsumeDefaultTokenBucket: GoogleProtobufBoolValue | null;
  rateLimitedAsResourceExhausted: boolean;
}

export interface EnvoyExtensionsFiltersHttpLuaV3Lua {
  inlineCode: string;
  sourceCodes: Record<string, EnvoyConfigCoreV3DataSource>;
  defaultSourceCode: EnvoyConfigCoreV3DataSource | null;
  statPrefix: string;
}

export interface EnvoyExtensionsFiltersHttpLuaV3LuaPerRoute {
  disabled: boolean;
  name: string;
  sourceCode: EnvoyConfigCoreV3DataSource | null;
  /** Which of these fields is set. */
  readonly override: "disabled" | "name" | "sourceCode" | undefined;
}

export interface EnvoyExtensionsFiltersHttpOnDemandV3OnDemand {
  odcds: EnvoyExtensionsFiltersHttpOnDemandV3OnDemandCds | null;
}

export interface EnvoyExtensionsFiltersHttpOnDemandV3OnDemandCds {
  source: EnvoyConfigCoreV3ConfigSource | null;
  resourcesLocator: string;
  timeout: GoogleProtobufDuration | null;
}

export interface EnvoyExtensionsFiltersHttpOnDemandV3PerRouteConfig {
  odcds: EnvoyExtensionsFiltersHttpOnDemandV3OnDemandCds | null;
}

export interface EnvoyExtensionsFiltersHttpRatelimitV3RateLimit {
  domain: string;
  stage: number;
  requestType: string;
  timeout: GoogleProtobufDuration | null;
  failureModeDeny: boolean;
  rateLimitedAsResourceExhausted: boolean;
  rateLimitService: EnvoyConfigRatelimitV3RateLimitServiceConfig | null;
  enableXRatelimitHeaders: EnumNumber<"envoy.extensions.filters.http.ratelimit.v3.RateLimit.XRateLimitHeadersRFCVersion">;
  disableXEnvoyRatelimitedHeader: boolean;
  rateLimitedStatus: EnvoyTypeV3HttpStatus | null;
  responseHeadersToAdd: EnvoyConfigCoreV3HeaderValueOption[];
  statusOnError: EnvoyTypeV3HttpStatus | null;
  statPrefix: string;
}

export interface EnvoyExtensionsFiltersHttpRatelimitV3RateLimitConfig {
  stage: number;
  disableKey: string;
  actions: EnvoyExtensionsFiltersHttpRatelimitV3RateLimitConfig_Action[];
  limit: EnvoyExtensionsFiltersHttpRatelimitV3RateLimitConfig_Override | null;
}

export interface EnvoyExtensionsFiltersHttpRatelimitV3RateLimitConfig_Action {
  sourceCluster: EnvoyExtensionsFiltersHttpRatelimitV3RateLimitConfig_Action_SourceCluster | null;
  destinationCluster: EnvoyExtensionsFiltersHttpRatelimitV3RateLimitConfig_Action_DestinationCluster | null;
  requestHeaders: EnvoyExtensionsFiltersHttpRatelimitV3RateLimitConfig_Action_RequestHeaders | null;
  remoteAddress: EnvoyExtensionsFiltersHttpRatelimitV3RateLimitConfig_Action_RemoteAddress | null;
  genericKey: EnvoyExtensionsFiltersHttpRatelimitV3RateLimitConfig_Action_GenericKey | null;
  headerValueMatch: EnvoyExtensionsFiltersHttpRatelimitV3RateLimitConfig_Action_HeaderValueMatch | null;
  metadata: EnvoyExtensionsFiltersHttpRatelimitV3RateLimitConfig_Action_MetaData | null;
  extension: EnvoyConfigCoreV3TypedExtensionConfig | null;
  /** Which of these fields is set. */
  readonly actionSpecifier: "sourceCluster" | "destinationCluster" | "requestHeaders" | "remoteAddress" | "genericKey" | "headerValueMatch" | "metadata" | "extension" | undefined;
}

export type EnvoyExtensionsFiltersHttpRatelimitV3RateLimitConfig_Action_DestinationCluster = Record<string, never>;

export interface EnvoyExtensionsFiltersHttpRatelimitV3RateLimitConfig_Action_GenericKey {
  descriptorValue: string;
  descriptorKey: string;
}

export interface EnvoyExtensionsFiltersHttpRatelimitV3RateLimitConfig_Action_HeaderValueMatch {
  descriptorValue: string;
  expectMatch: boolean;
  headers: EnvoyConfigRouteV3HeaderMatcher[];
}

export interface EnvoyExtensionsFiltersHttpRatelimitV3RateLimitConfig_Action_MetaData {
  descriptorKey: string;
  metadataKey: EnvoyTypeMetadataV3MetadataKey | null;
  defaultValue: string;
  source: EnumNumber<"envoy.extensions.filters.http.ratelimit.v3.RateLimitConfig.Action.MetaData.Source">;
  skipIfAbsent: boolean;
}

export type EnvoyExtensionsFiltersHttpRatelimitV3RateLimitConfig_Action_RemoteAddress = Record<string, never>;

export interface EnvoyExtensionsFiltersHttpRatelimitV3RateLimitConfig_Action_RequestHeaders {
  headerName: string;
  descriptorKey: string;
  skipIfAbsent: boolean;
}

export type EnvoyExtensionsFiltersHttpRatelimitV3RateLimitConfig_Action_SourceCluster = Record<string, never>;

export interface EnvoyExtensionsFiltersHttpRatelimitV3RateLimitConfig_Override {
  dynamicMetadata: EnvoyExtensionsFiltersHttpRatelimitV3RateLimitConfig_Override_DynamicMetadata | null;
  /** Which of these fields is set. */
  readonly overrideSpecifier: "dynamicMetadata" | undefined;
}

export interface EnvoyExtensionsFiltersHttpRatelimitV3RateLimitConfig_Override_DynamicMetadata {
  metadataKey: EnvoyTypeMetadataV3MetadataKey | null;
}

export interface EnvoyExtensionsFiltersHttpRatelimitV3RateLimitPerRoute {
  vhRateLimits: EnumNumber<"envoy.extensions.filters.http.ratelimit.v3.RateLimitPerRoute.VhRateLimitsOptions">;
  overrideOption: EnumNumber<"envoy.extensions.filters.http.ratelimit.v3.RateLimitPerRoute.OverrideOptions">;
  rateLimits: EnvoyExtensionsFiltersHttpRatelimitV3RateLimitConfig[];
  domain: string;
}

export interface EnvoyExtensionsFiltersHttpRbacV3RBAC {
  rules: EnvoyConfigRbacV3RBAC | null;
  rulesStatPrefix: string;
  matcher: XdsTypeMatcherV3Matcher | null;
  shadowRules: EnvoyConfigRbacV3RBAC | null;
  shadowMatcher: XdsTypeMatcherV3Matcher | null;
  shadowRulesStatPrefix: string;
  trackPerRuleStats: boolean;
}

export interface EnvoyExtensionsFiltersHttpRbacV3RBACPerRoute {
  rbac: EnvoyExtensionsFiltersHttpRbacV3RBAC | null;
}

export interface EnvoyExtensionsFiltersHttpRouterV3Router {
  dynamicStats: GoogleProtobufBoolValue | null;
  startChildSpan: boolean;
  upstreamLog: EnvoyConfigAccesslogV3AccessLog[];
  upstreamLogOptions: EnvoyExtensionsFiltersHttpRouterV3Router_UpstreamAccessLogOptions | null;
  suppressEnvoyHeaders: boolean;
  strictCheckHeaders: string[];
  respectExpectedRqTimeout: boolean;
  suppressGrpcRequestFailureCodeStats: boolean;
  upstreamHttpFilters: EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3HttpFilter[];
}

export interface EnvoyExtensionsFiltersHttpRouterV3Router_UpstreamAccessLogOptions {
  flushUpstreamLogOnUpstreamStream: boolean;
  upstreamLogFlushInterval: GoogleProtobufDuration | null;
}

export interface EnvoyExtensionsFiltersHttpSetFilterStateV3Config {
  onRequestHeaders: EnvoyExtensionsFiltersCommonSetFilterStateV3FilterStateValue[];
}

export interface EnvoyExtensionsFiltersHttpSetMetadataV3Config {
  metadataNamespace: string;
  value: GoogleProtobufStruct | null;
  metadata: EnvoyExtensionsFiltersHttpSetMetadataV3Metadata[];
}

export interface EnvoyExtensionsFiltersHttpSetMetadataV3Metadata {
  metadataNamespace: string;
  allowOverwrite: boolean;
  value: GoogleProtobufStruct | null;
  typedValue: GoogleProtobufAny | null;
}

export interface EnvoyExtensionsFiltersHttpStatefulSessionV3StatefulSession {
  sessionState: EnvoyConfigCoreV3TypedExtensionConfig | null;
  strict: boolean;
}

export interface EnvoyExtensionsFiltersHttpStatefulSessionV3StatefulSessionPerRoute {
  disabled: boolean;
  statefulSession: EnvoyExtensionsFiltersHttpStatefulSessionV3StatefulSession | null;
  /** Which of these fields is set. */
  readonly override: "disabled" | "statefulSession" | undefined;
}

export type EnvoyExtensionsFiltersHttpUpstreamCodecV3UpstreamCodec = Record<string, never>;

export interface EnvoyExtensionsFiltersHttpWasmV3Wasm {
  config: EnvoyExtensionsWasmV3PluginConfig | null;
}

export type EnvoyExtensionsFiltersListenerHttpInspectorV3HttpInspector = Record<string, never>;

export interface EnvoyExtensionsFiltersListenerLocalRatelimitV3LocalRateLimit {
  statPrefix: string;
  tokenBucket: EnvoyTypeV3TokenBucket | null;
  runtimeEnabled: EnvoyConfigCoreV3RuntimeFeatureFlag | null;
}

export type EnvoyExtensionsFiltersListenerOriginalDstV3OriginalDst = Record<string, never>;

export interface EnvoyExtensionsFiltersListenerOriginalSrcV3OriginalSrc {
  bindPort: boolean;
  mark: number;
}

export interface EnvoyExtensionsFiltersListenerProxyProtocolV3ProxyProtocol {
  rules: EnvoyExtensionsFiltersListenerProxyProtocolV3ProxyProtocol_Rule[];
  allowRequestsWithoutProxyProtocol: boolean;
  passThroughTlvs: EnvoyConfigCoreV3ProxyProtocolPassThroughTLVs | null;
  disallowedVersions: EnumNumber<"envoy.config.core.v3.ProxyProtocolConfig.Version">[];
  statPrefix: string;
}

export interface EnvoyExtensionsFiltersListenerProxyProtocolV3ProxyProtocol_KeyValuePair {
  metadataNamespace: string;
  key: string;
}

export interface EnvoyExtensionsFiltersListenerProxyProtocolV3ProxyProtocol_Rule {
  tlvType: number;
  onTlvPresent: EnvoyExtensionsFiltersListenerProxyProtocolV3ProxyProtocol_KeyValuePair | null;
}

export interface EnvoyExtensionsFiltersListenerTlsInspectorV3TlsInspector {
  enableJa3Fingerprinting: GoogleProtobufBoolValue | null;
  initialReadBufferSize: GoogleProtobufUInt32Value | null;
}

export interface EnvoyExtensionsFiltersNetworkConnectionLimitV3ConnectionLimit {
  statPrefix: string;
  maxConnections: GoogleProtobufUInt64Value | null;
  delay: GoogleProtobufDuration | null;
  runtimeEnabled: EnvoyConfigCoreV3RuntimeFeatureFlag | null;
}

export interface EnvoyExtensionsFiltersNetworkDirectResponseV3Config {
  response: EnvoyConfigCoreV3DataSource | null;
}

export type EnvoyExtensionsFiltersNetworkDubboProxyRouterV3Router = Record<string, never>;

export interface EnvoyExtensionsFiltersNetworkDubboProxyV3Drds {
  configSource: EnvoyConfigCoreV3ConfigSource | null;
  routeConfigName: string;
}

export interface EnvoyExtensionsFiltersNetworkDubboProxyV3DubboFilter {
  name: string;
  config: GoogleProtobufAny | null;
}

export interface EnvoyExtensionsFiltersNetworkDubboProxyV3DubboProxy {
  statPrefix: string;
  protocolType: EnumNumber<"envoy.extensions.filters.network.dubbo_proxy.v3.ProtocolType">;
  serializationType: EnumNumber<"envoy.extensions.filters.network.dubbo_proxy.v3.SerializationType">;
  routeConfig: EnvoyExtensionsFiltersNetworkDubboProxyV3RouteConfiguration[];
  drds: EnvoyExtensionsFiltersNetworkDubboProxyV3Drds | null;
  multipleRouteConfig: EnvoyExtensionsFiltersNetworkDubboProxyV3MultipleRouteConfiguration | null;
  dubboFilters: EnvoyExtensionsFiltersNetworkDubboProxyV3DubboFilter[];
  /** Which of these fields is set. */
  readonly routeSpecifier: "drds" | "multipleRouteConfig" | undefined;
}

export interface EnvoyExtensionsFiltersNetworkDubboProxyV3MethodMatch {
  name: EnvoyTypeMatcherV3StringMatcher | null;
  paramsMatch: Record<string, EnvoyExtensionsFiltersNetworkDubboProxyV3MethodMatch_ParameterMatchSpecifier>;
}

export interface EnvoyExtensionsFiltersNetworkDubboProxyV3MethodMatch_ParameterMatchSpecifier {
  exactMatch: string;
  rangeMatch: EnvoyTypeV3Int64Range | null;
  /** Which of these fields is set. */
  readonly parameterMatchSpecifier: "exactMatch" | "rangeMatch" | undefined;
}

export interface EnvoyExtensionsFiltersNetworkDubboProxyV3MultipleRouteConfiguration {
  name: string;
  routeConfig: EnvoyExtensionsFiltersNetworkDubboProxyV3RouteConfiguration[];
}

export interface EnvoyExtensionsFiltersNetworkDubboProxyV3Route {
  match: EnvoyExtensionsFiltersNetworkDubboProxyV3RouteMatch | null;
  route: EnvoyExtensionsFiltersNetworkDubboProxyV3RouteAction | null;
}

export interface EnvoyExtensionsFiltersNetworkDubboProxyV3RouteAction {
  cluster: string;
  weightedClusters: EnvoyConfigRouteV3WeightedCluster | null;
  metadataMatch: EnvoyConfigCoreV3Metadata | null;
  /** Which of these fields is set. */
  readonly clusterSpecifier: "cluster" | "weightedClusters" | undefined;
}

export interface EnvoyExtensionsFiltersNetworkDubboProxyV3RouteConfiguration {
  name: string;
  interface: string;
  group: string;
  version: string;
  routes: EnvoyExtensionsFiltersNetworkDubboProxyV3Route[];
}

export interface EnvoyExtensionsFiltersNetworkDubboProxyV3RouteMatch {
  method: EnvoyExtensionsFiltersNetworkDubboProxyV3MethodMatch | null;
  headers: EnvoyConfigRouteV3HeaderMatcher[];
}

export type EnvoyExtensionsFiltersNetworkEchoV3Echo = Record<string, never>;

export interface EnvoyExtensionsFiltersNetworkExtAuthzV3ExtAuthz {
  statPrefix: string;
  grpcService: EnvoyConfigCoreV3GrpcService | null;
  failureModeAllow: boolean;
  includePeerCertificate: boolean;
  transportApiVersion: EnumNumber<"envoy.config.core.v3.ApiVersion">;
  filterEnabledMetadata: EnvoyTypeMatcherV3MetadataMatcher | null;
  bootstrapMetadataLabelsKey: string;
  includeTlsSession: boolean;
}

export interface EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3EnvoyMobileHttpConnectionManager {
  config: EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3HttpConnectionManager | null;
}

export interface EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3HttpConnectionManager {
  codecType: EnumNumber<"envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.CodecType">;
  statPrefix: string;
  rds: EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3Rds | null;
  routeConfig: EnvoyConfigRouteV3RouteConfiguration | null;
  scopedRoutes: EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3ScopedRoutes | null;
  httpFilters: EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3HttpFilter[];
  addUserAgent: GoogleProtobufBoolValue | null;
  tracing: EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3HttpConnectionManager_Tracing | null;
  commonHttpProtocolOptions: EnvoyConfigCoreV3HttpProtocolOptions | null;
  httpProtocolOptions: EnvoyConfigCoreV3Http1ProtocolOptions | null;
  http2ProtocolOptions: EnvoyConfigCoreV3Http2ProtocolOptions | null;
  http3ProtocolOptions: EnvoyConfigCoreV3Http3ProtocolOptions | null;
  serverName: string;
  serverHeaderTransformation: EnumNumber<"envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.ServerHeaderTransformation">;
  schemeHeaderTransformation: EnvoyConfigCoreV3SchemeHeaderTransformation | null;
  maxRequestHeadersKb: GoogleProtobufUInt32Value | null;
  streamIdleTimeout: GoogleProtobufDuration | null;
  requestTimeout: GoogleProtobufDuration | null;
  requestHeadersTimeout: GoogleProtobufDuration | null;
  drainTimeout: GoogleProtobufDuration | null;
  delayedCloseTimeout: GoogleProtobufDuration | null;
  accessLog: EnvoyConfigAccesslogV3AccessLog[];
  accessLogFlushInterval: GoogleProtobufDuration | null;
  flushAccessLogOnNewRequest: boolean;
  accessLogOptions: EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3HttpConnectionManager_HcmAccessLogOptions | null;
  useRemoteAddress: GoogleProtobufBoolValue | null;
  xffNumTrustedHops: number;
  originalIpDetectionExtensions: EnvoyConfigCoreV3TypedExtensionConfig[];
  earlyHeaderMutationExtensions: EnvoyConfigCoreV3TypedExtensionConfig[];
  internalAddressConfig: EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3HttpConnectionManager_InternalAddressConfig | null;
  skipXffAppend: boolean;
  via: string;
  generateRequestId: GoogleProtobufBoolValue | null;
  preserveExternalRequestId: boolean;
  alwaysSetRequestIdInResponse: boolean;
  forwardClientCertDetails: EnumNumber<"envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.ForwardClientCertDetails">;
  setCurrentClientCertDetails: EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3HttpConnectionManager_SetCurrentClientCertDetails | null;
  proxy100Continue: boolean;
  representIpv4RemoteAddressAsIpv4MappedIpv6: boolean;
  upgradeConfigs: EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3HttpConnectionManager_UpgradeConfig[];
  normalizePath: GoogleProtobufBoolValue | null;
  mergeSlashes: boolean;
  pathWithEscapedSlashesAction: EnumNumber<"envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.PathWithEscapedSlashesAction">;
  requestIdExtension: EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3RequestIDExtension | null;
  localReplyConfig: EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3LocalReplyConfig | null;
  stripMatchingHostPort: boolean;
  stripAnyHostPort: boolean;
  streamErrorOnInvalidHttpMessage: GoogleProtobufBoolValue | null;
  pathNormalizationOptions: EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3HttpConnectionManager_PathNormalizationOptions | null;
  stripTrailingHostDot: boolean;
  proxyStatusConfig: EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3HttpConnectionManager_ProxyStatusConfig | null;
  typedHeaderValidationConfig: EnvoyConfigCoreV3TypedExtensionConfig | null;
  appendXForwardedPort: boolean;
  appendLocalOverload: boolean;
  addProxyProtocolConnectionState: GoogleProtobufBoolValue | null;
  /** Which of these fields is set. */
  readonly routeSpecifier: "rds" | "routeConfig" | "scopedRoutes" | undefined;
  /** Which of these fields is set. */
  readonly stripPortMode: "stripAnyHostPort" | undefined;
}

export interface EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3HttpConnectionManager_HcmAccessLogOptions {
  accessLogFlushInterval: GoogleProtobufDuration | null;
  flushAccessLogOnNewRequest: boolean;
  flushLogOnTunnelSuccessfullyEstablished: boolean;
}

export interface EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3HttpConnectionManager_InternalAddressConfig {
  unixSockets: boolean;
  cidrRanges: EnvoyConfigCoreV3CidrRange[];
}

export interface EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3HttpConnectionManager_PathNormalizationOptions {
  forwardingTransformation: EnvoyTypeHttpV3PathTransformation | null;
  httpFilterTransformation: EnvoyTypeHttpV3PathTransformation | null;
}

export interface EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3HttpConnectionManager_ProxyStatusConfig {
  removeDetails: boolean;
  removeConnectionTerminationDetails: boolean;
  removeResponseFlags: boolean;
  setRecommendedResponseCode: boolean;
  useNodeId: boolean;
  literalProxyName: string;
  /** Which of these fields is set. */
  readonly proxyName: "useNodeId" | "literalProxyName" | undefined;
}

export interface EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3HttpConnectionManager_SetCurrentClientCertDetails {
  subject: GoogleProtobufBoolValue | null;
  cert: boolean;
  chain: boolean;
  dns: boolean;
  uri: boolean;
}

export interface EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3HttpConnectionManager_Tracing {
  clientSampling: EnvoyTypeV3Percent | null;
  randomSampling: EnvoyTypeV3Percent | null;
  overallSampling: EnvoyTypeV3Percent | null;
  verbose: boolean;
  maxPathTagLength: GoogleProtobufUInt32Value | null;
  customTags: EnvoyTypeTracingV3CustomTag[];
  provider: EnvoyConfigTraceV3Tracing_Http | null;
  spawnUpstreamSpan: GoogleProtobufBoolValue | null;
}

export interface EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3HttpConnectionManager_UpgradeConfig {
  upgradeType: string;
  filters: EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3HttpFilter[];
  enabled: GoogleProtobufBoolValue | null;
}

export interface EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3HttpFilter {
  name: string;
  typedConfig: GoogleProtobufAny | null;
  configDiscovery: EnvoyConfigCoreV3ExtensionConfigSource | null;
  isOptional: boolean;
  disabled: boolean;
  /** Which of these fields is set. */
  readonly configType: "typedConfig" | "configDiscovery" | undefined;
}

export interface EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3LocalReplyConfig {
  mappers: EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3ResponseMapper[];
  bodyFormat: EnvoyConfigCoreV3SubstitutionFormatString | null;
}

export interface EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3Rds {
  configSource: EnvoyConfigCoreV3ConfigSource | null;
  routeConfigName: string;
}

export interface EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3RequestIDExtension {
  typedConfig: GoogleProtobufAny | null;
}

export interface EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3ResponseMapper {
  filter: EnvoyConfigAccesslogV3AccessLogFilter | null;
  statusCode: GoogleProtobufUInt32Value | null;
  body: EnvoyConfigCoreV3DataSource | null;
  bodyFormatOverride: EnvoyConfigCoreV3SubstitutionFormatString | null;
  headersToAdd: EnvoyConfigCoreV3HeaderValueOption[];
}

export interface EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3ScopedRds {
  scopedRdsConfigSource: EnvoyConfigCoreV3ConfigSource | null;
  srdsResourcesLocator: string;
}

export interface EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3ScopedRouteConfigurationsList {
  scopedRouteConfigurations: EnvoyConfigRouteV3ScopedRouteConfiguration[];
}

export interface EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3ScopedRoutes {
  name: string;
  scopeKeyBuilder: EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3ScopedRoutes_ScopeKeyBuilder | null;
  rdsConfigSource: EnvoyConfigCoreV3ConfigSource | null;
  scopedRouteConfigurationsList: EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3ScopedRouteConfigurationsList | null;
  scopedRds: EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3ScopedRds | null;
  /** Which of these fields is set. */
  readonly configSpecifier: "scopedRouteConfigurationsList" | "scopedRds" | undefined;
}

export interface EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3ScopedRoutes_ScopeKeyBuilder {
  fragments: EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3ScopedRoutes_ScopeKeyBuilder_FragmentBuilder[];
}

export interface EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3ScopedRoutes_ScopeKeyBuilder_FragmentBuilder {
  headerValueExtractor: EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3ScopedRoutes_ScopeKeyBuilder_FragmentBuilder_HeaderValueExtractor | null;
  /** Which of these fields is set. */
  readonly type: "headerValueExtractor" | undefined;
}

export interface EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3ScopedRoutes_ScopeKeyBuilder_FragmentBuilder_HeaderValueExtractor {
  name: string;
  elementSeparator: string;
  index: number;
  element: EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3ScopedRoutes_ScopeKeyBuilder_FragmentBuilder_HeaderValueExtractor_KvElement | null;
  /** Which of these fields is set. */
  readonly extractType: "index" | "element" | undefined;
}

export interface EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3ScopedRoutes_ScopeKeyBuilder_FragmentBuilder_HeaderValueExtractor_KvElement {
  separator: string;
  key: string;
}

export interface EnvoyExtensionsFiltersNetworkLocalRatelimitV3LocalRateLimit {
  statPrefix: string;
  tokenBucket: EnvoyTypeV3TokenBucket | null;
  runtimeEnabled: EnvoyConfigCoreV3RuntimeFeatureFlag | null;
  shareKey: string;
}

export interface EnvoyExtensionsFiltersNetworkRatelimitV3RateLimit {
  statPrefix: string;
  domain: string;
  descriptors: EnvoyExtensionsCommonRatelimitV3RateLimitDescriptor[];
  timeout: GoogleProtobufDuration | null;
  failureModeDeny: boolean;
  rateLimitService: EnvoyConfigRatelimitV3RateLimitServiceConfig | null;
}

export interface EnvoyExtensionsFiltersNetworkRbacV3RBAC {
  rules: EnvoyConfigRbacV3RBAC | null;
  matcher: XdsTypeMatcherV3Matcher | null;
  shadowRules: EnvoyConfigRbacV3RBAC | null;
  shadowMatcher: XdsTypeMatcherV3Matcher | null;
  shadowRulesStatPrefix: string;
  statPrefix: string;
  enforcementType: EnumNumber<"envoy.extensions.filters.network.rbac.v3.RBAC.EnforcementType">;
}

export interface EnvoyExtensionsFiltersNetworkSetFilterStateV3Config {
  onNewConnection: EnvoyExtensionsFiltersCommonSetFilterStateV3FilterStateValue[];
}

export type EnvoyExtensionsFiltersNetworkSniClusterV3SniCluster = Record<string, never>;

export interface EnvoyExtensionsFiltersNetworkTcpProxyV3TcpProxy {
  statPrefix: string;
  cluster: string;
  weightedClusters: EnvoyExtensionsFiltersNetworkTcpProxyV3TcpProxy_WeightedCluster | null;
  onDemand: EnvoyExtensionsFiltersNetworkTcpProxyV3TcpProxy_OnDemand | null;
  metadataMatch: EnvoyConfigCoreV3Metadata | null;
  idleTimeout: GoogleProtobufDuration | null;
  downstreamIdleTimeout: GoogleProtobufDuration | null;
  upstreamIdleTimeout: GoogleProtobufDuration | null;
  accessLog: EnvoyConfigAccesslogV3AccessLog[];
  maxConnectAttempts: GoogleProtobufUInt32Value | null;
  hashPolicy: EnvoyTypeV3HashPolicy[];
  tunnelingConfig: EnvoyExtensionsFiltersNetworkTcpProxyV3TcpProxy_TunnelingConfig | null;
  maxDownstreamConnectionDuration: GoogleProtobufDuration | null;
  accessLogFlushInterval: GoogleProtobufDuration | null;
  flushAccessLogOnConnected: boolean;
  accessLogOptions: EnvoyExtensionsFiltersNetworkTcpProxyV3TcpProxy_TcpAccessLogOptions | null;
  /** Which of these fields is set. */
  readonly clusterSpecifier: "cluster" | "weightedClusters" | undefined;
}

export interface EnvoyExtensionsFiltersNetworkTcpProxyV3TcpProxy_OnDemand {
  odcdsConfig: EnvoyConfigCoreV3ConfigSource | null;
  resourcesLocator: string;
  timeout: GoogleProtobufDuration | null;
}

export interface EnvoyExtensionsFiltersNetworkTcpProxyV3TcpProxy_TcpAccessLogOptions {
  accessLogFlushInterval: GoogleProtobufDuration | null;
  flushAccessLogOnConnected: boolean;
}

export interface EnvoyExtensionsFiltersNetworkTcpProxyV3TcpProxy_TunnelingConfig {
  hostname: string;
  usePost: boolean;
  headersToAdd: EnvoyConfigCoreV3HeaderValueOption[];
  propagateResponseHeaders: boolean;
  postPath: string;
  propagateResponseTrailers: boolean;
}

export interface EnvoyExtensionsFiltersNetworkTcpProxyV3TcpProxy_WeightedCluster {
  clusters: EnvoyExtensionsFiltersNetworkTcpProxyV3TcpProxy_WeightedCluster_ClusterWeight[];
}

export interface EnvoyExtensionsFiltersNetworkTcpProxyV3TcpProxy_WeightedCluster_ClusterWeight {
  name: string;
  weight: number;
  metadataMatch: EnvoyConfigCoreV3Metadata | null;
}

export interface EnvoyExtensionsFiltersNetworkWasmV3Wasm {
  config: EnvoyExtensionsWasmV3PluginConfig | null;
}

export type EnvoyExtensionsFormatterCelV3Cel = Record<string, never>;

export type EnvoyExtensionsFormatterMetadataV3Metadata = Record<string, never>;

export type EnvoyExtensionsFormatterReqWithoutQueryV3ReqWithoutQuery = Record<string, never>;

export interface EnvoyExtensionsHealthCheckEventSinksFileV3HealthCheckEventFileSink {
  eventLogPath: string;
}

export interface EnvoyExtensionsHttpEarlyHeaderMutationHeaderMutationV3HeaderMutation {
  mutations: EnvoyConfigCommonMutationRulesV3HeaderMutation[];
}

export interface EnvoyExtensionsHttpHeaderFormattersPreserveCaseV3PreserveCaseFormatterConfig {
  forwardReasonPhrase: boolean;
  formatterTypeOnEnvoyHeaders: EnumNumber<"envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig.FormatterTypeOnEnvoyHeaders">;
}

export interface EnvoyExtensionsHttpHeaderValidatorsEnvoyDefaultV3HeaderValidatorConfig {
  http1ProtocolOptions: EnvoyExtensionsHttpHeaderValidatorsEnvoyDefaultV3HeaderValidatorConfig_Http1ProtocolOptions | null;
  uriPathNormalizationOptions: EnvoyExtensionsHttpHeaderValidatorsEnvoyDefaultV3HeaderValidatorConfig_UriPathNormalizationOptions | null;
  restrictHttpMethods: boolean;
  headersWithUnderscoresAction: EnumNumber<"envoy.extensions.http.header_validators.envoy_default.v3.HeaderValidatorConfig.HeadersWithUnderscoresAction">;
  stripFragmentFromPath: boolean;
}

export interface EnvoyExtensionsHttpHeaderValidatorsEnvoyDefaultV3HeaderValidatorConfig_Http1ProtocolOptions {
  allowChunkedLength: boolean;
}

export interface EnvoyExtensionsHttpHeaderValidatorsEnvoyDefaultV3HeaderValidatorConfig_UriPathNormalizationOptions {
  skipPathNormalization: boolean;
  skipMergingSlashes: boolean;
  pathWithEscapedSlashesAction: EnumNumber<"envoy.extensions.http.header_validators.envoy_default.v3.HeaderValidatorConfig.UriPathNormalizationOptions.PathWithEscapedSlashesAction">;
}

export interface EnvoyExtensionsHttpOriginalIpDetectionCustomHeaderV3CustomHeaderConfig {
  headerName: string;
  allowExtensionToSetAddressAsTrusted: boolean;
  rejectWithStatus: EnvoyTypeV3HttpStatus | null;
}

export interface EnvoyExtensionsHttpOriginalIpDetectionXffV3XffConfig {
  xffNumTrustedHops: number;
}

export interface EnvoyExtensionsHttpStatefulSessionCookieV3CookieBasedSessionState {
  cookie: EnvoyTypeHttpV3Cookie | null;
}

export interface EnvoyExtensionsHttpStatefulSessionHeaderV3HeaderBasedSessionState {
  name: string;
}

export interface EnvoyExtensionsInternalRedirectAllowListedRoutesV3AllowListedRoutesConfig {
  allowedRouteNames: string[];
}

export type EnvoyExtensionsInternalRedirectPreviousRoutesV3PreviousRoutesConfig = Record<string, never>;

export type EnvoyExtensionsInternalRedirectSafeCrossSchemeV3SafeCrossSchemeConfig = Record<string, never>;

export interface EnvoyExtensionsLoadBalancingPoliciesClientSideWeightedRoundRobinV3ClientSideWeightedRoundRobin {
  enableOobLoadReport: GoogleProtobufBoolValue | null;
  oobReportingPeriod: GoogleProtobufDuration | null;
  blackoutPeriod: GoogleProtobufDuration | null;
  weightExpirationPeriod: GoogleProtobufDuration | null;
  weightUpdatePeriod: GoogleProtobufDuration | null;
  errorUtilizationPenalty: GoogleProtobufFloatValue | null;
}

export type EnvoyExtensionsLoadBalancingPoliciesClusterProvidedV3ClusterProvided = Record<string, never>;

export interface EnvoyExtensionsLoadBalancingPoliciesCommonV3ConsistentHashingLbConfig {
  useHostnameForHashing: boolean;
  hashBalanceFactor: GoogleProtobufUInt32Value | null;
}

export interface EnvoyExtensionsLoadBalancingPoliciesCommonV3LocalityLbConfig {
  zoneAwareLbConfig: EnvoyExtensionsLoadBalancingPoliciesCommonV3LocalityLbConfig_ZoneAwareLbConfig | null;
  localityWeightedLbConfig: EnvoyExtensionsLoadBalancingPoliciesCommonV3LocalityLbConfig_LocalityWeightedLbConfig | null;
  /** Which of these fields is set. */
  readonly localityConfigSpecifier: "zoneAwareLbConfig" | "localityWeightedLbConfig" | undefined;
}

export type EnvoyExtensionsLoadBalancingPoliciesCommonV3LocalityLbConfig_LocalityWeightedLbConfig = Record<string, never>;

export interface EnvoyExtensionsLoadBalancingPoliciesCommonV3LocalityLbConfig_ZoneAwareLbConfig {
  routingEnabled: EnvoyTypeV3Percent | null;
  minClusterSize: GoogleProtobufUInt64Value | null;
  failTrafficOnPanic: boolean;
}

export interface EnvoyExtensionsLoadBalancingPoliciesCommonV3SlowStartConfig {
  slowStartWindow: GoogleProtobufDuration | null;
  aggression: EnvoyConfigCoreV3RuntimeDouble | null;
  minWeightPercent: EnvoyTypeV3Percent | null;
}

export interface EnvoyExtensionsLoadBalancingPoliciesLeastRequestV3LeastRequest {
  choiceCount: GoogleProtobufUInt32Value | null;
  activeRequestBias: EnvoyConfigCoreV3RuntimeDouble | null;
  slowStartConfig: EnvoyExtensionsLoadBalancingPoliciesCommonV3SlowStartConfig | null;
  localityLbConfig: EnvoyExtensionsLoadBalancingPoliciesCommonV3LocalityLbConfig | null;
  enableFullScan: GoogleProtobufBoolValue | null;
  selectionMethod: EnumNumber<"envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest.SelectionMethod">;
}

export interface EnvoyExtensionsLoadBalancingPoliciesMaglevV3Maglev {
  tableSize: GoogleProtobufUInt64Value | null;
  consistentHashingLbConfig: EnvoyExtensionsLoadBalancingPoliciesCommonV3ConsistentHashingLbConfig | null;
  localityWeightedLbConfig: EnvoyExtensionsLoadBalancingPoliciesCommonV3LocalityLbConfig_LocalityWeightedLbConfig | null;
}

export interface EnvoyExtensionsLoadBalancingPoliciesPickFirstV3PickFirst {
  shuffleAddressList: boolean;
}

export interface EnvoyExtensionsLoadBalancingPoliciesRandomV3Random {
  localityLbConfig: EnvoyExtensionsLoadBalancingPoliciesCommonV3LocalityLbConfig | null;
}

export interface EnvoyExtensionsLoadBalancingPoliciesRingHashV3RingHash {
  hashFunction: EnumNumber<"envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash.HashFunction">;
  minimumRingSize: GoogleProtobufUInt64Value | null;
  maximumRingSize: GoogleProtobufUInt64Value | null;
  useHostnameForHashing: boolean;
  hashBalanceFactor: GoogleProtobufUInt32Value | null;
  consistentHashingLbConfig: EnvoyExtensionsLoadBalancingPoliciesCommonV3ConsistentHashingLbConfig | null;
  localityWeightedLbConfig: EnvoyExtensionsLoadBalancingPoliciesCommonV3LocalityLbConfig_LocalityWeightedLbConfig | null;
}

export interface EnvoyExtensionsLoadBalancingPoliciesRoundRobinV3RoundRobin {
  slowStartConfig: EnvoyExtensionsLoadBalancingPoliciesCommonV3SlowStartConfig | null;
  localityLbConfig: EnvoyExtensionsLoadBalancingPoliciesCommonV3LocalityLbConfig | null;
}

export interface EnvoyExtensionsLoadBalancingPoliciesSubsetV3Subset {
  fallbackPolicy: EnumNumber<"envoy.extensions.load_balancing_policies.subset.v3.Subset.LbSubsetFallbackPolicy">;
  defaultSubset: GoogleProtobufStruct | null;
  subsetSelectors: EnvoyExtensionsLoadBalancingPoliciesSubsetV3Subset_LbSubsetSelector[];
  allowRedundantKeys: boolean;
  localityWeightAware: boolean;
  scaleLocalityWeight: boolean;
  panicModeAny: boolean;
  listAsAny: boolean;
  metadataFallbackPolicy: EnumNumber<"envoy.extensions.load_balancing_policies.subset.v3.Subset.LbSubsetMetadataFallbackPolicy">;
  subsetLbPolicy: EnvoyConfigClusterV3LoadBalancingPolicy | null;
}

export interface EnvoyExtensionsLoadBalancingPoliciesSubsetV3Subset_LbSubsetSelector {
  keys: string[];
  singleHostPerSubset: boolean;
  fallbackPolicy: EnumNumber<"envoy.extensions.load_balancing_policies.subset.v3.Subset.LbSubsetSelector.LbSubsetSelectorFallbackPolicy">;
  fallbackKeysSubset: string[];
}

export interface EnvoyExtensionsLoadBalancingPoliciesWrrLocalityV3WrrLocality {
  endpointPickingPolicy: EnvoyConfigClusterV3LoadBalancingPolicy | null;
}

export interface EnvoyExtensionsMatchingCommonInputsEnvironmentVariableV3Config {
  name: string;
}

export type EnvoyExtensionsMatchingCommonInputsNetworkV3ApplicationProtocolInput = Record<string, never>;

export type EnvoyExtensionsMatchingCommonInputsNetworkV3DestinationIPInput = Record<string, never>;

export type EnvoyExtensionsMatchingCommonInputsNetworkV3DestinationPortInput = Record<string, never>;

export type EnvoyExtensionsMatchingCommonInputsNetworkV3DirectSourceIPInput = Record<string, never>;

export interface EnvoyExtensionsMatchingCommonInputsNetworkV3FilterStateInput {
  key: string;
}

export type EnvoyExtensionsMatchingCommonInputsNetworkV3ServerNameInput = Record<string, never>;

export type EnvoyExtensionsMatchingCommonInputsNetworkV3SourceIPInput = Record<string, never>;

export type EnvoyExtensionsMatchingCommonInputsNetworkV3SourcePortInput = Record<string, never>;

export type EnvoyExtensionsMatchingCommonInputsNetworkV3SourceTypeInput = Record<string, never>;

export type EnvoyExtensionsMatchingCommonInputsNetworkV3TransportProtocolInput = Record<string, never>;

export type EnvoyExtensionsMatchingCommonInputsSslV3DnsSanInput = Record<string, never>;

export type EnvoyExtensionsMatchingCommonInputsSslV3SubjectInput = Record<string, never>;

export type EnvoyExtensionsMatchingCommonInputsSslV3UriSanInput = Record<string, never>;

export interface EnvoyExtensionsMatchingInputMatchersConsistentHashingV3ConsistentHashing {
  threshold: number;
  modulo: number;
  seed: number;
}

export interface EnvoyExtensionsMatchingInputMatchersIpV3Ip {
  cidrRanges: EnvoyConfigCoreV3CidrRange[];
  statPrefix: string;
}

export interface EnvoyExtensionsMatchingInputMatchersRuntimeFractionV3RuntimeFraction {
  runtimeFraction: EnvoyConfigCoreV3RuntimeFractionalPercent | null;
  seed: number;
}

export interface EnvoyExtensionsNetworkDnsResolverCaresV3CaresDnsResolverConfig {
  resolvers: EnvoyConfigCoreV3Address[];
  useResolversAsFallback: boolean;
  filterUnroutableFamilies: boolean;
  dnsResolverOptions: EnvoyConfigCoreV3DnsResolverOptions | null;
  udpMaxQueries: GoogleProtobufUInt32Value | null;
}

export type EnvoyExtensionsNetworkDnsResolverGetaddrinfoV3GetAddrInfoDnsResolverConfig = Record<string, never>;

export type EnvoyExtensionsNetworkSocketInterfaceV3DefaultSocketInterface = Record<string, never>;

export type EnvoyExtensionsOutlierDetectionMonitorsCommonV3DatabaseErrors = Record<string, never>;

export interface EnvoyExtensionsOutlierDetectionMonitorsCommonV3ErrorBuckets {
  httpErrors: EnvoyExtensionsOutlierDetectionMonitorsCommonV3HttpErrors[];
  localOriginErrors: EnvoyExtensionsOutlierDetectionMonitorsCommonV3LocalOriginErrors[];
  databaseErrors: EnvoyExtensionsOutlierDetectionMonitorsCommonV3DatabaseErrors[];
}

export interface EnvoyExtensionsOutlierDetectionMonitorsCommonV3HttpErrors {
  range: EnvoyTypeV3Int32Range | null;
}

export type EnvoyExtensionsOutlierDetectionMonitorsCommonV3LocalOriginErrors = Record<string, never>;

export interface EnvoyExtensionsOutlierDetectionMonitorsConsecutiveErrorsV3ConsecutiveErrors {
  name: string;
  threshold: GoogleProtobufUInt32Value | null;
  enforcing: GoogleProtobufUInt32Value | null;
  errorBuckets: EnvoyExtensionsOutlierDetectionMonitorsCommonV3ErrorBuckets | null;
}

export interface EnvoyExtensionsPathMatchUriTemplateV3UriTemplateMatchConfig {
  pathTemplate: string;
}

export interface EnvoyExtensionsPathRewriteUriTemplateV3UriTemplateRewriteConfig {
  pathTemplateRewrite: string;
}

export interface EnvoyExtensionsRateLimitDescriptorsExprV3Descriptor {
  descriptorKey: string;
  skipIfError: boolean;
  text: string;
  parsed: GoogleApiExprV1alpha1Expr | null;
  /** Which of these fields is set. */
  readonly exprSpecifier: "text" | "parsed" | undefined;
}

export type EnvoyExtensionsRbacAuditLoggersStreamV3StdoutAuditLog = Record<string, never>;

export interface EnvoyExtensionsRbacMatchersUpstreamIpPortV3UpstreamIpPortMatcher {
  upstreamIp: EnvoyConfigCoreV3CidrRange | null;
  upstreamPortRange: EnvoyTypeV3Int64Range | null;
}

export type EnvoyExtensionsRegexEnginesV3GoogleRE2 = Record<string, never>;

export interface EnvoyExtensionsRequestIdUuidV3UuidRequestIdConfig {
  packTraceReason: GoogleProtobufBoolValue | null;
  useRequestIdForTraceSampling: GoogleProtobufBoolValue | null;
}

export interface EnvoyExtensionsResourceMonitorsDownstreamConnectionsV3DownstreamConnectionsConfig {
  maxActiveDownstreamConnections: number;
}

export interface EnvoyExtensionsResourceMonitorsFixedHeapV3FixedHeapConfig {
  maxHeapSizeBytes: number;
}

export type EnvoyExtensionsRetryHostOmitCanaryHostsV3OmitCanaryHostsPredicate = Record<string, never>;

export interface EnvoyExtensionsRetryHostOmitHostMetadataV3OmitHostMetadataConfig {
  metadataMatch: EnvoyConfigCoreV3Metadata | null;
}

export type EnvoyExtensionsRetryHostPreviousHostsV3PreviousHostsPredicate = Record<string, never>;

export interface EnvoyExtensionsRetryPriorityPreviousPrioritiesV3PreviousPrioritiesConfig {
  updateFrequency: number;
}

export interface EnvoyExtensionsStatSinksOpenTelemetryV3SinkConfig {
  grpcService: EnvoyConfigCoreV3GrpcService | null;
  reportCountersAsDeltas: boolean;
  reportHistogramsAsDeltas: boolean;
  emitTagsAsAttributes: GoogleProtobufBoolValue | null;
  useTagExtractedName: GoogleProtobufBoolValue | null;
  prefix: string;
  /** Which of these fields is set. */
  readonly protocolSpecifier: "grpcService" | undefined;
}

export type EnvoyExtensionsTracersOpentelemetryResourceDetectorsV3DynatraceResourceDetectorConfig = Record<string, never>;

export type EnvoyExtensionsTracersOpentelemetryResourceDetectorsV3EnvironmentResourceDetectorConfig = Record<string, never>;

export interface EnvoyExtensionsTracersOpentelemetryResourceDetectorsV3StaticConfigResourceDetectorConfig {
  attributes: Record<string, string>;
}

export type EnvoyExtensionsTracersOpentelemetrySamplersV3AlwaysOnSamplerConfig = Record<string, never>;

export interface EnvoyExtensionsTracersOpentelemetrySamplersV3DynatraceSamplerConfig {
  tenant: string;
  clusterId: number;
  httpService: EnvoyConfigCoreV3HttpService | null;
  rootSpansPerMinute: number;
}

export interface EnvoyExtensionsTransportSocketsHttp11ProxyV3Http11ProxyUpstreamTransport {
  transportSocket: EnvoyConfigCoreV3TransportSocket | null;
}

export interface EnvoyExtensionsTransportSocketsInternalUpstreamV3InternalUpstreamTransport {
  passthroughMetadata: EnvoyExtensionsTransportSocketsInternalUpstreamV3InternalUpstreamTransport_MetadataValueSource[];
  transportSocket: EnvoyConfigCoreV3TransportSocket | null;
}

export interface EnvoyExtensionsTransportSocketsInternalUpstreamV3InternalUpstreamTransport_MetadataValueSource {
  kind: EnvoyTypeMetadataV3MetadataKind | null;
  name: string;
}

export interface EnvoyExtensionsTransportSocketsProxyProtocolV3ProxyProtocolUpstreamTransport {
  config: EnvoyConfigCoreV3ProxyProtocolConfig | null;
  transportSocket: EnvoyConfigCoreV3TransportSocket | null;
}

export type EnvoyExtensionsTransportSocketsRawBufferV3RawBuffer = Record<string, never>;

export interface EnvoyExtensionsTransportSocketsStarttlsV3StartTlsConfig {
  cleartextSocketConfig: EnvoyExtensionsTransportSocketsRawBufferV3RawBuffer | null;
  tlsSocketConfig: EnvoyExtensionsTransportSocketsTlsV3DownstreamTlsContext | null;
}

export interface EnvoyExtensionsTransportSocketsStarttlsV3UpstreamStartTlsConfig {
  cleartextSocketConfig: EnvoyExtensionsTransportSocketsRawBufferV3RawBuffer | null;
  tlsSocketConfig: EnvoyExtensionsTransportSocketsTlsV3UpstreamTlsContext | null;
}

export interface EnvoyExtensionsTransportSocketsTlsV3CertificateProviderPluginInstance {
  instanceName: string;
  certificateName: string;
}

export interface EnvoyExtensionsTransportSocketsTlsV3CertificateValidationContext {
  trustedCa: EnvoyConfigCoreV3DataSource | null;
  caCertificateProviderInstance: EnvoyExtensionsTransportSocketsTlsV3CertificateProviderPluginInstance | null;
  systemRootCerts: EnvoyExtensionsTransportSocketsTlsV3CertificateValidationContext_SystemRootCerts | null;
  watchedDirectory: EnvoyConfigCoreV3WatchedDirectory | null;
  verifyCertificateSpki: string[];
  verifyCertificateHash: string[];
  matchTypedSubjectAltNames: EnvoyExtensionsTransportSocketsTlsV3SubjectAltNameMatcher[];
  matchSubjectAltNames: EnvoyTypeMatcherV3StringMatcher[];
  requireSignedCertificateTimestamp: GoogleProtobufBoolValue | null;
  crl: EnvoyConfigCoreV3DataSource | null;
  allowExpiredCertificate: boolean;
  trustChainVerification: EnumNumber<"envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext.TrustChainVerification">;
  customValidatorConfig: EnvoyConfigCoreV3TypedExtensionConfig | null;
  onlyVerifyLeafCertCrl: boolean;
  maxVerifyDepth: GoogleProtobufUInt32Value | null;
}

export type EnvoyExtensionsTransportSocketsTlsV3CertificateValidationContext_SystemRootCerts = Record<string, never>;

export interface EnvoyExtensionsTransportSocketsTlsV3CommonTlsContext {
  tlsParams: EnvoyExtensionsTransportSocketsTlsV3TlsParameters | null;
  tlsCertificates: EnvoyExtensionsTransportSocketsTlsV3TlsCertificate[];
  tlsCertificateSdsSecretConfigs: EnvoyExtensionsTransportSocketsTlsV3SdsSecretConfig[];
  tlsCertificateProviderInstance: EnvoyExtensionsTransportSocketsTlsV3CertificateProviderPluginInstance | null;
  tlsCertificateCertificateProvider: EnvoyExtensionsTransportSocketsTlsV3CommonTlsContext_CertificateProvider | null;
  tlsCertificateCertificateProviderInstance: EnvoyExtensionsTransportSocketsTlsV3CommonTlsContext_CertificateProviderInstance | null;
  validationContext: EnvoyExtensionsTransportSocketsTlsV3CertificateValidationContext | null;
  validationContextSdsSecretConfig: EnvoyExtensionsTransportSocketsTlsV3SdsSecretConfig | null;
  combinedValidationContext: EnvoyExtensionsTransportSocketsTlsV3CommonTlsContext_CombinedCertificateValidationContext | null;
  validationContextCertificateProvider: EnvoyExtensionsTransportSocketsTlsV3CommonTlsContext_CertificateProvider | null;
  validationContextCertificateProviderInstance: EnvoyExtensionsTransportSocketsTlsV3CommonTlsContext_CertificateProviderInstance | null;
  alpnProtocols: string[];
  customHandshaker: EnvoyConfigCoreV3TypedExtensionConfig | null;
  keyLog: EnvoyExtensionsTransportSocketsTlsV3TlsKeyLog | null;
  /** Which of these fields is set. */
  readonly validationContextType: "validationContext" | "validationContextSdsSecretConfig" | "combinedValidationContext" | "validationContextCertificateProvider" | "validationContextCertificateProviderInstance" | undefined;
}

export interface EnvoyExtensionsTransportSocketsTlsV3CommonTlsContext_CertificateProvider {
  name: string;
  typedConfig: EnvoyConfigCoreV3TypedExtensionConfig | null;
  /** Which of these fields is set. */
  readonly config: "typedConfig" | undefined;
}

export interface EnvoyExtensionsTransportSocketsTlsV3CommonTlsContext_CertificateProviderInstance {
  instanceName: string;
  certificateName: string;
}

export interface EnvoyExtensionsTransportSocketsTlsV3CommonTlsContext_CombinedCertificateValidationContext {
  defaultValidationContext: EnvoyExtensionsTransportSocketsTlsV3CertificateValidationContext | null;
  validationContextSdsSecretConfig: EnvoyExtensionsTransportSocketsTlsV3SdsSecretConfig | null;
  validationContextCertificateProvider: EnvoyExtensionsTransportSocketsTlsV3CommonTlsContext_CertificateProvider | null;
  validationContextCertificateProviderInstance: EnvoyExtensionsTransportSocketsTlsV3CommonTlsContext_CertificateProviderInstance | null;
}

export interface EnvoyExtensionsTransportSocketsTlsV3DownstreamTlsContext {
  commonTlsContext: EnvoyExtensionsTransportSocketsTlsV3CommonTlsContext | null;
  requireClientCertificate: GoogleProtobufBoolValue | null;
  requireSni: GoogleProtobufBoolValue | null;
  sessionTicketKeys: EnvoyExtensionsTransportSocketsTlsV3TlsSessionTicketKeys | null;
  sessionTicketKeysSdsSecretConfig: EnvoyExtensionsTransportSocketsTlsV3SdsSecretConfig | null;
  disableStatelessSessionResumption: boolean;
  disableStatefulSessionResumption: boolean;
  sessionTimeout: GoogleProtobufDuration | null;
  ocspStaplePolicy: EnumNumber<"envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext.OcspStaplePolicy">;
  fullScanCertsOnSniMismatch: GoogleProtobufBoolValue | null;
  /** Which of these fields is set. */
  readonly sessionTicketKeysType: "sessionTicketKeys" | "sessionTicketKeysSdsSecretConfig" | "disableStatelessSessionResumption" | undefined;
}

export interface EnvoyExtensionsTransportSocketsTlsV3GenericSecret {
  secret: EnvoyConfigCoreV3DataSource | null;
}

export interface EnvoyExtensionsTransportSocketsTlsV3PrivateKeyProvider {
  providerName: string;
  typedConfig: GoogleProtobufAny | null;
  fallback: boolean;
  /** Which of these fields is set. */
  readonly configType: "typedConfig" | undefined;
}

export interface EnvoyExtensionsTransportSocketsTlsV3SPIFFECertValidatorConfig {
  trustDomains: EnvoyExtensionsTransportSocketsTlsV3SPIFFECertValidatorConfig_TrustDomain[];
}

export interface EnvoyExtensionsTransportSocketsTlsV3SPIFFECertValidatorConfig_TrustDomain {
  name: string;
  trustBundle: EnvoyConfigCoreV3DataSource | null;
}

export interface EnvoyExtensionsTransportSocketsTlsV3SdsSecretConfig {
  name: string;
  sdsConfig: EnvoyConfigCoreV3ConfigSource | null;
}

export interface EnvoyExtensionsTransportSocketsTlsV3Secret {
  name: string;
  tlsCertificate: EnvoyExtensionsTransportSocketsTlsV3TlsCertificate | null;
  sessionTicketKeys: EnvoyExtensionsTransportSocketsTlsV3TlsSessionTicketKeys | null;
  validationContext: EnvoyExtensionsTransportSocketsTlsV3CertificateValidationContext | null;
  genericSecret: EnvoyExtensionsTransportSocketsTlsV3GenericSecret | null;
  /** Which of these fields is set. */
  readonly type: "tlsCertificate" | "sessionTicketKeys" | "validationContext" | "genericSecret" | undefined;
}

export interface EnvoyExtensionsTransportSocketsTlsV3SubjectAltNameMatcher {
  sanType: EnumNumber<"envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher.SanType">;
  matcher: EnvoyTypeMatcherV3StringMatcher | null;
  oid: string;
}

export interface EnvoyExtensionsTransportSocketsTlsV3TlsCertificate {
  certificateChain: EnvoyConfigCoreV3DataSource | null;
  privateKey: EnvoyConfigCoreV3DataSource | null;
  pkcs12: EnvoyConfigCoreV3DataSource | null;
  watchedDirectory: EnvoyConfigCoreV3WatchedDirectory | null;
  privateKeyProvider: EnvoyExtensionsTransportSocketsTlsV3PrivateKeyProvider | null;
  password: EnvoyConfigCoreV3DataSource | null;
  ocspStaple: EnvoyConfigCoreV3DataSource | null;
  signedCertificateTimestamp: EnvoyConfigCoreV3DataSource[];
}

export interface EnvoyExtensionsTransportSocketsTlsV3TlsKeyLog {
  path: string;
  localAddressRange: EnvoyConfigCoreV3CidrRange[];
  remoteAddressRange: EnvoyConfigCoreV3CidrRange[];
}

export interface EnvoyExtensionsTransportSocketsTlsV3TlsParameters {
  tlsMinimumProtocolVersion: EnumNumber<"envoy.extensions.transport_sockets.tls.v3.TlsParameters.TlsProtocol">;
  tlsMaximumProtocolVersion: EnumNumber<"envoy.extensions.transport_sockets.tls.v3.TlsParameters.TlsProtocol">;
  cipherSuites: string[];
  ecdhCurves: string[];
  signatureAlgorithms: string[];
}

export interface EnvoyExtensionsTransportSocketsTlsV3TlsSessionTicketKeys {
  keys: EnvoyConfigCoreV3DataSource[];
}

export interface EnvoyExtensionsTransportSocketsTlsV3UpstreamTlsContext {
  commonTlsContext: EnvoyExtensionsTransportSocketsTlsV3CommonTlsContext | null;
  sni: string;
  allowRenegotiation: boolean;
  maxSessionKeys: GoogleProtobufUInt32Value | null;
  enforceRsaKeyUsage: GoogleProtobufBoolValue | null;
}

export type EnvoyExtensionsUpstreamsHttpGenericV3GenericConnectionPoolProto = Record<string, never>;

export type EnvoyExtensionsUpstreamsHttpHttpV3HttpConnectionPoolProto = Record<string, never>;

export type EnvoyExtensionsUpstreamsHttpTcpV3TcpConnectionPoolProto = Record<string, never>;

export interface EnvoyExtensionsUpstreamsHttpV3HttpProtocolOptions {
  commonHttpProtocolOptions: EnvoyConfigCoreV3HttpProtocolOptions | null;
  upstreamHttpProtocolOptions: EnvoyConfigCoreV3UpstreamHttpProtocolOptions | null;
  explicitHttpConfig: EnvoyExtensionsUpstreamsHttpV3HttpProtocolOptions_ExplicitHttpConfig | null;
  useDownstreamProtocolConfig: EnvoyExtensionsUpstreamsHttpV3HttpProtocolOptions_UseDownstreamHttpConfig | null;
  autoConfig: EnvoyExtensionsUpstreamsHttpV3HttpProtocolOptions_AutoHttpConfig | null;
  httpFilters: EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3HttpFilter[];
  headerValidationConfig: EnvoyConfigCoreV3TypedExtensionConfig | null;
  /** Which of these fields is set. */
  readonly upstreamProtocolOptions: "explicitHttpConfig" | "useDownstreamProtocolConfig" | "autoConfig" | undefined;
}

export interface EnvoyExtensionsUpstreamsHttpV3HttpProtocolOptions_AutoHttpConfig {
  httpProtocolOptions: EnvoyConfigCoreV3Http1ProtocolOptions | null;
  http2ProtocolOptions: EnvoyConfigCoreV3Http2ProtocolOptions | null;
  http3ProtocolOptions: EnvoyConfigCoreV3Http3ProtocolOptions | null;
  alternateProtocolsCacheOptions: EnvoyConfigCoreV3AlternateProtocolsCacheOptions | null;
}

export interface EnvoyExtensionsUpstreamsHttpV3HttpProtocolOptions_ExplicitHttpConfig {
  httpProtocolOptions: EnvoyConfigCoreV3Http1ProtocolOptions | null;
  http2ProtocolOptions: EnvoyConfigCoreV3Http2ProtocolOptions | null;
  http3ProtocolOptions: EnvoyConfigCoreV3Http3ProtocolOptions | null;
  /** Which of these fields is set. */
  readonly protocolConfig: "httpProtocolOptions" | "http2ProtocolOptions" | "http3ProtocolOptions" | undefined;
}

export interface EnvoyExtensionsUpstreamsHttpV3HttpProtocolOptions_UseDownstreamHttpConfig {
  httpProtocolOptions: EnvoyConfigCoreV3Http1ProtocolOptions | null;
  http2ProtocolOptions: EnvoyConfigCoreV3Http2ProtocolOptions | null;
  http3ProtocolOptions: EnvoyConfigCoreV3Http3ProtocolOptions | null;
}

export type EnvoyExtensionsUpstreamsTcpGenericV3GenericConnectionPoolProto = Record<string, never>;

export interface EnvoyExtensionsUpstreamsTcpV3TcpProtocolOptions {
  idleTimeout: GoogleProtobufDuration | null;
}

export interface EnvoyExtensionsWasmV3CapabilityRestrictionConfig {
  allowedCapabilities: Record<string, EnvoyExtensionsWasmV3SanitizationConfig>;
}

export interface EnvoyExtensionsWasmV3EnvironmentVariables {
  hostEnvKeys: string[];
  keyValues: Record<string, string>;
}

export interface EnvoyExtensionsWasmV3PluginConfig {
  name: string;
  rootId: string;
  vmConfig: EnvoyExtensionsWasmV3VmConfig | null;
  configuration: GoogleProtobufAny | null;
  failOpen: boolean;
  capabilityRestrictionConfig: EnvoyExtensionsWasmV3CapabilityRestrictionConfig | null;
  /** Which of these fields is set. */
  readonly vm: "vmConfig" | undefined;
}

export type EnvoyExtensionsWasmV3SanitizationConfig = Record<string, never>;

export interface EnvoyExtensionsWasmV3VmConfig {
  vmId: string;
  runtime: string;
  code: EnvoyConfigCoreV3AsyncDataSource | null;
  configuration: GoogleProtobufAny | null;
  allowPrecompiled: boolean;
  nackOnCodeCacheMiss: boolean;
  environmentVariables: EnvoyExtensionsWasmV3EnvironmentVariables | null;
}

export interface EnvoyExtensionsWasmV3WasmService {
  config: EnvoyExtensionsWasmV3PluginConfig | null;
  singleton: boolean;
}

export interface EnvoyServiceAccesslogV3StreamAccessLogsMessage {
  identifier: EnvoyServiceAccesslogV3StreamAccessLogsMessage_Identifier | null;
  httpLogs: EnvoyServiceAccesslogV3StreamAccessLogsMessage_HTTPAccessLogEntries | null;
  tcpLogs: EnvoyServiceAccesslogV3StreamAccessLogsMessage_TCPAccessLogEntries | null;
  /** Which of these fields is set. */
  readonly logEntries: "httpLogs" | "tcpLogs" | undefined;
}

export interface EnvoyServiceAccesslogV3StreamAccessLogsMessage_HTTPAccessLogEntries {
  logEntry: EnvoyDataAccesslogV3HTTPAccessLogEntry[];
}

export interface EnvoyServiceAccesslogV3StreamAccessLogsMessage_Identifier {
  node: EnvoyConfigCoreV3Node | null;
  logName: string;
}

export interface EnvoyServiceAccesslogV3StreamAccessLogsMessage_TCPAccessLogEntries {
  logEntry: EnvoyDataAccesslogV3TCPAccessLogEntry[];
}

export type EnvoyServiceAccesslogV3StreamAccessLogsResponse = Record<string, never>;

export interface EnvoyServiceAuthV3AttributeContext {
  source: EnvoyServiceAuthV3AttributeContext_Peer | null;
  destination: EnvoyServiceAuthV3AttributeContext_Peer | null;
  request: EnvoyServiceAuthV3AttributeContext_Request | null;
  contextExtensions: Record<string, string>;
  metadataContext: EnvoyConfigCoreV3Metadata | null;
  routeMetadataContext: EnvoyConfigCoreV3Metadata | null;
  tlsSession: EnvoyServiceAuthV3AttributeContext_TLSSession | null;
}

export interface EnvoyServiceAuthV3AttributeContext_HttpRequest {
  id: string;
  method: string;
  headers: Record<string, string>;
  headerMap: EnvoyConfigCoreV3HeaderMap | null;
  path: string;
  host: string;
  scheme: string;
  query: string;
  fragment: string;
  size: number;
  protocol: string;
  body: string;
  rawBody: Uint8Array;
}

export interface EnvoyServiceAuthV3AttributeContext_Peer {
  address: EnvoyConfigCoreV3Address | null;
  service: string;
  labels: Record<string, string>;
  principal: string;
  certificate: string;
}

export interface EnvoyServiceAuthV3AttributeContext_Request {
  time: GoogleProtobufTimestamp | null;
  http: EnvoyServiceAuthV3AttributeContext_HttpRequest | null;
}

export interface EnvoyServiceAuthV3AttributeContext_TLSSession {
  sni: string;
}

export interface EnvoyServiceAuthV3CheckRequest {
  attributes: EnvoyServiceAuthV3AttributeContext | null;
}

export interface EnvoyServiceAuthV3CheckResponse {
  status: GoogleRpcStatus | null;
  deniedResponse: EnvoyServiceAuthV3DeniedHttpResponse | null;
  okResponse: EnvoyServiceAuthV3OkHttpResponse | null;
  dynamicMetadata: GoogleProtobufStruct | null;
  /** Which of these fields is set. */
  readonly httpResponse: "deniedResponse" | "okResponse" | undefined;
}

export interface EnvoyServiceAuthV3DeniedHttpResponse {
  status: EnvoyTypeV3HttpStatus | null;
  headers: EnvoyConfigCoreV3HeaderValueOption[];
  body: string;
}

export interface EnvoyServiceAuthV3OkHttpResponse {
  headers: EnvoyConfigCoreV3HeaderValueOption[];
  headersToRemove: string[];
  dynamicMetadata: GoogleProtobufStruct | null;
  responseHeadersToAdd: EnvoyConfigCoreV3HeaderValueOption[];
  queryParametersToSet: EnvoyConfigCoreV3QueryParameter[];
  queryParametersToRemove: string[];
}

export type EnvoyServiceClusterV3CdsDummy = Record<string, never>;

export type EnvoyServiceDiscoveryV3AdsDummy = Record<string, never>;

export interface EnvoyServiceDiscoveryV3DeltaDiscoveryRequest {
  node: EnvoyConfigCoreV3Node | null;
  typeUrl: string;
  resourceNamesSubscribe: string[];
  resourceNamesUnsubscribe: string[];
  resourceLocatorsSubscribe: EnvoyServiceDiscoveryV3ResourceLocator[];
  resourceLocatorsUnsubscribe: EnvoyServiceDiscoveryV3ResourceLocator[];
  initialResourceVersions: Record<string, string>;
  responseNonce: string;
  errorDetail: GoogleRpcStatus | null;
}

export interface EnvoyServiceDiscoveryV3DeltaDiscoveryResponse {
  systemVersionInfo: string;
  resources: EnvoyServiceDiscoveryV3Resource[];
  typeUrl: string;
  removedResources: string[];
  removedResourceNames: EnvoyServiceDiscoveryV3ResourceName[];
  nonce: string;
  controlPlane: EnvoyConfigCoreV3ControlPlane | null;
}

export interface EnvoyServiceDiscoveryV3DiscoveryRequest {
  versionInfo: string;
  node: EnvoyConfigCoreV3Node | null;
  resourceNames: string[];
  resourceLocators: EnvoyServiceDiscoveryV3ResourceLocator[];
  typeUrl: string;
  responseNonce: string;
  errorDetail: GoogleRpcStatus | null;
}

export interface EnvoyServiceDiscoveryV3DiscoveryResponse {
  versionInfo: string;
  resources: GoogleProtobufAny[];
  canary: boolean;
  typeUrl: string;
  nonce: string;
  controlPlane: EnvoyConfigCoreV3ControlPlane | null;
}

export interface EnvoyServiceDiscoveryV3DynamicParameterConstraints {
  constraint: EnvoyServiceDiscoveryV3DynamicParameterConstraints_SingleConstraint | null;
  orConstraints: EnvoyServiceDiscoveryV3DynamicParameterConstraints_ConstraintList | null;
  andConstraints: EnvoyServiceDiscoveryV3DynamicParameterConstraints_ConstraintList | null;
  notConstraints: EnvoyServiceDiscoveryV3DynamicParameterConstraints | null;
  /** Which of these fields is set. */
  readonly type: "constraint" | "orConstraints" | "andConstraints" | "notConstraints" | undefined;
}

export interface EnvoyServiceDiscoveryV3DynamicParameterConstraints_ConstraintList {
  constraints: EnvoyServiceDiscoveryV3DynamicParameterConstraints[];
}

export interface EnvoyServiceDiscoveryV3DynamicParameterConstraints_SingleConstraint {
  key: string;
  value: string;
  exists: EnvoyServiceDiscoveryV3DynamicParameterConstraints_SingleConstraint_Exists | null;
  /** Which of these fields is set. */
  readonly constraintType: "value" | "exists" | undefined;
}

export type EnvoyServiceDiscoveryV3DynamicParameterConstraints_SingleConstraint_Exists = Record<string, never>;

export interface EnvoyServiceDiscoveryV3Resource {
  name: string;
  resourceName: EnvoyServiceDiscoveryV3ResourceName | null;
  aliases: string[];
  version: string;
  resource: GoogleProtobufAny | null;
  ttl: GoogleProtobufDuration | null;
  cacheControl: EnvoyServiceDiscoveryV3Resource_CacheControl | null;
  metadata: EnvoyConfigCoreV3Metadata | null;
}

export interface EnvoyServiceDiscoveryV3Resource_CacheControl {
  doNotCache: boolean;
}

export interface EnvoyServiceDiscoveryV3ResourceLocator {
  name: string;
  dynamicParameters: Record<string, string>;
}

export interface EnvoyServiceDiscoveryV3ResourceName {
  name: string;
  dynamicParameterConstraints: EnvoyServiceDiscoveryV3DynamicParameterConstraints | null;
}

export type EnvoyServiceEndpointV3EdsDummy = Record<string, never>;

export type EnvoyServiceEndpointV3LedsDummy = Record<string, never>;

export type EnvoyServiceExtensionV3EcdsDummy = Record<string, never>;

export interface EnvoyServiceHealthV3Capability {
  healthCheckProtocols: EnumNumber<"envoy.service.health.v3.Capability.Protocol">[];
}

export interface EnvoyServiceHealthV3ClusterEndpointsHealth {
  clusterName: string;
  localityEndpointsHealth: EnvoyServiceHealthV3LocalityEndpointsHealth[];
}

export interface EnvoyServiceHealthV3ClusterHealthCheck {
  clusterName: string;
  healthChecks: EnvoyConfigCoreV3HealthCheck[];
  localityEndpoints: EnvoyServiceHealthV3LocalityEndpoints[];
  transportSocketMatches: EnvoyConfigClusterV3Cluster_TransportSocketMatch[];
  upstreamBindConfig: EnvoyConfigCoreV3BindConfig | null;
}

export interface EnvoyServiceHealthV3EndpointHealth {
  endpoint: EnvoyConfigEndpointV3Endpoint | null;
  healthStatus: EnumNumber<"envoy.config.core.v3.HealthStatus">;
}

export interface EnvoyServiceHealthV3EndpointHealthResponse {
  endpointsHealth: EnvoyServiceHealthV3EndpointHealth[];
  clusterEndpointsHealth: EnvoyServiceHealthV3ClusterEndpointsHealth[];
}

export type EnvoyServiceHealthV3HdsDummy = Record<string, never>;

export interface EnvoyServiceHealthV3HealthCheckRequest {
  node: EnvoyConfigCoreV3Node | null;
  capability: EnvoyServiceHealthV3Capability | null;
}

export interface EnvoyServiceHealthV3HealthCheckRequestOrEndpointHealthResponse {
  healthCheckRequest: EnvoyServiceHealthV3HealthCheckRequest | null;
  endpointHealthResponse: EnvoyServiceHealthV3EndpointHealthResponse | null;
  /** Which of these fields is set. */
  readonly requestType: "healthCheckRequest" | "endpointHealthResponse" | undefined;
}

export interface EnvoyServiceHealthV3HealthCheckSpecifier {
  clusterHealthChecks: EnvoyServiceHealthV3ClusterHealthCheck[];
  interval: GoogleProtobufDuration | null;
}

export interface EnvoyServiceHealthV3LocalityEndpoints {
  locality: EnvoyConfigCoreV3Locality | null;
  endpoints: EnvoyConfigEndpointV3Endpoint[];
}

export interface EnvoyServiceHealthV3LocalityEndpointsHealth {
  locality: EnvoyConfigCoreV3Locality | null;
  endpointsHealth: EnvoyServiceHealthV3EndpointHealth[];
}

export type EnvoyServiceListenerV3LdsDummy = Record<string, never>;

export interface EnvoyServiceLoadStatsV3LoadStatsRequest {
  node: EnvoyConfigCoreV3Node | null;
  clusterStats: EnvoyConfigEndpointV3ClusterStats[];
}

export interface EnvoyServiceLoadStatsV3LoadStatsResponse {
  clusters: string[];
  sendAllClusters: boolean;
  loadReportingInterval: GoogleProtobufDuration | null;
  reportEndpointGranularity: boolean;
}

export interface EnvoyServiceRatelimitV3RateLimitRequest {
  domain: string;
  descriptors: EnvoyExtensionsCommonRatelimitV3RateLimitDescriptor[];
  hitsAddend: number;
}

export interface EnvoyServiceRatelimitV3RateLimitResponse {
  overallCode: EnumNumber<"envoy.service.ratelimit.v3.RateLimitResponse.Code">;
  statuses: EnvoyServiceRatelimitV3RateLimitResponse_DescriptorStatus[];
  responseHeadersToAdd: EnvoyConfigCoreV3HeaderValue[];
  requestHeadersToAdd: EnvoyConfigCoreV3HeaderValue[];
  rawBody: Uint8Array;
  dynamicMetadata: GoogleProtobufStruct | null;
  quota: EnvoyServiceRatelimitV3RateLimitResponse_Quota | null;
}

export interface EnvoyServiceRatelimitV3RateLimitResponse_DescriptorStatus {
  code: EnumNumber<"envoy.service.ratelimit.v3.RateLimitResponse.Code">;
  currentLimit: EnvoyServiceRatelimitV3RateLimitResponse_RateLimit | null;
  limitRemaining: number;
  durationUntilReset: GoogleProtobufDuration | null;
  quota: EnvoyServiceRatelimitV3RateLimitResponse_Quota | null;
}

export interface EnvoyServiceRatelimitV3RateLimitResponse_Quota {
  requests: number;
  validUntil: GoogleProtobufTimestamp | null;
  id: string;
  /** Which of these fields is set. */
  readonly expirationSpecifier: "validUntil" | undefined;
}

export interface EnvoyServiceRatelimitV3RateLimitResponse_RateLimit {
  name: string;
  requestsPerUnit: number;
  unit: EnumNumber<"envoy.service.ratelimit.v3.RateLimitResponse.RateLimit.Unit">;
}

export type EnvoyServiceRouteV3RdsDummy = Record<string, never>;

export type EnvoyServiceRouteV3SrdsDummy = Record<string, never>;

export type EnvoyServiceRuntimeV3RtdsDummy = Record<string, never>;

export interface EnvoyServiceRuntimeV3Runtime {
  name: string;
  layer: GoogleProtobufStruct | null;
}

export type EnvoyServiceSecretV3SdsDummy = Record<string, never>;

export interface EnvoyServiceStatusV3ClientConfig {
  node: EnvoyConfigCoreV3Node | null;
  xdsConfig: EnvoyServiceStatusV3PerXdsConfig[];
  genericXdsConfigs: EnvoyServiceStatusV3ClientConfig_GenericXdsConfig[];
  clientScope: string;
}

export interface EnvoyServiceStatusV3ClientConfig_GenericXdsConfig {
  typeUrl: string;
  name: string;
  versionInfo: string;
  xdsConfig: GoogleProtobufAny | null;
  lastUpdated: GoogleProtobufTimestamp | null;
  configStatus: EnumNumber<"envoy.service.status.v3.ConfigStatus">;
  clientStatus: EnumNumber<"envoy.admin.v3.ClientResourceStatus">;
  errorState: EnvoyAdminV3UpdateFailureState | null;
  isStaticResource: boolean;
}

export interface EnvoyServiceStatusV3ClientStatusRequest {
  nodeMatchers: EnvoyTypeMatcherV3NodeMatcher[];
  node: EnvoyConfigCoreV3Node | null;
  excludeResourceContents: boolean;
}

export interface EnvoyServiceStatusV3ClientStatusResponse {
  config: EnvoyServiceStatusV3ClientConfig[];
}

export interface EnvoyServiceStatusV3PerXdsConfig {
  status: EnumNumber<"envoy.service.status.v3.ConfigStatus">;
  clientStatus: EnumNumber<"envoy.service.status.v3.ClientConfigStatus">;
  listenerConfig: EnvoyAdminV3ListenersConfigDump | null;
  clusterConfig: EnvoyAdminV3ClustersConfigDump | null;
  routeConfig: EnvoyAdminV3RoutesConfigDump | null;
  scopedRouteConfig: EnvoyAdminV3ScopedRoutesConfigDump | null;
  endpointConfig: EnvoyAdminV3EndpointsConfigDump | null;
  /** Which of these fields is set. */
  readonly perXdsConfig: "listenerConfig" | "clusterConfig" | "routeConfig" | "scopedRouteConfig" | "endpointConfig" | undefined;
}

export interface EnvoyTypeHttpV3Cookie {
  name: string;
  ttl: GoogleProtobufDuration | null;
  path: string;
}

export interface EnvoyTypeHttpV3PathTransformation {
  operations: EnvoyTypeHttpV3PathTransformation_Operation[];
}

export interface EnvoyTypeHttpV3PathTransformation_Operation {
  normalizePathRfc3986: EnvoyTypeHttpV3PathTransformation_Operation_NormalizePathRFC3986 | null;
  mergeSlashes: EnvoyTypeHttpV3PathTransformation_Operation_MergeSlashes | null;
  /** Which of these fields is set. */
  readonly operationSpecifier: "normalizePathRfc3986" | "mergeSlashes" | undefined;
}

export type EnvoyTypeHttpV3PathTransformation_Operation_MergeSlashes = Record<string, never>;

export type EnvoyTypeHttpV3PathTransformation_Operation_NormalizePathRFC3986 = Record<string, never>;

export interface EnvoyTypeMatcherV3DoubleMatcher {
  range: EnvoyTypeV3DoubleRange | null;
  exact: number;
  /** Which of these fields is set. */
  readonly matchPattern: "range" | "exact" | undefined;
}

export interface EnvoyTypeMatcherV3FilterStateMatcher {
  key: string;
  stringMatch: EnvoyTypeMatcherV3StringMatcher | null;
  /** Which of these fields is set. */
  readonly matcher: "stringMatch" | undefined;
}

export interface EnvoyTypeMatcherV3HttpRequestHeaderMatchInput {
  headerName: string;
}

export interface EnvoyTypeMatcherV3HttpRequestQueryParamMatchInput {
  queryParam: string;
}

export interface EnvoyTypeMatcherV3HttpRequestTrailerMatchInput {
  headerName: string;
}

export interface EnvoyTypeMatcherV3HttpResponseHeaderMatchInput {
  headerName: string;
}

export type EnvoyTypeMatcherV3HttpResponseStatusCodeClassMatchInput = Record<string, never>;

export type EnvoyTypeMatcherV3HttpResponseStatusCodeMatchInput = Record<string, never>;

export interface EnvoyTypeMatcherV3HttpResponseTrailerMatchInput {
  headerName: string;
}

export interface EnvoyTypeMatcherV3ListMatcher {
  oneOf: EnvoyTypeMatcherV3ValueMatcher | null;
  /** Which of these fields is set. */
  readonly matchPattern: "oneOf" | undefined;
}

export interface EnvoyTypeMatcherV3ListStringMatcher {
  patterns: EnvoyTypeMatcherV3StringMatcher[];
}

export interface EnvoyTypeMatcherV3MetadataMatcher {
  filter: string;
  path: EnvoyTypeMatcherV3MetadataMatcher_PathSegment[];
  value: EnvoyTypeMatcherV3ValueMatcher | null;
  invert: boolean;
}

export interface EnvoyTypeMatcherV3MetadataMatcher_PathSegment {
  key: string;
  /** Which of these fields is set. */
  readonly segment: "key" | undefined;
}

export interface EnvoyTypeMatcherV3NodeMatcher {
  nodeId: EnvoyTypeMatcherV3StringMatcher | null;
  nodeMetadatas: EnvoyTypeMatcherV3StructMatcher[];
}

export interface EnvoyTypeMatcherV3OrMatcher {
  valueMatchers: EnvoyTypeMatcherV3ValueMatcher[];
}

export interface EnvoyTypeMatcherV3PathMatcher {
  path: EnvoyTypeMatcherV3StringMatcher | null;
  /** Which of these fields is set. */
  readonly rule: "path" | undefined;
}

export interface EnvoyTypeMatcherV3RegexMatchAndSubstitute {
  pattern: EnvoyTypeMatcherV3RegexMatcher | null;
  substitution: string;
}

export interface EnvoyTypeMatcherV3RegexMatcher {
  googleRe2: EnvoyTypeMatcherV3RegexMatcher_GoogleRE2 | null;
  regex: string;
  /** Which of these fields is set. */
  readonly engineType: "googleRe2" | undefined;
}

export interface EnvoyTypeMatcherV3RegexMatcher_GoogleRE2 {
  maxProgramSize: GoogleProtobufUInt32Value | null;
}

export interface EnvoyTypeMatcherV3StringMatcher {
  exact: string;
  prefix: string;
  suffix: string;
  safeRegex: EnvoyTypeMatcherV3RegexMatcher | null;
  contains: string;
  custom: XdsCoreV3TypedExtensionConfig | null;
  ignoreCase: boolean;
  /** Which of these fields is set. */
  readonly matchPattern: "exact" | "prefix" | "suffix" | "safeRegex" | "contains" | "custom" | undefined;
}

export interface EnvoyTypeMatcherV3StructMatcher {
  path: EnvoyTypeMatcherV3StructMatcher_PathSegment[];
  value: EnvoyTypeMatcherV3ValueMatcher | null;
}

export interface EnvoyTypeMatcherV3StructMatcher_PathSegment {
  key: string;
  /** Which of these fields is set. */
  readonly segment: "key" | undefined;
}

export interface EnvoyTypeMatcherV3ValueMatcher {
  nullMatch: EnvoyTypeMatcherV3ValueMatcher_NullMatch | null;
  doubleMatch: EnvoyTypeMatcherV3DoubleMatcher | null;
  stringMatch: EnvoyTypeMatcherV3StringMatcher | null;
  boolMatch: boolean;
  presentMatch: boolean;
  listMatch: EnvoyTypeMatcherV3ListMatcher | null;
  orMatch: EnvoyTypeMatcherV3OrMatcher | null;
  /** Which of these fields is set. */
  readonly matchPattern: "nullMatch" | "doubleMatch" | "stringMatch" | "boolMatch" | "presentMatch" | "listMatch" | "orMatch" | undefined;
}

export type EnvoyTypeMatcherV3ValueMatcher_NullMatch = Record<string, never>;

export interface EnvoyTypeMetadataV3MetadataKey {
  key: string;
  path: EnvoyTypeMetadataV3MetadataKey_PathSegment[];
}

export interface EnvoyTypeMetadataV3MetadataKey_PathSegment {
  key: string;
  /** Which of these fields is set. */
  readonly segment: "key" | undefined;
}

export interface EnvoyTypeMetadataV3MetadataKind {
  request: EnvoyTypeMetadataV3MetadataKind_Request | null;
  route: EnvoyTypeMetadataV3MetadataKind_Route | null;
  cluster: EnvoyTypeMetadataV3MetadataKind_Cluster | null;
  host: EnvoyTypeMetadataV3MetadataKind_Host | null;
  /** Which of these fields is set. */
  readonly kind: "request" | "route" | "cluster" | "host" | undefined;
}

export type EnvoyTypeMetadataV3MetadataKind_Cluster = Record<string, never>;

export type EnvoyTypeMetadataV3MetadataKind_Host = Record<string, never>;

export type EnvoyTypeMetadataV3MetadataKind_Request = Record<string, never>;

export type EnvoyTypeMetadataV3MetadataKind_Route = Record<string, never>;

export interface EnvoyTypeTracingV3CustomTag {
  tag: string;
  literal: EnvoyTypeTracingV3CustomTag_Literal | null;
  environment: EnvoyTypeTracingV3CustomTag_Environment | null;
  requestHeader: EnvoyTypeTracingV3CustomTag_Header | null;
  metadata: EnvoyTypeTracingV3CustomTag_Metadata | null;
  /** Which of these fields is set. */
  readonly type: "literal" | "environment" | "requestHeader" | "metadata" | undefined;
}

export interface EnvoyTypeTracingV3CustomTag_Environment {
  name: string;
  defaultValue: string;
}

export interface EnvoyTypeTracingV3CustomTag_Header {
  name: string;
  defaultValue: string;
}

export interface EnvoyTypeTracingV3CustomTag_Literal {
  value: string;
}

export interface EnvoyTypeTracingV3CustomTag_Metadata {
  kind: EnvoyTypeMetadataV3MetadataKind | null;
  metadataKey: EnvoyTypeMetadataV3MetadataKey | null;
  defaultValue: string;
}

export interface EnvoyTypeV3DoubleRange {
  start: number;
  end: number;
}

export interface EnvoyTypeV3FractionalPercent {
  numerator: number;
  denominator: EnumNumber<"envoy.type.v3.FractionalPercent.DenominatorType">;
}

export interface EnvoyTypeV3HashPolicy {
  sourceIp: EnvoyTypeV3HashPolicy_SourceIp | null;
  filterState: EnvoyTypeV3HashPolicy_FilterState | null;
  /** Which of these fields is set. */
  readonly policySpecifier: "sourceIp" | "filterState" | undefined;
}

export interface EnvoyTypeV3HashPolicy_FilterState {
  key: string;
}

export type EnvoyTypeV3HashPolicy_SourceIp = Record<string, never>;

export interface EnvoyTypeV3HttpStatus {
  code: EnumNumber<"envoy.type.v3.StatusCode">;
}

export interface EnvoyTypeV3Int32Range {
  start: number;
  end: number;
}

export interface EnvoyTypeV3Int64Range {
  start: number;
  end: number;
}

export interface EnvoyTypeV3Percent {
  value: number;
}

export interface EnvoyTypeV3RateLimitStrategy {
  blanketRule: EnumNumber<"envoy.type.v3.RateLimitStrategy.BlanketRule">;
  requestsPerTimeUnit: EnvoyTypeV3RateLimitStrategy_RequestsPerTimeUnit | null;
  tokenBucket: EnvoyTypeV3TokenBucket | null;
  /** Which of these fields is set. */
  readonly strategy: "blanketRule" | "requestsPerTimeUnit" | "tokenBucket" | undefined;
}

export interface EnvoyTypeV3RateLimitStrategy_RequestsPerTimeUnit {
  requestsPerTimeUnit: number;
  timeUnit: EnumNumber<"envoy.type.v3.RateLimitUnit">;
}

export interface EnvoyTypeV3SemanticVersion {
  majorNumber: number;
  minorNumber: number;
  patch: number;
}

export interface EnvoyTypeV3TokenBucket {
  maxTokens: number;
  tokensPerFill: GoogleProtobufUInt32Value | null;
  fillInterval: GoogleProtobufDuration | null;
}

export interface GoogleApiExprV1alpha1CheckedExpr {
  referenceMap: Record<string, GoogleApiExprV1alpha1Reference>;
  typeMap: Record<string, GoogleApiExprV1alpha1Type>;
  sourceInfo: GoogleApiExprV1alpha1SourceInfo | null;
  expr: GoogleApiExprV1alpha1Expr | null;
}

export interface GoogleApiExprV1alpha1Constant {
  nullValue: EnumNumber<"google.protobuf.NullValue">;
  boolValue: boolean;
  int64Value: number;
  uint64Value: number;
  doubleValue: number;
  stringValue: string;
  bytesValue: Uint8Array;
  durationValue: GoogleProtobufDuration | null;
  timestampValue: GoogleProtobufTimestamp | null;
  /** Which of these fields is set. */
  readonly constantKind: "nullValue" | "boolValue" | "int64Value" | "uint64Value" | "doubleValue" | "stringValue" | "bytesValue" | "durationValue" | "timestampValue" | undefined;
}

export interface GoogleApiExprV1alpha1Expr {
  id: number;
  constExpr: GoogleApiExprV1alpha1Constant | null;
  identExpr: GoogleApiExprV1alpha1Expr_Ident | null;
  selectExpr: GoogleApiExprV1alpha1Expr_Select | null;
  callExpr: GoogleApiExprV1alpha1Expr_Call | null;
  listExpr: GoogleApiExprV1alpha1Expr_CreateList | null;
  structExpr: GoogleApiExprV1alpha1Expr_CreateStruct | null;
  comprehensionExpr: GoogleApiExprV1alpha1Expr_Comprehension | null;
  /** Which of these fields is set. */
  readonly exprKind: "constExpr" | "identExpr" | "selectExpr" | "callExpr" | "listExpr" | "structExpr" | "comprehensionExpr" | undefined;
}

export interface GoogleApiExprV1alpha1Expr_Call {
  target: GoogleApiExprV1alpha1Expr | null;
  function: string;
  args: GoogleApiExprV1alpha1Expr[];
}

export interface GoogleApiExprV1alpha1Expr_Comprehension {
  iterVar: string;
  iterRange: GoogleApiExprV1alpha1Expr | null;
  accuVar: string;
  accuInit: GoogleApiExprV1alpha1Expr | null;
  loopCondition: GoogleApiExprV1alpha1Expr | null;
  loopStep: GoogleApiExprV1alpha1Expr | null;
  result: GoogleApiExprV1alpha1Expr | null;
}

export interface GoogleApiExprV1alpha1Expr_CreateList {
  elements: GoogleApiExprV1alpha1Expr[];
}

export interface GoogleApiExprV1alpha1Expr_CreateStruct {
  messageName: string;
  entries: GoogleApiExprV1alpha1Expr_CreateStruct_Entry[];
}

export interface GoogleApiExprV1alpha1Expr_CreateStruct_Entry {
  id: number;
  fieldKey: string;
  mapKey: GoogleApiExprV1alpha1Expr | null;
  value: GoogleApiExprV1alpha1Expr | null;
  /** Which of these fields is set. */
  readonly keyKind: "fieldKey" | "mapKey" | undefined;
}

export interface GoogleApiExprV1alpha1Expr_Ident {
  name: string;
}

export interface GoogleApiExprV1alpha1Expr_Select {
  operand: GoogleApiExprV1alpha1Expr | null;
  field: string;
  testOnly: boolean;
}

export interface GoogleApiExprV1alpha1ParsedExpr {
  expr: GoogleApiExprV1alpha1Expr | null;
  sourceInfo: GoogleApiExprV1alpha1SourceInfo | null;
}

export interface GoogleApiExprV1alpha1Reference {
  name: string;
  overloadId: string[];
  value: GoogleApiExprV1alpha1Constant | null;
}

export interface GoogleApiExprV1alpha1SourceInfo {
  syntaxVersion: string;
  location: string;
  lineOffsets: number[];
  positions: Record<string, number>;
  macroCalls: Record<string, GoogleApiExprV1alpha1Expr>;
}

export interface GoogleApiExprV1alpha1Type {
  dyn: GoogleProtobufEmpty | null;
  null: EnumNumber<"google.protobuf.NullValue">;
  primitive: EnumNumber<"google.api.expr.v1alpha1.Type.PrimitiveType">;
  wrapper: EnumNumber<"google.api.expr.v1alpha1.Type.PrimitiveType">;
  wellKnown: EnumNumber<"google.api.expr.v1alpha1.Type.WellKnownType">;
  listType: GoogleApiExprV1alpha1Type_ListType | null;
  mapType: GoogleApiExprV1alpha1Type_MapType | null;
  function: GoogleApiExprV1alpha1Type_FunctionType | null;
  messageType: string;
  typeParam: string;
  type: GoogleApiExprV1alpha1Type | null;
  error: GoogleProtobufEmpty | null;
  abstractType: GoogleApiExprV1alpha1Type_AbstractType | null;
  /** Which of these fields is set. */
  readonly typeKind: "dyn" | "null" | "primitive" | "wrapper" | "wellKnown" | "listType" | "mapType" | "function" | "messageType" | "typeParam" | "type" | "error" | "abstractType" | undefined;
}

export interface GoogleApiExprV1alpha1Type_AbstractType {
  name: string;
  parameterTypes: GoogleApiExprV1alpha1Type[];
}

export interface GoogleApiExprV1alpha1Type_FunctionType {
  resultType: GoogleApiExprV1alpha1Type | null;
  argTypes: GoogleApiExprV1alpha1Type[];
}

export interface GoogleApiExprV1alpha1Type_ListType {
  elemType: GoogleApiExprV1alpha1Type | null;
}

export interface GoogleApiExprV1alpha1Type_MapType {
  keyType: GoogleApiExprV1alpha1Type | null;
  valueType: GoogleApiExprV1alpha1Type | null;
}

export interface GoogleProtobufAny {
  type_url: string;
  value: Uint8Array;
}

export interface GoogleProtobufBoolValue {
  value: boolean;
}

export interface GoogleProtobufBytesValue {
  value: Uint8Array;
}

export interface GoogleProtobufDoubleValue {
  value: number;
}

export interface GoogleProtobufDuration {
  seconds: number;
  nanos: number;
}

export type GoogleProtobufEmpty = Record<string, never>;

export interface GoogleProtobufFieldMask {
  paths: string[];
}

export interface GoogleProtobufFloatValue {
  value: number;
}

export interface GoogleProtobufInt32Value {
  value: number;
}

export interface GoogleProtobufInt64Value {
  value: number;
}

export interface GoogleProtobufListValue {
  values: GoogleProtobufValue[];
}

export interface GoogleProtobufStringValue {
  value: string;
}

export interface GoogleProtobufStruct {
  fields: Record<string, GoogleProtobufValue>;
}

export interface GoogleProtobufTimestamp {
  seconds: number;
  nanos: number;
}

export interface GoogleProtobufUInt32Value {
  value: number;
}

export interface GoogleProtobufUInt64Value {
  value: number;
}

export interface GoogleProtobufValue {
  nullValue: EnumNumber<"google.protobuf.NullValue">;
  numberValue: number;
  stringValue: string;
  boolValue: boolean;
  structValue: GoogleProtobufStruct | null;
  listValue: GoogleProtobufListValue | null;
  /** Which of these fields is set. */
  readonly kind: "nullValue" | "numberValue" | "stringValue" | "boolValue" | "structValue" | "listValue" | undefined;
}

export interface GoogleRpcStatus {
  code: number;
  message: string;
  details: GoogleProtobufAny[];
}

export interface IstioNetworkingNdsV1NameTable {
  table: Record<string, IstioNetworkingNdsV1NameTable_NameInfo>;
}

export interface IstioNetworkingNdsV1NameTable_NameInfo {
  ips: string[];
  registry: string;
  shortname: string;
  namespace: string;
  altHosts: string[];
}

export interface MeshExtensionsCodecsAutoV3Auto {
  codecs: EnvoyConfigCoreV3TypedExtensionConfig[];
  detectionTimeout: GoogleProtobufDuration | null;
}

export interface MeshExtensionsCodecsBoltV3Bolt {
  heartbeatInterval: GoogleProtobufDuration | null;
  heartbeatFailures: GoogleProtobufUInt32Value | null;
  goAway: boolean;
  defaultTimeout: GoogleProtobufDuration | null;
}

export interface MeshExtensionsCodecsDubboV3Dubbo {
  heartbeatInterval: GoogleProtobufDuration | null;
  heartbeatFailures: GoogleProtobufUInt32Value | null;
  defaultTimeout: GoogleProtobufDuration | null;
  readOnlyOnDrain: boolean;
}

export interface MeshExtensionsFiltersListenerRpcInspectorV3RpcInspector {
  codecs: EnvoyConfigCoreV3TypedExtensionConfig[];
}

export interface MeshExtensionsFiltersNetworkRpcProxyV3RpcProxy {
  statPrefix: string;
  codec: EnvoyConfigCoreV3TypedExtensionConfig | null;
  routeConfig: EnvoyConfigRouteV3RouteConfiguration | null;
  rds: EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3Rds | null;
  filters: EnvoyExtensionsFiltersNetworkHttpConnectionManagerV3HttpFilter[];
  accessLog: EnvoyConfigAccesslogV3AccessLog[];
  idleTimeout: GoogleProtobufDuration | null;
  maxFrameBytes: GoogleProtobufUInt32Value | null;
  /** Which of these fields is set. */
  readonly routeSpecifier: "routeConfig" | "rds" | undefined;
}

export interface MeshExtensionsHealthCheckersRpcV3RpcHeartbeat {
  codec: EnvoyConfigCoreV3TypedExtensionConfig | null;
}

export interface MeshExtensionsUpstreamsRpcV3RpcProtocolOptions {
  codec: EnvoyConfigCoreV3TypedExtensionConfig | null;
  connectionsPerHost: GoogleProtobufUInt32Value | null;
  heartbeatInterval: GoogleProtobufDuration | null;
  reconnectBaseInterval: GoogleProtobufDuration | null;
  reconnectMaxInterval: GoogleProtobufDuration | null;
}

export interface OpentelemetryProtoCommonV1AnyValue {
  stringValue: string;
  boolValue: boolean;
  intValue: number;
  doubleValue: number;
  arrayValue: OpentelemetryProtoCommonV1ArrayValue | null;
  kvlistValue: OpentelemetryProtoCommonV1KeyValueList | null;
  bytesValue: Uint8Array;
  /** Which of these fields is set. */
  readonly value: "stringValue" | "boolValue" | "intValue" | "doubleValue" | "arrayValue" | "kvlistValue" | "bytesValue" | undefined;
}

export interface OpentelemetryProtoCommonV1ArrayValue {
  values: OpentelemetryProtoCommonV1AnyValue[];
}

export interface OpentelemetryProtoCommonV1KeyValue {
  key: string;
  value: OpentelemetryProtoCommonV1AnyValue | null;
}

export interface OpentelemetryProtoCommonV1KeyValueList {
  values: OpentelemetryProtoCommonV1KeyValue[];
}

export interface UdpaTypeV1TypedStruct {
  typeUrl: string;
  value: GoogleProtobufStruct | null;
}

export interface XdsCoreV3Authority {
  name: string;
}

export interface XdsCoreV3CidrRange {
  addressPrefix: string;
  prefixLen: GoogleProtobufUInt32Value | null;
}

export interface XdsCoreV3CollectionEntry {
  locator: XdsCoreV3ResourceLocator | null;
  inlineEntry: XdsCoreV3CollectionEntry_InlineEntry | null;
  /** Which of these fields is set. */
  readonly resourceSpecifier: "locator" | "inlineEntry" | undefined;
}

export interface XdsCoreV3CollectionEntry_InlineEntry {
  name: string;
  version: string;
  resource: GoogleProtobufAny | null;
}

export interface XdsCoreV3ContextParams {
  params: Record<string, string>;
}

export interface XdsCoreV3Resource {
  name: XdsCoreV3ResourceName | null;
  version: string;
  resource: GoogleProtobufAny | null;
}

export interface XdsCoreV3ResourceLocator {
  scheme: EnumNumber<"xds.core.v3.ResourceLocator.Scheme">;
  id: string;
  authority: string;
  resourceType: string;
  exactContext: XdsCoreV3ContextParams | null;
  directives: XdsCoreV3ResourceLocator_Directive[];
  /** Which of these fields is set. */
  readonly contextParamSpecifier: "exactContext" | undefined;
}

export interface XdsCoreV3ResourceLocator_Directive {
  alt: XdsCoreV3ResourceLocator | null;
  entry: string;
  /** Which of these fields is set. */
  readonly directive: "alt" | "entry" | undefined;
}

export interface XdsCoreV3ResourceName {
  id: string;
  authority: string;
  resourceType: string;
  context: XdsCoreV3ContextParams | null;
}

export interface XdsCoreV3TypedExtensionConfig {
  name: string;
  typedConfig: GoogleProtobufAny | null;
}

export interface XdsTypeMatcherV3CelMatcher {
  exprMatch: XdsTypeV3CelExpression | null;
  description: string;
}

export interface XdsTypeMatcherV3DoubleRangeMatcher {
  rangeMatchers: XdsTypeMatcherV3DoubleRangeMatcher_RangeMatcher[];
}

export interface XdsTypeMatcherV3DoubleRangeMatcher_RangeMatcher {
  ranges: XdsTypeV3DoubleRange[];
  onMatch: XdsTypeMatcherV3Matcher_OnMatch | null;
}

export type XdsTypeMatcherV3HttpAttributesCelMatchInput = Record<string, never>;

export interface XdsTypeMatcherV3IPMatcher {
  rangeMatchers: XdsTypeMatcherV3IPMatcher_IPRangeMatcher[];
}

export interface XdsTypeMatcherV3IPMatcher_IPRangeMatcher {
  ranges: XdsCoreV3CidrRange[];
  onMatch: XdsTypeMatcherV3Matcher_OnMatch | null;
  exclusive: boolean;
}

export interface XdsTypeMatcherV3Int32RangeMatcher {
  rangeMatchers: XdsTypeMatcherV3Int32RangeMatcher_RangeMatcher[];
}

export interface XdsTypeMatcherV3Int32RangeMatcher_RangeMatcher {
  ranges: XdsTypeV3Int32Range[];
  onMatch: XdsTypeMatcherV3Matcher_OnMatch | null;
}

export interface XdsTypeMatcherV3Int64RangeMatcher {
  rangeMatchers: XdsTypeMatcherV3Int64RangeMatcher_RangeMatcher[];
}

export interface XdsTypeMatcherV3Int64RangeMatcher_RangeMatcher {
  ranges: XdsTypeV3Int64Range[];
  onMatch: XdsTypeMatcherV3Matcher_OnMatch | null;
}

export interface XdsTypeMatcherV3ListStringMatcher {
  patterns: XdsTypeMatcherV3StringMatcher[];
}

export interface XdsTypeMatcherV3Matcher {
  matcherList: XdsTypeMatcherV3Matcher_MatcherList | null;
  matcherTree: XdsTypeMatcherV3Matcher_MatcherTree | null;
  onNoMatch: XdsTypeMatcherV3Matcher_OnMatch | null;
  /** Which of these fields is set. */
  readonly matcherType: "matcherList" | "matcherTree" | undefined;
}

export interface XdsTypeMatcherV3Matcher_MatcherList {
  matchers: XdsTypeMatcherV3Matcher_MatcherList_FieldMatcher[];
}

export interface XdsTypeMatcherV3Matcher_MatcherList_FieldMatcher {
  predicate: XdsTypeMatcherV3Matcher_MatcherList_Predicate | null;
  onMatch: XdsTypeMatcherV3Matcher_OnMatch | null;
}

export interface XdsTypeMatcherV3Matcher_MatcherList_Predicate {
  singlePredicate: XdsTypeMatcherV3Matcher_MatcherList_Predicate_SinglePredicate | null;
  orMatcher: XdsTypeMatcherV3Matcher_MatcherList_Predicate_PredicateList | null;
  andMatcher: XdsTypeMatcherV3Matcher_MatcherList_Predicate_PredicateList | null;
  notMatcher: XdsTypeMatcherV3Matcher_MatcherList_Predicate | null;
  /** Which of these fields is set. */
  readonly matchType: "singlePredicate" | "orMatcher" | "andMatcher" | "notMatcher" | undefined;
}

export interface XdsTypeMatcherV3Matcher_MatcherList_Predicate_PredicateList {
  predicate: XdsTypeMatcherV3Matcher_MatcherList_Predicate[];
}

export interface XdsTypeMatcherV3Matcher_MatcherList_Predicate_SinglePredicate {
  input: XdsCoreV3TypedExtensionConfig | null;
  valueMatch: XdsTypeMatcherV3StringMatcher | null;
  customMatch: XdsCoreV3TypedExtensionConfig | null;
  /** Which of these fields is set. */
  readonly matcher: "valueMatch" | "customMatch" | undefined;
}

export interface XdsTypeMatcherV3Matcher_MatcherTree {
  input: XdsCoreV3TypedExtensionConfig | null;
  exactMatchMap: XdsTypeMatcherV3Matcher_MatcherTree_MatchMap | null;
  prefixMatchMap: XdsTypeMatcherV3Matcher_MatcherTree_MatchMap | null;
  customMatch: XdsCoreV3TypedExtensionConfig | null;
  /** Which of these fields is set. */
  readonly treeType: "exactMatchMap" | "prefixMatchMap" | "customMatch" | undefined;
}

export interface XdsTypeMatcherV3Matcher_MatcherTree_MatchMap {
  map: Record<string, XdsTypeMatcherV3Matcher_OnMatch>;
}

export interface XdsTypeMatcherV3Matcher_OnMatch {
  matcher: XdsTypeMatcherV3Matcher | null;
  action: XdsCoreV3TypedExtensionConfig | null;
  /** Which of these fields is set. */
  readonly onMatch: "matcher" | "action" | undefined;
}

export interface XdsTypeMatcherV3RegexMatcher {
  googleRe2: XdsTypeMatcherV3RegexMatcher_GoogleRE2 | null;
  regex: string;
  /** Which of these fields is set. */
  readonly engineType: "googleRe2" | undefined;
}

export type XdsTypeMatcherV3RegexMatcher_GoogleRE2 = Record<string, never>;

export interface XdsTypeMatcherV3ServerNameMatcher {
  domainMatchers: XdsTypeMatcherV3ServerNameMatcher_DomainMatcher[];
}

export interface XdsTypeMatcherV3ServerNameMatcher_DomainMatcher {
  domains: string[];
  onMatch: XdsTypeMatcherV3Matcher_OnMatch | null;
}

export interface XdsTypeMatcherV3StringMatcher {
  exact: string;
  prefix: string;
  suffix: string;
  safeRegex: XdsTypeMatcherV3RegexMatcher | null;
  contains: string;
  ignoreCase: boolean;
  /** Which of these fields is set. */
  readonly matchPattern: "exact" | "prefix" | "suffix" | "safeRegex" | "contains" | undefined;
}

export interface XdsTypeV3CelExpression {
  parsedExpr: GoogleApiExprV1alpha1ParsedExpr | null;
  checkedExpr: GoogleApiExprV1alpha1CheckedExpr | null;
  /** Which of these fields is set. */
  readonly exprSpecifier: "parsedExpr" | "checkedExpr" | undefined;
}

export interface XdsTypeV3CelExtractString {
  exprExtract: XdsTypeV3CelExpression | null;
  defaultValue: GoogleProtobufStringValue | null;
}

export interface XdsTypeV3DoubleRange {
  start: number;
  end: number;
}

export interface XdsTypeV3Int32Range {
  start: number;
  end: number;
}

export interface XdsTypeV3Int64Range {
  start: number;
  end: number;
}

export interface XdsTypeV3TypedStruct {
  typeUrl: string;
  value: GoogleProtobufStruct | null;
}
