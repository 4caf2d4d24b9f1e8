package io.hummock.examples.benchmark.process;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The options of a command line, each {@code --name value}; what is not given has its default. */
public final class Arguments {
  private final List<Option> options;
  private final Map<String, String> given = new LinkedHashMap<>();

  /**
   * @throws IllegalArgumentException if an option does not exist or has no value; the message lists
   *     those that exist
   */
  public Arguments(List<String> arguments, List<Option> options) {
    this.options = List.copyOf(options);
    for (int i = 0; i < arguments.size(); i += 2) {
      String name = arguments.get(i);
      if (options.stream().noneMatch(option -> name.equals("--" + option.name()))) {
        throw new IllegalArgumentException("unknown option " + name + "\n" + usage(options));
      }
      if (i + 1 == arguments.size()) {
        throw new IllegalArgumentException(name + " has no value\n" + usage(options));
      }
      given.put(name.substring(2), arguments.get(i + 1));
    }
  }

  /** What a help text says of options. */
  public static String usage(List<Option> options) {
    return options.stream()
        .map(
            option ->
                String.format(
                    Locale.ROOT,
                    "  --%-24s %s%s",
                    option.name() + " " + option.value(),
                    option.meaning(),
                    option.otherwise().isEmpty() ? "" : " (default: " + option.otherwise() + ")"))
        .collect(Collectors.joining("\n"));
  }

  public String text(String name) {
    return given.getOrDefault(name, declared(name).otherwise());
  }

  /** The parts of a value that commas separate; none if the value is empty. */
  public List<String> list(String name) {
    String text = text(name);
    return text.isEmpty() ? List.of() : Arrays.asList(text.split(",", -1));
  }

  /** A whole number that is at least 1. */
  public int count(String name) {
    double value = number(name);
    if (value < 1 || value > Integer.MAX_VALUE || value != Math.rint(value)) {
      throw wrong(name, "a whole number from 1 to " + Integer.MAX_VALUE);
    }
    return (int) value;
  }

  /** A number that is greater than 0. */
  public double number(String name) {
    double value;
    try {
      value = Double.parseDouble(text(name));
    } catch (NumberFormatException e) {
      throw wrong(name, "a number such as " + declared(name).otherwise());
    }
    if (!(value > 0) || Double.isInfinite(value)) {
      throw wrong(name, "a number greater than 0");
    }
    return value;
  }

  public boolean flag(String name) {
    return switch (text(name)) {
      case "true" -> true;
      case "false" -> false;
      default -> throw wrong(name, "true or false");
    };
  }

  private IllegalArgumentException wrong(String name, String wanted) {
    return new IllegalArgumentException(
        "--"
            + name
            + " "
            + text(name)
            + ": give "
            + wanted
            + " ("
            + declared(name).meaning()
            + ")");
  }

  /** What was given, as a command line, with some of it replaced. */
  public List<String> with(Map<String, String> replaced) {
    Map<String, String> all = new LinkedHashMap<>(given);
    all.putAll(replaced);
    List<String> line = new ArrayList<>();
    all.forEach(
        (name, value) -> {
          line.add("--" + declared(name).name());
          line.add(value);
        });
    return line;
  }

  private Option declared(String name) {
    return options.stream()
        .filter(option -> option.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no option " + name + " is declared"));
  }
}
