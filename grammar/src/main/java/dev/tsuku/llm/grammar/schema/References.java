package dev.tsuku.llm.grammar.schema;

import dev.tsuku.llm.grammar.json.Json;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Finds what a document's references mean. Nothing outside of it is ever looked at. */
final class References {

  /** Keywords whose values are data, not schemas. */
  private static final Set<String> DATA = Set.of("enum", "const", "default", "examples", "example");

  /** A schema in the document, and what its references are relative to. */
  record Target(Json json, String pointer, String base) {}

  private final Map<String, Target> resources = new HashMap<>();
  private final Map<String, Target> anchors = new HashMap<>();
  private final boolean isOld;
  private final boolean isDraft4;
  private final String base;

  References(Json root) {
    String dialect = dialect(root);
    this.isDraft4 = isDraft4(root);
    this.isOld = isDraft4 || dialect.contains("draft-06") || dialect.contains("draft-07");
    this.base = root instanceof Json.Obj object ? baseOf(object, "") : "";
    resources.put("", new Target(root, "", base));
    resources.put(base, new Target(root, "", base));
    index(root, "", "");
  }

  private static String dialect(Json root) {
    return root instanceof Json.Obj object
            && object.get("$schema").orElse(null) instanceof Json.Text text
        ? text.value()
        : "";
  }

  /** Whether a document is of draft 4 or an older one. */
  static boolean isDraft4(Json root) {
    return dialect(root).contains("draft-04") || dialect(root).contains("draft-03");
  }

  /** What the references of the root are relative to. */
  String base() {
    return base;
  }

  /** Whether, as in drafts up to 7, a schema with {@code $ref} has no other keyword. */
  boolean ignoresSiblingsOfRef() {
    return isOld;
  }

  /** What the references in a schema are relative to. */
  String baseOf(Json.Obj schema, String outer) {
    Optional<String> id = text(schema, "$id");
    if (id.isEmpty() && (isDraft4 || text(schema, "$schema").isPresent())) {
      id = text(schema, "id");
    }
    if (id.isEmpty() || id.get().startsWith("#") || (isOld && schema.get("$ref").isPresent())) {
      return outer;
    }
    return withoutFragment(resolve(id.get(), outer));
  }

  private static Optional<String> text(Json.Obj schema, String keyword) {
    return schema.get(keyword).orElse(Json.Null.NULL) instanceof Json.Text text
        ? Optional.of(text.value())
        : Optional.empty();
  }

  private void index(Json json, String pointer, String outer) {
    switch (json) {
      case Json.Array array -> {
        for (int i = 0; i < array.items().size(); i++) {
          index(array.items().get(i), pointer + "/" + i, outer);
        }
      }
      case Json.Obj object -> {
        String inner = baseOf(object, outer);
        Target target = new Target(object, pointer, outer);
        if (!inner.equals(outer)) {
          resources.putIfAbsent(inner, target);
        }
        text(object, "$anchor").ifPresent(name -> anchors.putIfAbsent(inner + "#" + name, target));
        text(object, "$dynamicAnchor")
            .ifPresent(
                name -> {
                  anchors.putIfAbsent(inner + "#" + name, target);
                  // Two of a name: which is meant depends on the way there.
                  dynamic.merge(name, 1, Integer::sum);
                });
        for (String keyword : Set.of("$id", "id")) {
          text(object, keyword)
              .filter(id -> id.startsWith("#"))
              .ifPresent(id -> anchors.putIfAbsent(inner + id, target));
        }
        object
            .members()
            .forEach(
                (name, member) -> {
                  if (!DATA.contains(name)) {
                    index(
                        member, pointer + "/" + name.replace("~", "~0").replace("/", "~1"), inner);
                  }
                });
      }
      default -> {
        // Has no schemas in it.
      }
    }
  }

  private final Map<String, Integer> dynamic = new HashMap<>();

  /** What a reference means; empty if it is not in the document, or cannot be told. */
  Optional<Target> find(String reference, String from) {
    String uri = resolve(reference, from);
    String fragment = uri.contains("#") ? uri.substring(uri.indexOf('#') + 1) : "";
    Target resource = resources.get(withoutFragment(uri));
    if (fragment.isEmpty()) {
      return Optional.ofNullable(resource);
    }
    if (!fragment.startsWith("/")) {
      return dynamic.getOrDefault(fragment, 0) > 1
          ? Optional.empty()
          : Optional.ofNullable(anchors.get(uri));
    }
    return resource == null ? Optional.empty() : follow(resource, fragment);
  }

  private Optional<Target> follow(Target resource, String pointer) {
    Json json = resource.json();
    String at = resource.pointer();
    String base = resource.base();
    for (String escaped : pointer.substring(1).split("/", -1)) {
      String name = decode(escaped).replace("~1", "/").replace("~0", "~");
      Json next = null;
      if (json instanceof Json.Obj object) {
        base = baseOf(object, base);
        next = object.members().get(name);
      } else if (json instanceof Json.Array array && name.matches("\\d{1,9}")) {
        int index = Integer.parseInt(name);
        next = index < array.items().size() ? array.items().get(index) : null;
      }
      if (next == null) {
        return Optional.empty();
      }
      json = next;
      at = at + "/" + name.replace("~", "~0").replace("/", "~1");
    }
    return Optional.of(new Target(json, at, base));
  }

  private static String decode(String escaped) {
    try {
      return URLDecoder.decode(escaped.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return escaped;
    }
  }

  private static String withoutFragment(String uri) {
    int hash = uri.indexOf('#');
    return hash < 0 ? uri : uri.substring(0, hash);
  }

  private static String resolve(String reference, String from) {
    if (reference.startsWith("#")) {
      return from + reference;
    }
    try {
      return new URI(from).resolve(new URI(reference)).toString();
    } catch (URISyntaxException | IllegalArgumentException e) {
      return reference;
    }
  }
}
