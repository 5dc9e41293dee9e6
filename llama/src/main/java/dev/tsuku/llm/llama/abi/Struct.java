package dev.tsuku.llm.llama.abi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The fields of a C struct, in order, with the padding that C puts between them, and the value that
 * the library itself gives each field by default. A build whose struct is another one shows itself
 * by other defaults; see {@link #firstDifference}. Immutable.
 */
public final class Struct {

  /**
   * A field: its name in C, the type of its elements, how many there are (1 unless it is an array),
   * and the default of each (a pointer's is always null, as 0L).
   */
  record Field(String name, ValueLayout type, int count, Object byDefault) {}

  private final List<Field> fields;
  private final Map<String, Long> offsets;
  private final StructLayout layout;

  private Struct(List<Field> fields) {
    this.fields = fields;
    this.offsets = new HashMap<>();
    List<MemoryLayout> members = new ArrayList<>();
    long end = 0;
    long alignment = 1;
    for (Field field : fields) {
      long size = field.type().byteSize();
      long padding = -end & (size - 1);
      if (padding > 0) {
        members.add(MemoryLayout.paddingLayout(padding));
      }
      MemoryLayout member =
          field.count() == 1
              ? field.type()
              : MemoryLayout.sequenceLayout(field.count(), field.type());
      members.add(member.withName(field.name()));
      offsets.put(field.name(), end + padding);
      end += padding + member.byteSize();
      alignment = Math.max(alignment, size);
    }
    long rest = -end & (alignment - 1);
    if (rest > 0) {
      members.add(MemoryLayout.paddingLayout(rest));
    }
    this.layout = MemoryLayout.structLayout(members.toArray(MemoryLayout[]::new));
  }

  static Struct of(Field... fields) {
    return new Struct(List.of(fields));
  }

  static Field pointer(String name) {
    return new Field(name, ADDRESS, 1, 0L);
  }

  static Field int32(String name, int byDefault) {
    return new Field(name, JAVA_INT, 1, byDefault);
  }

  static Field int64(String name, long byDefault) {
    return new Field(name, JAVA_LONG, 1, byDefault);
  }

  static Field float32(String name, float byDefault) {
    return new Field(name, JAVA_FLOAT, 1, byDefault);
  }

  static Field bool(String name, boolean byDefault) {
    return new Field(name, JAVA_BOOLEAN, 1, byDefault);
  }

  /** An array of booleans, all false by default. */
  static Field bools(String name, int count) {
    return new Field(name, JAVA_BOOLEAN, count, false);
  }

  public StructLayout layout() {
    return layout;
  }

  public void set(MemorySegment struct, String field, int value) {
    struct.set(JAVA_INT, offset(field), value);
  }

  public void set(MemorySegment struct, String field, boolean value) {
    struct.set(JAVA_BOOLEAN, offset(field), value);
  }

  public void set(MemorySegment struct, String field, MemorySegment pointer) {
    struct.set(ADDRESS, offset(field), pointer);
  }

  /** The first field of {@code struct} that has not its default, as a clause for a sentence. */
  public Optional<String> firstDifference(MemorySegment struct) {
    for (Field field : fields) {
      for (int i = 0; i < field.count(); i++) {
        Object found = read(struct, field, i);
        if (!found.equals(field.byDefault())) {
          return Optional.of(field.name() + " is " + found + ", not " + field.byDefault());
        }
      }
    }
    return Optional.empty();
  }

  private Object read(MemorySegment struct, Field field, int index) {
    long offset = offset(field.name()) + index * field.type().byteSize();
    return switch (field.byDefault()) {
      case Integer _ -> struct.get(JAVA_INT, offset);
      case Float _ -> struct.get(JAVA_FLOAT, offset);
      // As a byte: what is no boolean must not be read as one.
      case Boolean _ -> asBoolean(struct.get(ValueLayout.JAVA_BYTE, offset));
      default -> struct.get(JAVA_LONG, offset);
    };
  }

  private static Object asBoolean(byte value) {
    return switch (value) {
      case 0 -> false;
      case 1 -> true;
      default -> value;
    };
  }

  /** Where a field lies, in bytes from the start of the struct. */
  public long offset(String field) {
    Long offset = offsets.get(field);
    if (offset == null) {
      throw new IllegalArgumentException("no field is called " + field);
    }
    return offset;
  }
}
