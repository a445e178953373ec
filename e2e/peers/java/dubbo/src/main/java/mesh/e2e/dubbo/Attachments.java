package mesh.e2e.dubbo;

import java.util.HashMap;
import java.util.Map;
import mesh.e2e.Headers;
import org.apache.dubbo.rpc.RpcContext;

/** Dubbo's place for what goes with a call. */
final class Attachments implements Headers {
  /** The one way to this thread's context that all generations have; 3.x would rather have one method for each side. */
  @SuppressWarnings("deprecation")
  static RpcContext context() {
    return RpcContext.getContext();
  }

  /** Attachments of Dubbo 3 may be other than texts. */
  static Map<String, String> texts(Map<String, Object> attachments) {
    Map<String, String> texts = new HashMap<>();
    attachments.forEach((name, value) -> texts.put(name, String.valueOf(value)));
    return texts;
  }

  @Override
  public Map<String, String> received() {
    return texts(context().getObjectAttachments());
  }

  @Override
  public void reply(String name, String value) {
    RpcContext.getServerContext().setAttachment(name, value);
  }
}
