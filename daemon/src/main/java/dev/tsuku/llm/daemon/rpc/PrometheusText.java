package dev.tsuku.llm.daemon.rpc;

import java.util.Map;

/** Writes metrics in Prometheus' text format 0.0.4, a family of samples after the other. */
final class PrometheusText {

  private final StringBuilder text = new StringBuilder();
  private String family = "";

  /** Begins the samples of a name that counts up only. */
  PrometheusText counter(String name, String help) {
    return begin(name, "counter", help);
  }

  /** Begins the samples of a name that may have any value. */
  PrometheusText gauge(String name, String help) {
    return begin(name, "gauge", help);
  }

  private PrometheusText begin(String name, String type, String help) {
    family = name;
    text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    return this;
  }

  PrometheusText sample(long value) {
    return sample((double) value);
  }

  PrometheusText sample(double value) {
    return sample(Map.of(), value);
  }

  PrometheusText sample(Map<String, String> labels, double value) {
    text.append(family);
    String separator = "{";
    for (Map.Entry<String, String> label : labels.entrySet()) {
      text.append(separator).append(label.getKey()).append("=\"");
      text.append(escaped(label.getValue())).append('"');
      separator = ",";
    }
    text.append(labels.isEmpty() ? " " : "} ").append(number(value)).append('\n');
    return this;
  }

  private static String escaped(String value) {
    return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }

  /** Whole numbers without an exponent, which is what people compare. */
  private static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
