package mesh.e2e.dubbo;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import mesh.e2e.harness.Reference;
import org.apache.dubbo.common.utils.PojoUtils;
import org.apache.dubbo.config.ReferenceConfig;
import org.apache.dubbo.rpc.RpcContext;
import org.apache.dubbo.rpc.service.GenericService;

/** One reference, and a way of calling. */
final class DubboReference implements Reference {
  /** The framework gives up after the call's own timeout; this is only for a framework that forgets to. */
  private static final int PATIENCE_MILLIS = 10_000;

  private final ReferenceConfig<Object> config;
  private final String invokeType;
  private final Object service;

  DubboReference(ReferenceConfig<Object> config, String invokeType) {
    this.config = config;
    this.invokeType = invokeType;
    this.service = config.get();
  }

  @Override
  public Object call(Method method, Object[] arguments, Map<String, String> headers) throws Throwable {
    // The contexts are the thread's, and outlive calls.
    RpcContext.removeContext();
    RpcContext.removeServerContext();
    headers.forEach(Attachments.context()::setAttachment);
    return switch (invokeType) {
      case "generic" -> callGenerically(method, arguments);
      case "async" -> {
        invoke(method, arguments);
        CompletableFuture<Object> future = Attachments.context().getCompletableFuture();
        try {
          yield future.get(config.getTimeout() + PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException failed) {
          throw failed.getCause();
        }
      }
      default -> invoke(method, arguments);
    };
  }

  private Object invoke(Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(service, arguments);
    } catch (InvocationTargetException thrown) {
      throw thrown.getCause();
    }
  }

  /** As a gateway calls, that has no classes: beans go and come as maps. What came is made a bean again for the driver's sake. */
  private Object callGenerically(Method method, Object[] arguments) {
    String[] types = Arrays.stream(method.getParameterTypes()).map(Class::getName).toArray(String[]::new);
    Object result = ((GenericService) service).$invoke(method.getName(), types, PojoUtils.generalize(arguments));
    return result == null ? null : PojoUtils.realize(result, method.getReturnType(), method.getGenericReturnType());
  }

  @Override
  public Map<String, String> replyHeaders() {
    return Attachments.texts(RpcContext.getServerContext().getObjectAttachments());
  }

  @Override
  public void release() {
    config.destroy();
  }
}
