import static java.lang.classfile.ClassFile.JAVA_8_VERSION;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * {@code java RaiseClasses.java LIB}: rewrites those jars in the directory LIB whose class files are
 * too old for a class cache.
 *
 * <p>Class files of a version before Java 6 have no stack maps; the JVM checks them with its old
 * verifier and takes them into no cache. They get stack maps and the version of Java 8 here; nothing
 * else of them changes. Entries keep their order and times, so equal jars make equal jars. The
 * manifest notes what was done.
 *
 * <p>A jar that is signed would no longer be, so it is refused.
 */
final class RaiseClasses {

  /** The first version whose class files have stack maps: Java 6. */
  private static final int FIRST_WITH_STACK_MAPS = 50;

  private static final Attributes.Name NOTE = new Attributes.Name("Modified-By-Tsuku-Llm");

  private RaiseClasses() {}

  public static void main(String[] args) throws IOException {
    List<Path> jars;
    try (Stream<Path> files = Files.list(Path.of(args[0]))) {
      jars = files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
    }
    URL[] urls = new URL[jars.size()];
    for (int i = 0; i < urls.length; i++) {
      urls[i] = jars.get(i).toUri().toURL();
    }
    try (URLClassLoader all =
        new URLClassLoader(urls, ClassLoader.getPlatformClassLoader())) {
      ClassFile classFile =
          ClassFile.of(
              ClassFile.StackMapsOption.GENERATE_STACK_MAPS,
              ClassFile.ConstantPoolSharingOption.NEW_POOL,
              ClassFile.ClassHierarchyResolverOption.of(
                  ClassHierarchyResolver.ofResourceParsing(all)));
      for (Path jar : jars) {
        raise(jar, classFile);
      }
    }
  }

  private static void raise(Path file, ClassFile classFile) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int raised = 0;
    try (JarFile jar = new JarFile(file.toFile(), false);
        ZipOutputStream out = new ZipOutputStream(bytes)) {
      for (ZipEntry entry : Collections.list(jar.entries())) {
        byte[] content = jar.getInputStream(entry).readAllBytes();
        String name = entry.getName();
        if (name.equals(JarFile.MANIFEST_NAME)) {
          content = noted(jar.getManifest());
        } else if (name.endsWith(".class") && isOld(content)) {
          content = raised(content, classFile);
          raised++;
        }
        ZipEntry copy = new ZipEntry(name);
        copy.setTimeLocal(entry.getTimeLocal());
        out.putNextEntry(copy);
        out.write(content);
        out.closeEntry();
      }
    }
    if (raised > 0) {
      if (isSigned(file)) {
        throw new IOException(file + " is signed, and has class files of before Java 6");
      }
      Files.write(file, bytes.toByteArray());
    }
  }

  private static boolean isSigned(Path file) throws IOException {
    try (JarFile jar = new JarFile(file.toFile(), false)) {
      return jar.stream()
          .map(ZipEntry::getName)
          .anyMatch(name -> name.startsWith("META-INF/") && name.endsWith(".SF"));
    }
  }

  private static boolean isOld(byte[] classBytes) {
    int major = (classBytes[6] & 0xff) << 8 | classBytes[7] & 0xff;
    return major < FIRST_WITH_STACK_MAPS;
  }

  private static byte[] raised(byte[] classBytes, ClassFile classFile) {
    ClassModel model = classFile.parse(classBytes);
    ClassTransform version =
        (builder, element) -> {
          if (element instanceof ClassFileVersion) {
            builder.withVersion(JAVA_8_VERSION, 0);
          } else {
            builder.with(element);
          }
        };
    return classFile.transformClass(
        model, version.andThen(ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL)));
  }

  private static byte[] noted(Manifest original) throws IOException {
    Manifest manifest = new Manifest(original);
    manifest.getMainAttributes().put(NOTE, "class files raised to Java 8, with stack maps");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    manifest.write(bytes);
    return bytes.toByteArray();
  }
}
