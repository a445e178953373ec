package mesh.e2e.harness;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** What an application sees of a failed call: class, the framework's number, message, and the same of the causes. */
final class Failure {
  private static final int LONGEST_MESSAGE = 500;
  private static final int MOST_CAUSES = 10;

  private Failure() {}

  static ObjectNode describe(Throwable failure, Framework framework) {
    ObjectNode node = Values.JSON.createObjectNode().put("class", failure.getClass().getName());
    Integer errorType = framework.errorType(failure);
    if (errorType != null) {
      node.put("errorType", errorType);
    }
    node.put("message", message(failure));
    ArrayNode causes = node.putArray("causes");
    Throwable cause = failure.getCause();
    for (int i = 0; cause != null && i < MOST_CAUSES; i++) {
      causes.addObject().put("class", cause.getClass().getName()).put("message", message(cause));
      cause = cause.getCause();
    }
    return node;
  }

  /** The same for failures that differ only in addresses and trace ids. */
  static String kind(Throwable failure, Framework framework) {
    StringBuilder kind = new StringBuilder().append(framework.errorType(failure));
    for (Throwable each = failure; each != null && each.getCause() != each; each = each.getCause()) {
      kind.append(' ').append(each.getClass().getName());
    }
    return kind.toString();
  }

  private static String message(Throwable failure) {
    String message = String.valueOf(failure.getMessage());
    return message.length() <= LONGEST_MESSAGE ? message : message.substring(0, LONGEST_MESSAGE) + "…";
  }
}
