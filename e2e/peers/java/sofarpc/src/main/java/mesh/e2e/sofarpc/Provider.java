package mesh.e2e.sofarpc;

import com.alipay.sofa.rpc.config.ApplicationConfig;
import com.alipay.sofa.rpc.config.ProviderConfig;
import com.alipay.sofa.rpc.config.ServerConfig;
import java.util.Set;
import mesh.e2e.EchoService;
import mesh.e2e.EchoServiceImpl;
import mesh.e2e.harness.Lifeline;
import mesh.e2e.harness.Options;

/** Exports the service over Bolt on loopback, prints READY, and serves until it is stopped. */
public final class Provider {
  private static final Set<String> OPTIONS =
      Set.of("port", "id", "app", "uniqueId", "serialization", "coreThreads", "maxThreads", "queues", "stopTimeout");

  private Provider() {}

  public static void main(String[] arguments) {
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
            .setServer(server)
            .setRegister(false);
    if (options.has("uniqueId")) {
      provider.setUniqueId(options.text("uniqueId"));
    }
    provider.export();
    System.out.println("READY");
  }
}
