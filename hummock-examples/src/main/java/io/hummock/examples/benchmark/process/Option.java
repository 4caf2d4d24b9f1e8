package io.hummock.examples.benchmark.process;

/**
 * An option of a command line, {@code --name value}.
 *
 * @param name without the dashes
 * @param value what stands for the value in the help, such as {@code N}
 * @param otherwise the value if the option is not given
 */
public record Option(String name, String value, String otherwise, String meaning) {}
