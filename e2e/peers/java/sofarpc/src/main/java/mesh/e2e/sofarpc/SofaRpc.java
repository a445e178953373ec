package mesh.e2e.sofarpc;

import com.alipay.sofa.rpc.config.ApplicationConfig;
import com.alipay.sofa.rpc.config.ConsumerConfig;
import com.alipay.sofa.rpc.config.RegistryConfig;
import com.alipay.sofa.rpc.core.exception.SofaRpcException;
import com.fasterxml.jackson.databind.JsonNode;
import mesh.e2e.EchoService;
import mesh.e2e.harness.Framework;
import mesh.e2e.harness.Reference;

/**
 * SOFARPC's side of the driver. Fields of {@code refer}: {@code url} (one or more {@code bolt://host:port}, separated by commas; without it
 * the registry is asked), and, each optional, {@code invokeType} (sync, oneway, future, callback), {@code timeout} and {@code connectTimeout} and {@code reconnectPeriod} in milliseconds,
 * {@code retries}, {@code uniqueId}, {@code serialization}, {@code connectionNum}, {@code app}, {@code cluster}, {@code loadBalancer}, {@code lazy}.
 */
final class SofaRpc implements Framework {
  private static final int DEFAULT_TIMEOUT = 3000;

  private final RegistryConfig registry;

  /** With null for a registry all references must have a URL. */
  SofaRpc(RegistryConfig registry) {
    this.registry = registry;
  }

  @Override
  public Reference refer(JsonNode options) {
    ConsumerConfig<EchoService> config =
        new ConsumerConfig<EchoService>()
            .setInterfaceId(EchoService.class.getName())
            .setProtocol("bolt")
            .setApplication(new ApplicationConfig().setAppName(options.path("app").asText("java-consumer")))
            .setInvokeType(options.path("invokeType").asText("sync"))
            .setTimeout(options.path("timeout").asInt(DEFAULT_TIMEOUT))
            .setRetries(options.path("retries").asInt(0))
            .setLazy(options.path("lazy").asBoolean())
            // Many tests refer to the same service from one process.
            .setRepeatedReferLimit(-1);
    if (options.has("url")) {
      config.setDirectUrl(options.get("url").asText());
    } else if (registry != null) {
      config.setRegistry(registry);
    } else {
      throw new IllegalArgumentException("neither a URL nor a registry");
    }
    if (options.has("uniqueId")) {
      config.setUniqueId(options.get("uniqueId").asText());
    }
    if (options.has("serialization")) {
      config.setSerialization(options.get("serialization").asText());
    }
    if (options.has("connectTimeout")) {
      config.setConnectTimeout(options.get("connectTimeout").asInt());
    }
    if (options.has("reconnectPeriod")) {
      config.setReconnectPeriod(options.get("reconnectPeriod").asInt());
    }
    if (options.has("connectionNum")) {
      config.setConnectionNum(options.get("connectionNum").asInt());
    }
    if (options.has("cluster")) {
      config.setCluster(options.get("cluster").asText());
    }
    if (options.has("loadBalancer")) {
      config.setLoadBalancer(options.get("loadBalancer").asText());
    }
    return new SofaReference(config);
  }

  @Override
  public Integer errorType(Throwable failure) {
    return failure instanceof SofaRpcException sofa ? sofa.getErrorType() : null;
  }
}
