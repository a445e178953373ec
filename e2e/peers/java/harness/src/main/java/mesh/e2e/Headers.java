package mesh.e2e;

import java.util.Map;

/** A framework's place for what goes with a call beside its arguments, as a provider sees it during a call: Dubbo's attachments. */
public interface Headers {
  /** What came with the call that this thread serves. */
  Map<String, String> received();

  /** Goes with the answer to the call that this thread serves. */
  void reply(String name, String value);
}
