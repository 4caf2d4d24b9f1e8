package io.hummock.examples.benchmark.process;

import java.util.List;

/** Something that the command line can name. */
public interface Command {
  String name();

  /** One sentence for the help. */
  String purpose();

  List<Option> options();

  /**
   * Runs it.
   *
   * @throws IllegalArgumentException if an option is wrong; the message says what to give instead
   */
  void run(Arguments arguments) throws Exception;
}
