package mesh.e2e.harness;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** A provider's command line: {@code name=value} arguments. An unknown name is an error, so that no test believes in an option that nobody reads. */
public final class Options {
  private final Map<String, String> values = new HashMap<>();

  public Options(String[] arguments, Set<String> known) {
    for (String argument : arguments) {
      int equals = argument.indexOf('=');
      String name = equals < 0 ? argument : argument.substring(0, equals);
      if (equals < 0 || !known.contains(name)) {
        throw new IllegalArgumentException("unknown argument " + argument + "; known: " + known);
      }
      values.put(name, argument.substring(equals + 1));
    }
  }

  public boolean has(String name) {
    return values.containsKey(name);
  }

  public String text(String name) {
    String value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException("missing argument " + name + "=…");
    }
    return value;
  }

  public String text(String name, String fallback) {
    return values.getOrDefault(name, fallback);
  }

  public int number(String name) {
    return Integer.parseInt(text(name));
  }

  /** A JSON object of texts; empty without the option. */
  public Map<String, String> map(String name) throws JsonProcessingException {
    return Values.JSON.readValue(text(name, "{}"), new TypeReference<>() {});
  }
}
