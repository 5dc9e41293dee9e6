package dev.tsuku.llm.llama.abi;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/** One C function, linked at its first call. */
final class NativeFunction {

  private final String name;
  private final FunctionDescriptor type;
  // Racing threads may each link it; the handles are immutable and equal, so either may stay.
  private @Nullable MethodHandle handle;

  private NativeFunction(String name, FunctionDescriptor type) {
    this.name = name;
    this.type = type;
  }

  static NativeFunction of(String name, MemoryLayout result, MemoryLayout... arguments) {
    return new NativeFunction(name, FunctionDescriptor.of(result, arguments));
  }

  static NativeFunction ofVoid(String name, MemoryLayout... arguments) {
    return new NativeFunction(name, FunctionDescriptor.ofVoid(arguments));
  }

  MethodHandle handle() {
    MethodHandle linked = handle;
    if (linked == null) {
      linked = Symbols.link(name, type);
      handle = linked;
    }
    return linked;
  }

  /** What to throw for anything that came out of a call, since C itself throws nothing. */
  static RuntimeException unexpected(Throwable thrown) {
    return switch (thrown) {
      case Error error -> throw error;
      case RuntimeException exception -> exception;
      default -> new IllegalStateException("a C function cannot throw " + thrown, thrown);
    };
  }
}
