package mesh.e2e.dubbo;

import org.apache.dubbo.common.URL;
import org.apache.dubbo.remoting.ChannelHandler;
import org.apache.dubbo.remoting.Client;
import org.apache.dubbo.remoting.RemotingException;
import org.apache.dubbo.remoting.RemotingServer;
import org.apache.dubbo.remoting.Transporter;

/**
 * Around whatever transporter Dubbo chooses: servers listen on loopback alone. Dubbo takes a host that begins with 127 for a mistake and listens on all
 * addresses, and would register any other way of writing it. META-INF/dubbo names this class to Dubbo.
 */
public final class LoopbackTransporter implements Transporter {
  /** 127.0.0.1 written in another way that Java reads. */
  private static final String LOOPBACK = "2130706433";

  private final Transporter chosen;

  public LoopbackTransporter(Transporter chosen) {
    this.chosen = chosen;
  }

  @Override
  public RemotingServer bind(URL url, ChannelHandler handler) throws RemotingException {
    return chosen.bind(url.addParameter("bind.ip", LOOPBACK).addParameter("anyhost", false), handler);
  }

  @Override
  public Client connect(URL url, ChannelHandler handler) throws RemotingException {
    return chosen.connect(url, handler);
  }
}
