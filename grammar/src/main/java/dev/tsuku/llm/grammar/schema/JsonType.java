package dev.tsuku.llm.grammar.schema;

import dev.tsuku.llm.grammar.json.Json;

/** The types of JSON values. */
public enum JsonType {
  NULL,
  BOOLEAN,
  NUMBER,
  STRING,
  ARRAY,
  OBJECT;

  /** The type of a value. */
  static JsonType of(Json value) {
    return switch (value) {
      case Json.Null ignored -> NULL;
      case Json.Bool ignored -> BOOLEAN;
      case Json.Num ignored -> NUMBER;
      case Json.Text ignored -> STRING;
      case Json.Array ignored -> ARRAY;
      case Json.Obj ignored -> OBJECT;
    };
  }
}
