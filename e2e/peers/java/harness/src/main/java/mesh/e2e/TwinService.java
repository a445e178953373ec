package mesh.e2e;

/** The same service under another name, to tell services apart by their interface. */
public interface TwinService extends EchoService {}
