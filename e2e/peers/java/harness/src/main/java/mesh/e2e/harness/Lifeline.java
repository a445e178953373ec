package mesh.e2e.harness;

import java.io.IOException;

/** Ends this process with the one that started it: standard input closes when that process is gone, however it went. */
public final class Lifeline {
  private Lifeline() {}

  public static void watch() {
    Thread watcher =
        new Thread(
            () -> {
              try {
                while (System.in.read() >= 0) {
                  // Nothing is sent here.
                }
              } catch (IOException gone) {
                // The same as the end of input.
              }
              Runtime.getRuntime().halt(0);
            },
            "lifeline");
    watcher.setDaemon(true);
    watcher.start();
  }
}
