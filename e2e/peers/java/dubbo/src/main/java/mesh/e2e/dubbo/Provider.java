package mesh.e2e.dubbo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import mesh.e2e.EchoService;
import mesh.e2e.EchoServiceImpl;
import mesh.e2e.harness.Lifeline;
import mesh.e2e.harness.Options;
import org.apache.dubbo.config.ProtocolConfig;
import org.apache.dubbo.config.ServiceConfig;
import org.apache.dubbo.config.bootstrap.DubboBootstrap;

/**
 * Exports services on loopback, prints READY, and serves until it is stopped. {@code services} is a JSON list of objects with {@code interface},
 * {@code version}, {@code group}, {@code weight}, {@code parameters} of the URL and {@code id}, each optional; {@link Application} has the options of the
 * process, and the others are those of the protocol, thus of all services.
 */
public final class Provider {
  private static final Set<String> OPTIONS =
      Set.of(
          "port",
          "app",
          "registry",
          "metadataType",
          "services",
          "serialization",
          "preferSerialization",
          "payload",
          "threads",
          "queues",
          "heartbeat",
          "stopTimeout");

  private Provider() {}

  public static void main(String[] arguments) throws Exception {
    Options options = new Options(arguments, OPTIONS);
    Lifeline.watch();
    if (options.has("stopTimeout")) {
      System.setProperty("dubbo.service.shutdown.wait", options.text("stopTimeout"));
    }
    DubboBootstrap bootstrap = Application.provider(options).protocol(protocol(options));
    int services = 0;
    for (JsonNode service : new ObjectMapper().readTree(options.text("services", "[{}]"))) {
      bootstrap.service(service(service, ++services));
    }
    bootstrap.start();
    System.out.println("READY");
    Thread.currentThread().join();
  }

  private static ProtocolConfig protocol(Options options) {
    ProtocolConfig protocol = new ProtocolConfig("dubbo", options.number("port"));
    if (options.has("serialization")) {
      protocol.setSerialization(options.text("serialization"));
    }
    if (options.has("payload")) {
      protocol.setPayload(options.number("payload"));
    }
    if (options.has("threads")) {
      protocol.setThreadpool("fixed");
      protocol.setThreads(options.number("threads"));
    }
    if (options.has("queues")) {
      protocol.setQueues(options.number("queues"));
    }
    if (options.has("heartbeat")) {
      protocol.setHeartbeat(options.number("heartbeat"));
    }
    if (options.has("preferSerialization")) {
      protocol.setParameters(new HashMap<>(Map.of("prefer.serialization", options.text("preferSerialization"))));
    }
    return protocol;
  }

  private static ServiceConfig<EchoService> service(JsonNode options, int number) {
    ServiceConfig<EchoService> service = new ServiceConfig<>();
    // 2.7 keeps only the first of those without a name.
    service.setId("service-" + number);
    service.setInterface(options.path("interface").asText(EchoService.class.getName()));
    service.setRef(new EchoServiceImpl(options.path("id").asText("provider"), new Attachments()));
    if (options.has("weight")) {
      service.setWeight(options.get("weight").asInt());
    }
    if (options.has("parameters")) {
      Map<String, String> parameters = new HashMap<>();
      options.get("parameters").fields().forEachRemaining(field -> parameters.put(field.getKey(), field.getValue().asText()));
      service.setParameters(parameters);
    }
    if (options.has("version")) {
      service.setVersion(options.get("version").asText());
    }
    if (options.has("group")) {
      service.setGroup(options.get("group").asText());
    }
    return service;
  }
}
