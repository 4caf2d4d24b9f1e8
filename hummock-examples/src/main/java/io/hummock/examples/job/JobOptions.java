package io.hummock.examples.job;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the command line says.
 *
 * @param backend where keyed state lives
 * @param store where checkpoints go; null: a directory below the work directory
 * @param endpoint of S3; null: that of AWS
 * @param accessKey of S3; null: Flink's file system finds credentials as AWS tools do
 * @param secretKey of S3; null if and only if {@code accessKey} is
 * @param region of S3
 * @param parallelism before the stop; one more after it
 * @param days of the year that are read
 * @param duration of the replay, without the time that failures and restores take
 * @param restores whether a TaskManager is killed, and the job stopped and resumed
 */
record JobOptions(
    Backend backend,
    @Nullable URI store,
    @Nullable URI endpoint,
    @Nullable String accessKey,
    @Nullable String secretKey,
    String region,
    int parallelism,
    int days,
    Duration duration,
    boolean restores) {

  static final String HELP =
      """
      Runs a Flink job over all flights that left New York in 2013, on a cluster inside this JVM.
      In mid-run it kills a TaskManager; later it stops the job, keeps its last checkpoint, and
      resumes from it with one more parallel subtask. It ends with exit code 0 if the results are
      exactly those of a plain computation, 1 if they are not, 2 if the arguments are wrong.

        --backend NAME        hummock (default), rocksdb, forst or hashmap
        --store URI           where checkpoints go: file:///dir or s3://bucket/prefix
                              (default: a temporary directory, deleted at the end)
        --endpoint URL        of an S3 service other than AWS, such as http://127.0.0.1:9000
        --access-key KEY      of S3 (default: the environment's AWS_ACCESS_KEY_ID)
        --secret-key KEY      of S3 (default: the environment's AWS_SECRET_ACCESS_KEY)
        --region NAME         of S3 (default: the environment's AWS_REGION, or us-east-1)
        --parallelism N       1 to 64; N + 1 after the stop (default: 2)
        --days N              how many days of the year to read, 1 to 365 (default: 365)
        --seconds N           how long the source takes for them, 1 to 3600 (default: 20)
        --restores yes|no     whether to kill, stop and resume (default: yes)
        --help                this text
      """;

  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}");

  /** A state backend, by the name that {@code state.backend.type} has for it. */
  enum Backend {
    HUMMOCK,
    ROCKSDB,
    FORST,
    HASHMAP;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Reads a command line; {@code --option value} and {@code --option=value} mean the same.
   *
   * @throws IllegalArgumentException if an option is not known, has no value or a wrong one; the
   *     message says what to give instead
   */
  static JobOptions parse(List<String> arguments, Map<String, String> environment) {
    Parser parser = new Parser(arguments, environment);
    JobOptions options = parser.parse();
    options.check();
    return options;
  }

  boolean onS3() {
    return store != null && !"file".equals(store.getScheme());
  }

  private void check() {
    if (endpoint != null && !onS3()) {
      throw new IllegalArgumentException(
          "--endpoint " + endpoint + " is for S3: give --store s3://bucket/prefix too");
    }
    if ((accessKey == null) != (secretKey == null)) {
      throw new IllegalArgumentException(
          "give --access-key and --secret-key together (or set both AWS_ACCESS_KEY_ID and"
              + " AWS_SECRET_ACCESS_KEY), or neither");
    }
  }

  private static final class Parser {
    private final List<String> arguments;

    private Backend backend = Backend.HUMMOCK;
    private @Nullable URI store;
    private @Nullable URI endpoint;
    private @Nullable String accessKey;
    private @Nullable String secretKey;
    private String region;
    private int parallelism = 2;
    private int days = 365;
    private int seconds = 20;
    private boolean restores = true;

    Parser(List<String> arguments, Map<String, String> environment) {
      this.arguments = arguments;
      this.accessKey = environment.get("AWS_ACCESS_KEY_ID");
      this.secretKey = environment.get("AWS_SECRET_ACCESS_KEY");
      this.region = environment.getOrDefault("AWS_REGION", "us-east-1");
    }

    JobOptions parse() {
      for (int i = 0; i < arguments.size(); i++) {
        String argument = arguments.get(i);
        int equals = argument.indexOf('=');
        if (argument.startsWith("--") && equals > 0) {
          set(argument.substring(0, equals), argument.substring(equals + 1));
        } else if (i + 1 < arguments.size()) {
          set(argument, arguments.get(++i));
        } else {
          set(argument, null);
        }
      }
      return new JobOptions(
          backend,
          store,
          endpoint,
          accessKey,
          secretKey,
          region,
          parallelism,
          days,
          Duration.ofSeconds(seconds),
          restores);
    }

    private void set(String option, @Nullable String value) {
      switch (option) {
        case "--backend" -> backend = backend(given(option, value));
        case "--store" -> store = store(given(option, value));
        case "--endpoint" -> endpoint = endpoint(given(option, value));
        case "--access-key" -> accessKey = given(option, value);
        case "--secret-key" -> secretKey = given(option, value);
        case "--region" -> region = given(option, value);
        case "--parallelism" -> parallelism = number(option, given(option, value), 64);
        case "--days" -> days = number(option, given(option, value), 365);
        case "--seconds" -> seconds = number(option, given(option, value), 3600);
        case "--restores" -> restores = yes(option, given(option, value));
        default ->
            throw new IllegalArgumentException(
                "unknown option " + option + ": --help lists what there is");
      }
    }

    private static String given(String option, @Nullable String value) {
      if (value == null || value.isEmpty() || value.startsWith("--")) {
        throw new IllegalArgumentException(option + " wants a value after it: --help shows which");
      }
      return value;
    }

    private static Backend backend(String value) {
      return Arrays.stream(Backend.values())
          .filter(backend -> backend.toString().equals(value))
          .findFirst()
          .orElseThrow(
              () ->
                  new IllegalArgumentException(
                      "--backend " + value + " is none of hummock, rocksdb, forst, hashmap"));
    }

    private static URI store(String value) {
      URI uri = uri("--store", value, "file:///dir or s3://bucket/prefix");
      boolean directory =
          "file".equals(uri.getScheme()) && uri.getHost() == null && uri.getPath() != null;
      boolean bucket = "s3".equals(uri.getScheme()) && uri.getAuthority() != null;
      if (!directory && !bucket) {
        throw new IllegalArgumentException(
            "--store " + value + " is neither file:///dir nor s3://bucket/prefix");
      }
      return uri;
    }

    private static URI endpoint(String value) {
      URI uri = uri("--endpoint", value, "http://127.0.0.1:9000");
      if (uri.getHost() == null
          || !("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
        throw new IllegalArgumentException(
            "--endpoint " + value + " is not a URL such as http://127.0.0.1:9000");
      }
      return uri;
    }

    private static URI uri(String option, String value, String example) {
      try {
        return new URI(value);
      } catch (URISyntaxException e) {
        throw new IllegalArgumentException(
            option + " " + value + " is not a URI such as " + example, e);
      }
    }

    private static int number(String option, String value, int largest) {
      int number = NUMBER.matcher(value).matches() ? Integer.parseInt(value) : 0;
      if (number < 1 || number > largest) {
        throw new IllegalArgumentException(
            option + " " + value + " is not a number from 1 to " + largest);
      }
      return number;
    }

    private static boolean yes(String option, String value) {
      return switch (value) {
        case "yes" -> true;
        case "no" -> false;
        default ->
            throw new IllegalArgumentException(option + " " + value + " is neither yes nor no");
      };
    }
  }
}
