package mesh.e2e.dubbo;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Map;
import mesh.e2e.EchoService;
import mesh.e2e.harness.Framework;
import mesh.e2e.harness.Reference;
import org.apache.dubbo.config.ReferenceConfig;
import org.apache.dubbo.rpc.RpcException;

/**
 * Dubbo's side of the driver. Fields of {@code refer}: {@code url} (one or more {@code dubbo://host:port/path?…}, separated by semicolons; without it
 * the registry is asked), and, each optional, {@code invokeType} (sync, async, oneway, generic), {@code interface}, {@code version}, {@code group}, {@code timeout} in milliseconds,
 * {@code retries}, {@code connections}, {@code cluster}, {@code loadBalancer}, {@code lazy}, and an object of {@code parameters} of the URL.
 */
final class DubboRpc implements Framework {
  private static final int DEFAULT_TIMEOUT = 3000;

  @Override
  public Reference refer(JsonNode options) {
    String invokeType = options.path("invokeType").asText("sync");
    ReferenceConfig<Object> config = new ReferenceConfig<>();
    config.setInterface(options.path("interface").asText(EchoService.class.getName()));
    if (options.has("url")) {
      config.setUrl(options.get("url").asText());
    }
    config.setTimeout(options.path("timeout").asInt(DEFAULT_TIMEOUT));
    config.setRetries(options.path("retries").asInt(0));
    // Whoever does not listen yet may do so by the first call.
    config.setCheck(false);
    if (options.has("version")) {
      config.setVersion(options.get("version").asText());
    }
    if (options.has("group")) {
      config.setGroup(options.get("group").asText());
    }
    if (options.has("connections")) {
      config.setConnections(options.get("connections").asInt());
    }
    if (options.has("cluster")) {
      config.setCluster(options.get("cluster").asText());
    }
    if (options.has("loadBalancer")) {
      config.setLoadbalance(options.get("loadBalancer").asText());
    }
    if (options.has("lazy")) {
      config.setLazy(options.get("lazy").asBoolean());
    }
    Map<String, String> parameters = new HashMap<>();
    options.path("parameters").fields().forEachRemaining(field -> parameters.put(field.getKey(), field.getValue().asText()));
    switch (invokeType) {
      case "sync" -> {}
      case "async" -> config.setAsync(true);
      case "oneway" -> parameters.put("return", "false");
      case "generic" -> config.setGeneric("true");
      default -> throw new IllegalArgumentException("invokeType " + invokeType);
    }
    config.setParameters(parameters);
    return new DubboReference(config, invokeType);
  }

  @Override
  public Integer errorType(Throwable failure) {
    return failure instanceof RpcException dubbo ? dubbo.getCode() : null;
  }
}
