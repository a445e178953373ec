package mesh.e2e.sofarpc;

import com.alipay.sofa.rpc.config.ApplicationConfig;
import com.alipay.sofa.rpc.config.ProviderConfig;
import com.alipay.sofa.rpc.config.RegistryConfig;
import com.alipay.sofa.rpc.config.ServerConfig;
import java.util.Map;
import java.util.Set;
import mesh.e2e.EchoService;
import mesh.e2e.EchoServiceImpl;
import mesh.e2e.harness.Lifeline;
import mesh.e2e.harness.Options;

/** Exports the service over Bolt on loopback, in the registry's books if there is one, prints READY, and serves until it is stopped. */
public final class Provider {
  private static final Set<String> OPTIONS =
      Set.of(
          "port",
          "id",
          "app",
          "uniqueId",
          "weight",
          "parameters",
          "registry",
          "session",
          "serialization",
          "coreThreads",
          "maxThreads",
          "queues",
          "stopTimeout");

  private Provider() {}

  public static void main(String[] arguments) throws Exception {
    Options options = new Options(arguments, OPTIONS);
    Lifeline.watch();

    ServerConfig server = new ServerConfig().setProtocol("bolt").setHost("127.0.0.1").setVirtualHost("127.0.0.1").setPort(options.number("port")).setDaemon(false);
    if (options.has("serialization")) {
      server.setSerialization(options.text("serialization"));
    }
    if (options.has("coreThreads")) {
      server.setCoreThreads(options.number("coreThreads"));
    }
    if (options.has("maxThreads")) {
      server.setMaxThreads(options.number("maxThreads"));
    }
    if (options.has("queues")) {
      server.setQueues(options.number("queues"));
    }
    if (options.has("stopTimeout")) {
      server.setStopTimeout(options.number("stopTimeout"));
    }

    ProviderConfig<EchoService> provider =
        new ProviderConfig<EchoService>()
            .setInterfaceId(EchoService.class.getName())
            .setRef(new EchoServiceImpl(options.text("id", "provider")))
            .setApplication(new ApplicationConfig().setAppName(options.text("app", "java-provider")))
            .setServer(server);
    RegistryConfig registry = Registries.zookeeper(options);
    if (registry == null) {
      provider.setRegister(false);
    } else {
      provider.setRegistry(registry);
    }
    if (options.has("uniqueId")) {
      provider.setUniqueId(options.text("uniqueId"));
    }
    if (options.has("weight")) {
      provider.setWeight(options.number("weight"));
    }
    for (Map.Entry<String, String> parameter : options.map("parameters").entrySet()) {
      provider.setParameter(parameter.getKey(), parameter.getValue());
    }
    provider.export();
    System.out.println("READY");
  }
}
