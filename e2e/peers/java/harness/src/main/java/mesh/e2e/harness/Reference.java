package mesh.e2e.harness;

import java.lang.reflect.Method;
import java.util.Map;

/** A reference to the service: calls from any number of threads. */
public interface Reference {
  /**
   * Calls, and waits for the outcome, whatever the framework's way of calling.
   *
   * @param headers to be sent with the request
   * @return what the method returned; null for one-way calls
   * @throws Throwable what the application would see
   */
  Object call(Method method, Object[] arguments, Map<String, String> headers) throws Throwable;

  /** What came with the answer to this thread's last call, where the framework shows it. */
  default Map<String, String> replyHeaders() {
    return Map.of();
  }

  /** Gives up the reference and its connections. */
  void release();
}
