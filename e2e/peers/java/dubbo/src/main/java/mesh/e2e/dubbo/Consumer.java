package mesh.e2e.dubbo;

import java.io.IOException;
import java.util.Set;
import mesh.e2e.harness.Driver;
import mesh.e2e.harness.Options;

/** A consumer driven over standard input; {@link Driver} says how, and {@link Application} its options. */
public final class Consumer {
  private Consumer() {}

  public static void main(String[] arguments) throws IOException {
    Options options = new Options(arguments, Set.of("app", "registry"));
    // Many tests refer to the same service from one process; 3.x refuses that unless it is told.
    System.setProperty("dubbo.config.ignore-duplicated-interface", "true");
    Application.consumer(options).start();
    new Driver(new DubboRpc()).run();
  }
}
