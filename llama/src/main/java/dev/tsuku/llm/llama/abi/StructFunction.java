package dev.tsuku.llm.llama.abi;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/**
 * One C function that takes or returns a struct by value, linked at its first call. Where each
 * calling convention puts a struct is for the linker to know.
 */
final class StructFunction {

  private final String name;
  private final FunctionDescriptor type;
  // Racing threads may each link it; the handles are immutable and equal, so either may stay.
  private @Nullable MethodHandle handle;

  private StructFunction(String name, FunctionDescriptor type) {
    this.name = name;
    this.type = type;
  }

  static StructFunction of(String name, MemoryLayout result, MemoryLayout... arguments) {
    return new StructFunction(name, FunctionDescriptor.of(result, arguments));
  }

  MethodHandle handle() {
    MethodHandle linked = handle;
    if (linked == null) {
      linked = link(name, type);
      handle = linked;
    }
    return linked;
  }

  /** Generates the code of its shape. */
  @SuppressWarnings("restricted")
  void generate() {
    MethodHandle _ = Linker.nativeLinker().downcallHandle(type);
  }

  @SuppressWarnings("restricted")
  private static MethodHandle link(String name, FunctionDescriptor type) {
    return Linker.nativeLinker().downcallHandle(Symbols.require(name), type);
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
