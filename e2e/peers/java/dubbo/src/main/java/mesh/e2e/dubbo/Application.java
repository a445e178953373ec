package mesh.e2e.dubbo;

import org.apache.dubbo.config.ApplicationConfig;
import org.apache.dubbo.config.RegistryConfig;
import org.apache.dubbo.config.bootstrap.DubboBootstrap;

/** The process's one application: no registry, and no port but those of its services. */
final class Application {
  private Application() {}

  static DubboBootstrap bootstrap(String name) {
    ApplicationConfig application = new ApplicationConfig(name);
    application.setQosEnable(false);
    // A consumer that registers itself would export a service about itself, on port 20880 of all addresses.
    application.setRegisterConsumer(false);
    return DubboBootstrap.getInstance().application(application).registry(new RegistryConfig(RegistryConfig.NO_AVAILABLE));
  }
}
