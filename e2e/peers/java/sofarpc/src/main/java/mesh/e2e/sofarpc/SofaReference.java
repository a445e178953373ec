package mesh.e2e.sofarpc;

import com.alipay.sofa.rpc.api.future.SofaResponseFuture;
import com.alipay.sofa.rpc.config.ConsumerConfig;
import com.alipay.sofa.rpc.context.RpcInvokeContext;
import com.alipay.sofa.rpc.core.exception.SofaRpcException;
import com.alipay.sofa.rpc.core.invoke.SofaResponseCallback;
import com.alipay.sofa.rpc.core.request.RequestBase;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import mesh.e2e.EchoService;
import mesh.e2e.harness.Reference;

/** One reference; the way of calling is the reference's, as in SOFARPC. */
final class SofaReference implements Reference {
  /** The framework gives up after the call's own timeout; this is only for a framework that forgets to. */
  private static final int PATIENCE_MILLIS = 10_000;

  private final ConsumerConfig<EchoService> config;
  private final EchoService service;

  SofaReference(ConsumerConfig<EchoService> config) {
    this.config = config;
    this.service = config.refer();
  }

  @Override
  public Object call(Method method, Object[] arguments, Map<String, String> headers) throws Throwable {
    // The context is the thread's, and outlives calls.
    RpcInvokeContext.removeContext();
    RpcInvokeContext context = RpcInvokeContext.getContext();
    headers.forEach(context::addCustomHeader);
    Answer answer = null;
    if (config.getInvokeType().equals("callback")) {
      answer = new Answer();
      context.setResponseCallback(answer);
    }
    try {
      Object result = method.invoke(service, arguments);
      return switch (config.getInvokeType()) {
        case "future" -> SofaResponseFuture.getResponse(config.getTimeout() + PATIENCE_MILLIS, true);
        case "callback" -> answer.get(config.getTimeout() + PATIENCE_MILLIS);
        default -> result;
      };
    } catch (InvocationTargetException thrown) {
      throw thrown.getCause();
    }
  }

  @Override
  public void release() {
    config.unRefer();
  }

  private static final class Answer implements SofaResponseCallback<Object> {
    private final CompletableFuture<Object> outcome = new CompletableFuture<>();

    Object get(long millis) throws Throwable {
      try {
        return outcome.get(millis, TimeUnit.MILLISECONDS);
      } catch (ExecutionException failed) {
        throw failed.getCause();
      }
    }

    @Override
    public void onAppResponse(Object response, String method, RequestBase request) {
      outcome.complete(response);
    }

    @Override
    public void onAppException(Throwable failure, String method, RequestBase request) {
      outcome.completeExceptionally(failure);
    }

    @Override
    public void onSofaException(SofaRpcException failure, String method, RequestBase request) {
      outcome.completeExceptionally(failure);
    }
  }
}
