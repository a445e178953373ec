package mesh.e2e;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** What every provider exports. */
public final class EchoServiceImpl implements TwinService {
  private final String id;
  private final Headers headers;
  private final ConcurrentHashMap<String, AtomicInteger> entered = new ConcurrentHashMap<>();

  /** For a framework whose provider does not show the headers of calls: {@link #headers} fails. */
  public EchoServiceImpl(String id) {
    this(id, null);
  }

  public EchoServiceImpl(String id, Headers headers) {
    this.id = id;
    this.headers = headers;
  }

  @Override
  public String echo(String text) {
    enter("echo");
    return text;
  }

  @Override
  public Person greet(Person person, int years, String... tags) {
    enter("greet");
    Person older = new Person();
    older.setName(person.getName());
    older.setAge(person.getAge() + years);
    older.setSerial(person.getSerial());
    older.setNotes(person.getNotes());
    older.getNotes().put("by", id);
    older.setTags(person.getTags());
    older.getTags().addAll(Arrays.asList(tags));
    return older;
  }

  @Override
  public Order order(Order order) {
    enter("order");
    if (order.getReceiver() == null) {
      order.setReceiver(order.getBuyer());
    }
    return order;
  }

  @Override
  public Map<String, String> headers(Map<String, String> reply) {
    enter("headers");
    if (headers == null) {
      throw new UnsupportedOperationException("this provider does not show headers");
    }
    reply.forEach(headers::reply);
    return new HashMap<>(headers.received());
  }

  @Override
  public String slow(int millis) throws InterruptedException {
    enter("slow");
    // Tests wait for this line to know that the call is under way.
    System.out.println("BEGIN slow " + millis);
    Thread.sleep(millis);
    return "slept " + millis;
  }

  @Override
  public String boom(String kind) throws RefusedException {
    enter("boom");
    if (kind.equals("checked")) {
      throw new RefusedException("refused by " + id);
    }
    throw new IllegalStateException("boom by " + id);
  }

  @Override
  public byte[] big(int bytes) {
    enter("big");
    byte[] result = new byte[bytes];
    for (int i = 0; i < bytes; i++) {
      result[i] = (byte) (i % 251);
    }
    return result;
  }

  @Override
  public int size(byte[] bytes) {
    enter("size");
    return bytes.length;
  }

  @Override
  public int length(String text) {
    enter("length");
    return text.length();
  }

  @Override
  public void fire(String text) {
    enter("fire");
    // Nobody answers a one-way call, so this line is how tests learn that it arrived.
    System.out.println("FIRED " + text);
  }

  @Override
  public int served(String method) {
    AtomicInteger count = entered.get(method);
    return count == null ? 0 : count.get();
  }

  @Override
  public String id() {
    enter("id");
    return id;
  }

  @Override
  public String crash() {
    Runtime.getRuntime().halt(137);
    return "not reached";
  }

  private void enter(String method) {
    entered.computeIfAbsent(method, name -> new AtomicInteger()).incrementAndGet();
  }
}
