package mesh.e2e.dubbo;

import mesh.e2e.harness.Options;
import org.apache.dubbo.config.ApplicationConfig;
import org.apache.dubbo.config.RegistryConfig;
import org.apache.dubbo.config.bootstrap.DubboBootstrap;

/**
 * The process's one application, from the options {@code app}, {@code registry} (a URL with all that the registry is to know; none without it) and
 * {@code metadataType} (local, remote). It has no port but those of its services.
 */
final class Application {
  private Application() {}

  /** An application that exports services. */
  static DubboBootstrap provider(Options options) {
    // One without services registers itself as a consumer; 3.2 registers no application at all when it may not.
    return bootstrap(options, "java-provider", options.has("registry"));
  }

  /** An application that only calls. */
  static DubboBootstrap consumer(Options options) {
    // Registered, it would export a service about itself, on port 20880 of all addresses.
    return bootstrap(options, "java-consumer", false);
  }

  private static DubboBootstrap bootstrap(Options options, String defaultName, boolean registersItself) {
    ApplicationConfig application = new ApplicationConfig(options.text("app", defaultName));
    application.setQosEnable(false);
    if (!registersItself) {
      application.setRegisterConsumer(false);
    }
    if (options.has("metadataType")) {
      application.setMetadataType(options.text("metadataType"));
    }
    RegistryConfig registry = new RegistryConfig(options.text("registry", RegistryConfig.NO_AVAILABLE));
    return DubboBootstrap.getInstance().application(application).registry(registry);
  }
}
