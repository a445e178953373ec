package mesh.e2e.sofarpc;

import com.alipay.sofa.rpc.common.SystemInfo;
import com.alipay.sofa.rpc.config.RegistryConfig;
import mesh.e2e.harness.Options;

/** The registry that the options {@code registry} (host:port, and a path if it has a root of its own) and {@code session} (milliseconds) name. */
final class Registries {
  private Registries() {}

  /** Null without such an option. */
  static RegistryConfig zookeeper(Options options) {
    if (!options.has("registry")) {
      return null;
    }
    // A consumer would tell the address of this host's network.
    SystemInfo.setLocalHost("127.0.0.1");
    RegistryConfig registry = new RegistryConfig().setProtocol("zookeeper").setAddress(options.text("registry"));
    if (options.has("session")) {
      // SOFARPC has no setting of its own for sessions: they last three times as long as connecting may.
      registry.setConnectTimeout(options.number("session") / 3);
    }
    return registry;
  }
}
