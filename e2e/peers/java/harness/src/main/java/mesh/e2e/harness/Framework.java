package mesh.e2e.harness;

import com.fasterxml.jackson.databind.JsonNode;

/** What a framework's module gives the driver. */
public interface Framework {
  /**
   * Makes a reference to {@link mesh.e2e.EchoService}.
   *
   * @param options the fields of the command; the framework says which it knows
   */
  Reference refer(JsonNode options) throws Exception;

  /** The framework's own number for a failure, or null where it has none. */
  Integer errorType(Throwable failure);
}
