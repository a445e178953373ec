package mesh.e2e.sofarpc;

import com.alipay.remoting.Url;
import com.alipay.remoting.rpc.protocol.RpcProtocolV2;
import com.alipay.sofa.rpc.client.ProviderInfo;
import com.alipay.sofa.rpc.ext.Extension;
import com.alipay.sofa.rpc.ext.ExtensionLoaderFactory;
import com.alipay.sofa.rpc.transport.ClientTransport;
import com.alipay.sofa.rpc.transport.ClientTransportConfig;
import com.alipay.sofa.rpc.transport.bolt.BoltClientTransport;

/**
 * SOFARPC's own transport, speaking version 2 of Bolt. Its servers understand both; its clients have no setting for it and always speak version 1. Connections
 * are pooled by address alone, so one process speaks one version.
 */
@Extension(value = "bolt", override = true, order = 1)
public final class BoltV2Transport extends BoltClientTransport {
  private static volatile byte version;

  public BoltV2Transport(ClientTransportConfig config) {
    super(config);
  }

  /** From here on all connections of this process speak version 2, with checksums or without. */
  static void install(boolean withChecksums) {
    version = withChecksums ? RpcProtocolV2.PROTOCOL_VERSION_2 : RpcProtocolV2.PROTOCOL_VERSION_1;
    ExtensionLoaderFactory.getExtensionLoader(ClientTransport.class).loadExtension(BoltV2Transport.class);
  }

  @Override
  protected Url convertProviderToUrl(ClientTransportConfig config, ProviderInfo provider) {
    Url url = super.convertProviderToUrl(config, provider);
    url.setProtocol(RpcProtocolV2.PROTOCOL_CODE);
    url.setVersion(version);
    return url;
  }
}
