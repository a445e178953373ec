package mesh.e2e;

import java.io.Serializable;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A bean with all that serializations treat differently: nested beans, lists and maps of them, 64 bits, decimals, dates, enums, bytes, and what is null. */
public class Order implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Where an order has got to. */
  public enum State {
    OPEN,
    PAID
  }

  /** One position of an order. */
  public static class Line implements Serializable {
    private static final long serialVersionUID = 1L;

    private String article;
    private int quantity;

    public String getArticle() {
      return article;
    }

    public void setArticle(String article) {
      this.article = article;
    }

    public int getQuantity() {
      return quantity;
    }

    public void setQuantity(int quantity) {
      this.quantity = quantity;
    }
  }

  private long number;
  private BigDecimal price;
  private double weight;
  private boolean urgent;
  private Date created;
  private State state;
  private String comment;
  private byte[] seal;
  private Person buyer;
  private Person receiver;
  private ArrayList<Line> lines;
  private HashMap<String, Person> witnesses;

  public long getNumber() {
    return number;
  }

  public void setNumber(long number) {
    this.number = number;
  }

  public BigDecimal getPrice() {
    return price;
  }

  public void setPrice(BigDecimal price) {
    this.price = price;
  }

  public double getWeight() {
    return weight;
  }

  public void setWeight(double weight) {
    this.weight = weight;
  }

  public boolean isUrgent() {
    return urgent;
  }

  public void setUrgent(boolean urgent) {
    this.urgent = urgent;
  }

  public Date getCreated() {
    return created;
  }

  public void setCreated(Date created) {
    this.created = created;
  }

  public State getState() {
    return state;
  }

  public void setState(State state) {
    this.state = state;
  }

  public String getComment() {
    return comment;
  }

  public void setComment(String comment) {
    this.comment = comment;
  }

  public byte[] getSeal() {
    return seal;
  }

  public void setSeal(byte[] seal) {
    this.seal = seal;
  }

  public Person getBuyer() {
    return buyer;
  }

  public void setBuyer(Person buyer) {
    this.buyer = buyer;
  }

  public Person getReceiver() {
    return receiver;
  }

  public void setReceiver(Person receiver) {
    this.receiver = receiver;
  }

  public List<Line> getLines() {
    return lines;
  }

  public void setLines(List<Line> lines) {
    this.lines = lines == null ? null : new ArrayList<>(lines);
  }

  public Map<String, Person> getWitnesses() {
    return witnesses;
  }

  public void setWitnesses(Map<String, Person> witnesses) {
    this.witnesses = witnesses == null ? null : new HashMap<>(witnesses);
  }
}
