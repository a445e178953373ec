package mesh.e2e;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A bean with a map, a list and numbers beyond 32 bits, for serializations to carry. */
public class Person implements Serializable {
  private static final long serialVersionUID = 1L;

  private String name;
  private int age;
  private long serial;
  private HashMap<String, String> notes = new HashMap<>();
  private ArrayList<String> tags = new ArrayList<>();

  public String getName() {
    return name;
  }

  public void setName(String name) {
    this.name = name;
  }

  public int getAge() {
    return age;
  }

  public void setAge(int age) {
    this.age = age;
  }

  public long getSerial() {
    return serial;
  }

  public void setSerial(long serial) {
    this.serial = serial;
  }

  public Map<String, String> getNotes() {
    return notes;
  }

  public void setNotes(Map<String, String> notes) {
    this.notes = new HashMap<>(notes);
  }

  public List<String> getTags() {
    return tags;
  }

  public void setTags(List<String> tags) {
    this.tags = new ArrayList<>(tags);
  }
}
