package mesh.e2e.harness;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import mesh.e2e.EchoService;
import mesh.e2e.Order;

/**
 * Arguments and results in JSON. What is large goes by description: the argument {@code {"$bytes": n}} is n bytes (byte i is i % 251), {@code {"$text": n}}
 * a text of n letters; a result of bytes, or a text of more than 4096, is told as its length and CRC-32.
 */
final class Values {
  /** 64 bits and decimals as texts: JavaScript's numbers would lose digits. */
  private interface OrderInJson {
    @JsonFormat(shape = JsonFormat.Shape.STRING)
    long getNumber();

    @JsonFormat(shape = JsonFormat.Shape.STRING)
    BigDecimal getPrice();
  }

  static final ObjectMapper JSON = new ObjectMapper().addMixIn(Order.class, OrderInJson.class);
  private static final int LONGEST_TEXT = 4096;

  private Values() {}

  static Method method(String name) {
    for (Method method : EchoService.class.getMethods()) {
      if (method.getName().equals(name)) {
        return method;
      }
    }
    throw new IllegalArgumentException("no method " + name);
  }

  static Object[] arguments(Method method, JsonNode values) {
    Type[] types = method.getGenericParameterTypes();
    if (values.size() != types.length) {
      throw new IllegalArgumentException(method.getName() + " takes " + types.length + " arguments, not " + values.size());
    }
    Object[] arguments = new Object[types.length];
    for (int i = 0; i < types.length; i++) {
      arguments[i] = argument(types[i], values.get(i));
    }
    return arguments;
  }

  private static Object argument(Type type, JsonNode value) {
    if (value.has("$bytes")) {
      byte[] bytes = new byte[value.get("$bytes").intValue()];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) (i % 251);
      }
      return bytes;
    }
    if (value.has("$text")) {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < value.get("$text").intValue(); i++) {
        text.append((char) ('a' + i % 26));
      }
      return text.toString();
    }
    return JSON.convertValue(value, JSON.constructType(type));
  }

  static JsonNode result(Object value) {
    if (value instanceof byte[] bytes) {
      return digest("$bytes", bytes.length, bytes);
    }
    if (value instanceof String text && text.length() > LONGEST_TEXT) {
      return digest("$text", text.length(), text.getBytes(StandardCharsets.UTF_8));
    }
    return JSON.valueToTree(value);
  }

  private static ObjectNode digest(String kind, int length, byte[] bytes) {
    CRC32 crc = new CRC32();
    crc.update(bytes);
    return JSON.createObjectNode().put(kind, length).put("crc32", crc.getValue());
  }
}
