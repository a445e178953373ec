package mesh.e2e.harness;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A consumer that is told what to do: one JSON object a line on standard input, one a line on standard output with the same {@code id}. Commands run side
 * by side, so answers come in any order. End of input ends the process.
 *
 * <pre>
 * {"op":"refer","name":N,…}                                        makes a reference; the framework knows the other fields
 * {"op":"release","name":N}
 * {"op":"call","ref":N,"method":M,"args":[…],"headers":{…}}        → {"result":R} or {"failure":{class,errorType,message,causes}}, and "ms", "headers"
 * {"op":"load","ref":N,…as call…,"repeat":n,"concurrency":n,"pauseMs":n,"distinct":true}   → counts of outcomes
 * {"op":"start","name":N,…as load without repeat…}                 calls until stopped
 * {"op":"succeed","name":N,"more":n}                               answered once that many more calls have succeeded
 * {"op":"progress","name":N} · {"op":"stop","name":N}              → counts of outcomes
 * </pre>
 *
 * A command that could not be carried out is answered with {@code "error"}.
 */
public final class Driver {
  private final Framework framework;
  private final PrintStream answers = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
  private final Map<String, Reference> references = new ConcurrentHashMap<>();
  private final Map<String, Load> loads = new ConcurrentHashMap<>();

  public Driver(Framework framework) {
    this.framework = framework;
  }

  /** Serves commands until the input ends, and then ends the process. */
  public void run() throws IOException {
    // What frameworks print must not come between the answers.
    System.setOut(System.err);
    BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    ExecutorService workers = Executors.newCachedThreadPool();
    answer(Values.JSON.createObjectNode().put("ready", true));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      JsonNode command = Values.JSON.readTree(line);
      workers.execute(() -> serve(command));
    }
    Runtime.getRuntime().halt(0);
  }

  private void serve(JsonNode command) {
    ObjectNode reply;
    try {
      reply = carryOut(command);
    } catch (Throwable thrown) {
      reply = Values.JSON.createObjectNode().put("error", thrown.toString());
    }
    reply.set("id", command.get("id"));
    answer(reply);
  }

  private ObjectNode carryOut(JsonNode command) throws Exception {
    String op = command.path("op").asText();
    return switch (op) {
      case "refer" -> {
        references.put(name(command), framework.refer(command));
        yield Values.JSON.createObjectNode();
      }
      case "release" -> {
        Reference reference = references.remove(name(command));
        if (reference != null) {
          reference.release();
        }
        yield Values.JSON.createObjectNode();
      }
      case "call" -> call(command);
      case "load" -> {
        Load load = load(command, command.path("repeat").asLong(1));
        load.join();
        yield load.summary();
      }
      case "start" -> {
        loads.put(name(command), load(command, 0));
        yield Values.JSON.createObjectNode();
      }
      case "succeed" -> {
        running(command).awaitSuccesses(command.path("more").asLong());
        yield Values.JSON.createObjectNode();
      }
      case "progress" -> running(command).summary();
      case "stop" -> {
        Load load = running(command);
        load.stop();
        load.join();
        loads.remove(name(command));
        yield load.summary();
      }
      default -> throw new IllegalArgumentException("unknown op " + op);
    };
  }

  private ObjectNode call(JsonNode command) {
    Method method = Values.method(command.path("method").asText());
    Object[] arguments = Values.arguments(method, command.path("args"));
    Reference reference = reference(command);
    ObjectNode reply = Values.JSON.createObjectNode();
    long begun = System.nanoTime();
    try {
      Object result = reference.call(method, arguments, headers(command));
      reply.set("result", Values.result(result));
    } catch (Throwable thrown) {
      reply.set("failure", Failure.describe(thrown, framework));
    }
    reply.put("ms", (System.nanoTime() - begun) / 1e6);
    ObjectNode replyHeaders = reply.putObject("headers");
    reference.replyHeaders().forEach(replyHeaders::put);
    return reply;
  }

  private Load load(JsonNode command, long repeat) {
    Method method = Values.method(command.path("method").asText());
    Object[] arguments = Values.arguments(method, command.path("args"));
    boolean distinct = command.path("distinct").asBoolean();
    if (distinct && !(arguments.length > 0 && arguments[0] instanceof String)) {
      throw new IllegalArgumentException("distinct needs a text as first argument");
    }
    Load.Plan plan =
        new Load.Plan(
            method, arguments, headers(command), command.path("concurrency").asInt(1), repeat, command.path("pauseMs").asLong(), distinct);
    return new Load(plan, reference(command), framework);
  }

  private static String name(JsonNode command) {
    return command.path("name").asText();
  }

  private Reference reference(JsonNode command) {
    String name = command.path("ref").asText();
    Reference reference = references.get(name);
    if (reference == null) {
      throw new IllegalArgumentException("no reference " + name);
    }
    return reference;
  }

  private Load running(JsonNode command) {
    Load load = loads.get(name(command));
    if (load == null) {
      throw new IllegalArgumentException("no load " + name(command));
    }
    return load;
  }

  private static Map<String, String> headers(JsonNode command) {
    Map<String, String> headers = new HashMap<>();
    for (Iterator<Map.Entry<String, JsonNode>> fields = command.path("headers").fields(); fields.hasNext(); ) {
      Map.Entry<String, JsonNode> field = fields.next();
      headers.put(field.getKey(), field.getValue().asText());
    }
    return headers;
  }

  private void answer(ObjectNode reply) {
    synchronized (answers) {
      answers.println(reply);
      answers.flush();
    }
  }
}
