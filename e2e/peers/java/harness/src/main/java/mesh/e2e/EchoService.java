package mesh.e2e;

import java.util.Map;

/** The service of the end-to-end tests; every framework exports and calls this one. No overloads: some serializations cannot tell them apart. */
public interface EchoService {
  /** {@code text}, unchanged. */
  String echo(String text);

  /** A copy of {@code person}, {@code years} older, with {@code tags} added and the provider's id under the note {@code by}. */
  Person greet(Person person, int years, String... tags);

  /** {@code order}, whose buyer, the same object, is made its receiver if it has none. */
  Order order(Order order);

  /**
   * What came with this call beside its arguments.
   *
   * @param reply goes with the answer in the same way
   */
  Map<String, String> headers(Map<String, String> reply);

  /** Answers after that time. */
  String slow(int millis) throws InterruptedException;

  /**
   * Never returns.
   *
   * @param kind {@code checked}: throws {@link RefusedException}; anything else: {@link IllegalStateException}
   */
  String boom(String kind) throws RefusedException;

  /** That many bytes: byte i is i % 251. */
  byte[] big(int bytes);

  /** The length of what was sent. */
  int size(byte[] bytes);

  /** The length of what was sent, in UTF-16 units. */
  int length(String text);

  /** For one-way calls: the provider prints what arrived, and {@link #served} counts it. */
  void fire(String text);

  /** How often a method of this provider was entered, the call of {@code served} itself not counted. */
  int served(String method);

  /** The name that this provider was started with. */
  String id();

  /** The provider's process ends at once, in the middle of the call. */
  String crash();
}
