package mesh.e2e;

/** The checked exception that {@link EchoService#boom} declares. */
public class RefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  public RefusedException(String message) {
    super(message);
  }
}
