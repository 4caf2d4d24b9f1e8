package io.hummock.examples.benchmark;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Command-line arguments of the form {@code --name value}. */
final class Arguments {
  private final Map<String, String> values = new HashMap<>();

  /**
   * @param names the options that exist
   * @param usage what a message about a wrong option ends with
   */
  Arguments(String[] arguments, Set<String> names, String usage) {
    for (int i = 0; i < arguments.length; i += 2) {
      if (!names.contains(arguments[i])) {
        throw new IllegalArgumentException("unknown option " + arguments[i] + "\n" + usage);
      }
      if (i + 1 == arguments.length) {
        throw new IllegalArgumentException(arguments[i] + " has no value\n" + usage);
      }
      values.put(arguments[i], arguments[i + 1]);
    }
  }

  String get(String name, String otherwise) {
    return values.getOrDefault(name, otherwise);
  }

  int get(String name, int otherwise) {
    String value = values.get(name);
    return value == null ? otherwise : Integer.parseInt(value);
  }
}
