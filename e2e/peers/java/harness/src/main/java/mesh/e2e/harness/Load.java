package mesh.e2e.harness;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.Method;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Calls from many threads at once, counted by outcome. With {@code distinct}, each call sends a text of its own in place of its first argument, and an
 * answer other than that text counts as mixed up: the answer of another call was given to this one.
 */
final class Load {
  private static final int MOST_RESULTS = 100;

  /** @param repeat calls in all; 0: until {@link #stop} */
  record Plan(Method method, Object[] arguments, Map<String, String> headers, int concurrency, long repeat, long pauseMillis, boolean distinct) {}

  private static final class Tally {
    final ObjectNode first;
    long count;

    Tally(ObjectNode first) {
      this.first = first;
    }
  }

  private final Plan plan;
  private final Reference reference;
  private final Framework framework;
  private final AtomicLong taken = new AtomicLong();
  private final CountDownLatch running;
  private final long started = System.nanoTime();
  private volatile boolean stopped;

  // All below are guarded by this.
  private final Map<String, Tally> results = new TreeMap<>();
  private final Map<String, Tally> failures = new TreeMap<>();
  private long succeeded;
  private long failed;
  private long mixedUp;
  private long slowestNanos;

  Load(Plan plan, Reference reference, Framework framework) {
    this.plan = plan;
    this.reference = reference;
    this.framework = framework;
    this.running = new CountDownLatch(plan.concurrency());
    for (int i = 0; i < plan.concurrency(); i++) {
      Thread thread = new Thread(this::run, "load-" + i);
      thread.setDaemon(true);
      thread.start();
    }
  }

  /** Lets the calls under way end, and starts no more. */
  void stop() {
    stopped = true;
  }

  void join() throws InterruptedException {
    running.await();
  }

  /** Returns once that many more calls have succeeded than had on entry. */
  synchronized void awaitSuccesses(long more) throws InterruptedException {
    long enough = succeeded + more;
    while (succeeded < enough) {
      wait();
    }
  }

  synchronized ObjectNode summary() {
    ObjectNode node = Values.JSON.createObjectNode();
    node.put("calls", succeeded + failed).put("succeeded", succeeded).put("failed", failed).put("mixedUp", mixedUp);
    node.put("elapsedMs", (System.nanoTime() - started) / 1e6).put("slowestMs", slowestNanos / 1e6);
    ArrayNode outcomes = node.putArray("results");
    results.values().forEach(tally -> outcomes.add(tally.first.put("count", tally.count)));
    ArrayNode reasons = node.putArray("failures");
    failures.values().forEach(tally -> reasons.add(tally.first.put("count", tally.count)));
    return node;
  }

  private void run() {
    try {
      while (!stopped) {
        long index = taken.getAndIncrement();
        if (plan.repeat() > 0 && index >= plan.repeat()) {
          return;
        }
        once(index);
        if (plan.pauseMillis() > 0) {
          Thread.sleep(plan.pauseMillis());
        }
      }
    } catch (InterruptedException end) {
      Thread.currentThread().interrupt();
    } finally {
      running.countDown();
    }
  }

  private void once(long index) {
    Object[] arguments = plan.arguments();
    String own = null;
    if (plan.distinct()) {
      own = arguments[0] + "#" + index;
      arguments = arguments.clone();
      arguments[0] = own;
    }
    long begun = System.nanoTime();
    Object result = null;
    Throwable failure = null;
    try {
      result = reference.call(plan.method(), arguments, plan.headers());
    } catch (Throwable thrown) {
      failure = thrown;
    }
    count(own, result, failure, System.nanoTime() - begun);
  }

  private synchronized void count(String own, Object result, Throwable failure, long nanos) {
    slowestNanos = Math.max(slowestNanos, nanos);
    if (failure != null) {
      failed++;
      failures.computeIfAbsent(Failure.kind(failure, framework), kind -> new Tally(Failure.describe(failure, framework))).count++;
      return;
    }
    succeeded++;
    notifyAll();
    if (own != null) {
      if (!own.equals(result)) {
        mixedUp++;
      }
      return;
    }
    ObjectNode value = Values.JSON.createObjectNode();
    value.set("value", results.size() < MOST_RESULTS ? Values.result(result) : Values.JSON.getNodeFactory().textNode("others"));
    results.computeIfAbsent(value.toString(), key -> new Tally(value)).count++;
  }
}
