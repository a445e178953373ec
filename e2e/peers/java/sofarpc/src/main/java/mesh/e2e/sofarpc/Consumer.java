package mesh.e2e.sofarpc;

import java.io.IOException;
import java.util.Set;
import mesh.e2e.harness.Driver;
import mesh.e2e.harness.Options;

/**
 * A consumer driven over standard input; {@link Driver} says how. {@code bolt=v1|v2|v2-checksum} chooses what it speaks; {@link Registries} says how to name
 * the registry for references without a URL.
 */
public final class Consumer {
  private Consumer() {}

  public static void main(String[] arguments) throws IOException {
    Options options = new Options(arguments, Set.of("bolt", "registry", "session"));
    String bolt = options.text("bolt", "v1");
    switch (bolt) {
      case "v1" -> {}
      case "v2" -> BoltV2Transport.install(false);
      case "v2-checksum" -> BoltV2Transport.install(true);
      default -> throw new IllegalArgumentException("bolt=" + bolt);
    }
    new Driver(new SofaRpc(Registries.zookeeper(options))).run();
  }
}
