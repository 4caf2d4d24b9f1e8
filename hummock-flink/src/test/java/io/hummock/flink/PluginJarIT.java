package io.hummock.flink;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Enumeration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.runtime.state.StateBackendFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What lies in the packaged plugin jar, and that Flink finds the backend in it and nowhere else.
 */
class PluginJarIT {

  private static final Path JAR = Path.of(System.getProperty("hummock.jar", "missing"));
  private static final long LIMIT = 20L << 20;

  /** Classes that libraries use only where somebody put them, and do without else. */
  private static final Pattern OPTIONAL =
      Pattern.compile(
          "io\\.hummock\\.shaded\\.software\\.amazon\\.awssdk\\.crt\\..*"
              + "|com\\.google\\.errorprone\\.annotations\\..*"
              + "|com\\.aayushatharva\\.brotli4j\\..*"
              + "|com\\.github\\.luben\\.zstd\\..*"
              + "|org\\.apache\\.commons\\.compress\\..*"
              + "|org\\.conscrypt\\..*");

  /** Jars of the tests' class path whose classes the plugin jar has under other names. */
  private static final Pattern BUNDLED =
      Pattern.compile(
          "/(software/amazon|com/github/ben-manes|com/dynatrace|io/airlift|org/apache/httpcomponents"
              + "|org/reactivestreams|org/jspecify)/");

  private static JarFile jar;

  @BeforeAll
  static void open() throws IOException {
    jar = new JarFile(JAR.toFile());
  }

  @AfterAll
  static void close() throws IOException {
    jar.close();
  }

  @Test
  void isAtMost20Megabytes() throws IOException {
    assertThat(Files.size(JAR)).isBetween(1L << 20, LIMIT);
  }

  @Test
  void onlyTheFactoryOfTheShortNameLiesOutsideIoHummock() {
    assertThat(names())
        .filteredOn(name -> name.endsWith(".class") && !name.startsWith("io/hummock/"))
        .containsExactly("hummock.class");
  }

  @Test
  void onlyLicencesAndServicesLieOutsideIoHummockBesides() {
    assertThat(names())
        .filteredOn(name -> !name.endsWith(".class") && !name.startsWith("io/hummock/"))
        .allMatch(
            name ->
                name.matches("META-INF/(MANIFEST\\.MF|LICENSE|NOTICE|[A-Za-z-]+-LICENSE)")
                    || name.startsWith("META-INF/services/io.hummock."));
  }

  @Test
  void noNameIsThereTwice() {
    assertThat(names()).doesNotHaveDuplicates();
  }

  @Test
  void holdsNoModuleDescriptorAndNoVariantsForOtherJdks() throws IOException {
    assertThat(names()).noneMatch(name -> name.endsWith("module-info.class"));
    assertThat(names()).noneMatch(name -> name.startsWith("META-INF/versions/"));
    assertThat(jar.getManifest().getMainAttributes().getValue("Multi-Release")).isNull();
  }

  @Test
  void isNotSigned() {
    assertThat(names()).noneMatch(name -> name.matches("META-INF/.*\\.(SF|DSA|RSA|EC)"));
  }

  @Test
  void holdsNoNativeLibrary() throws IOException {
    List<String> binaries = new ArrayList<>();
    for (String name : names()) {
      if (name.endsWith(".class")) {
        continue;
      }
      byte[] head;
      try (InputStream in = jar.getInputStream(jar.getEntry(name))) {
        head = in.readNBytes(4);
      }
      if (name.matches(".*\\.(so|dll|dylib|jnilib|a|o)(\\..*)?") || isExecutable(head)) {
        binaries.add(name);
      }
    }
    assertThat(binaries).isEmpty();
  }

  private static boolean isExecutable(byte[] head) {
    if (head.length < 4) {
      return false;
    }
    int word =
        (head[0] & 0xff) << 24 | (head[1] & 0xff) << 16 | (head[2] & 0xff) << 8 | (head[3] & 0xff);
    return word == 0x7f454c46 // ELF
        || word >>> 16 == 0x4d5a // PE
        || word == 0xfeedface
        || word == 0xfeedfacf
        || word == 0xcefaedfe
        || word == 0xcffaedfe
        || word == 0xcafebabe; // Mach-O
  }

  @Test
  void classesAreForJava17() throws IOException {
    for (String name : names()) {
      if (name.endsWith(".class")) {
        try (InputStream in = jar.getInputStream(jar.getEntry(name))) {
          byte[] head = in.readNBytes(8);
          assertThat((head[6] & 0xff) << 8 | (head[7] & 0xff)).as(name).isBetween(45, 61);
        }
      }
    }
  }

  @Test
  void everyServiceNamesClassesOfTheJar() throws IOException {
    List<String> services =
        names().stream().filter(name -> name.startsWith("META-INF/services/")).toList();
    assertThat(services).isNotEmpty();
    for (String service : services) {
      List<String> providers = lines(service);
      assertThat(providers).as(service).isNotEmpty();
      for (String provider : providers) {
        assertThat(jar.getEntry(provider.replace('.', '/') + ".class"))
            .as("%s of %s", provider, service)
            .isNotNull();
      }
    }
  }

  @Test
  void keepsTheResourcesThatTheSdkReads() {
    String sdk = "io/hummock/shaded/software/amazon/awssdk/";
    assertThat(names())
        .contains(
            sdk + "regions/internal/region/endpoints.json",
            sdk + "awscore/internal/defaults/sdk-default-configuration.json",
            sdk + "core/util/mime.types",
            "io/hummock/shaded/org/publicsuffix/list/effective_tld_names.dat");
  }

  /** A class that relocation missed, or a library that was not bundled, would show here. */
  @Test
  void refersToNothingButItselfFlinkSlf4jAndTheJdk() {
    String flink =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(path -> path.matches(".*/(org/apache/flink/.*|slf4j-api-[^/]*)\\.jar"))
            .filter(path -> !path.endsWith("-tests.jar"))
            .collect(Collectors.joining(File.pathSeparator));
    StringWriter out = new StringWriter();
    ToolProvider jdeps = ToolProvider.findFirst("jdeps").orElseThrow();
    jdeps.run(
        new PrintWriter(out), new PrintWriter(out), "--missing-deps", "-cp", flink, JAR.toString());
    Matcher missing =
        Pattern.compile("^\\s+(\\S+)\\s+-> (\\S+)\\s+not found$", Pattern.MULTILINE)
            .matcher(out.toString());
    List<String> dangling = new ArrayList<>();
    int optional = 0;
    while (missing.find()) {
      if (OPTIONAL.matcher(missing.group(2)).matches()) {
        optional++;
      } else {
        dangling.add(missing.group(1) + " -> " + missing.group(2));
      }
    }
    assertThat(optional).as("jdeps said: %s", out).isPositive();
    assertThat(dangling).isEmpty();
  }

  @Test
  void noticeNamesEveryBundledLibrary() throws IOException {
    String notice = text("META-INF/NOTICE");
    Pattern library = Pattern.compile("([\\w.-]+):([\\w.-]+):jar:([\\w.-]+):(compile|runtime)");
    List<String> bundled = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of(System.getProperty("hummock.bundled", "")))) {
      Matcher matcher = library.matcher(line);
      if (matcher.find() && !matcher.group(1).equals("io.hummock")) {
        bundled.add("- %s:%s:%s".formatted(matcher.group(1), matcher.group(2), matcher.group(3)));
      }
    }
    assertThat(bundled).hasSizeGreaterThan(30);
    assertThat(notice.lines().filter(line -> line.matches("- [\\w.-]+:[\\w.-]+:[\\w.-]+")))
        .containsExactlyInAnyOrderElementsOf(bundled);
  }

  @Test
  void carriesTheLicencesOfWhatItBundles() throws IOException {
    assertThat(text("META-INF/LICENSE")).contains("Apache License", "Version 2.0, January 2004");
    assertThat(text("META-INF/FastDoubleParser-LICENSE")).contains("MIT License");
    assertThat(text("META-INF/FastDoubleParser-ThirdParty-LICENSE")).contains("fast_float");
    assertThat(text("META-INF/Schubfach-LICENSE")).contains("Giulietti");
  }

  /** As in a cluster: the jar and Flink on the class path, none of Hummock's own libraries. */
  @Test
  void shortNameMakesTheBackendOfTheJar() throws Exception {
    try (URLClassLoader loader =
        new URLClassLoader(new URL[] {JAR.toUri().toURL()}, new OnlyFlink())) {
      StateBackendFactory<?> factory =
          Class.forName("hummock", true, loader)
              .asSubclass(StateBackendFactory.class)
              .getDeclaredConstructor()
              .newInstance();
      StateBackend backend = factory.createFromConfig(new Configuration(), loader);
      assertThat(backend.getClass().getName()).isEqualTo("io.hummock.flink.HummockStateBackend");
      assertThat(backend.getClass().getClassLoader()).isSameAs(loader);
    }
  }

  /** In a JVM of its own, since a MiniCluster's tasks see all that is on the class path. */
  @Test
  void jobRunsOnTheJarAndFlinkAlone(@TempDir Path directory) throws Exception {
    Path job = Files.createDirectories(directory.resolve("job/io/hummock/flink"));
    Path classes =
        Path.of(PluginJarJob.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(classes.resolve("io/hummock/flink"), "PluginJarJob*.class")) {
      for (Path file : files) {
        Files.copy(file, job.resolve(file.getFileName()));
      }
    }
    List<String> classPath = new ArrayList<>(List.of(JAR.toString(), directory + "/job"));
    Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(path -> path.endsWith(".jar") && !path.endsWith("-tests.jar"))
        .filter(path -> !BUNDLED.matcher(path).find())
        .forEach(classPath::add);
    Path output = directory.resolve("output");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-cp",
                String.join(File.pathSeparator, classPath),
                PluginJarJob.class.getName(),
                directory.resolve("checkpoints").toUri().toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(4, TimeUnit.MINUTES)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(Files.readString(output)).contains("right, by " + JAR.toUri().toURL());
    assertThat(process.exitValue()).isZero();
  }

  private static List<String> names() {
    List<String> names = new ArrayList<>();
    for (Enumeration<JarEntry> entries = jar.entries(); entries.hasMoreElements(); ) {
      JarEntry entry = entries.nextElement();
      if (!entry.isDirectory()) {
        names.add(entry.getName());
      }
    }
    return names;
  }

  private static List<String> lines(String name) throws IOException {
    return text(name)
        .lines()
        .map(line -> line.replaceFirst("#.*", "").strip())
        .filter(line -> !line.isEmpty())
        .toList();
  }

  private static String text(String name) throws IOException {
    try (InputStream in = jar.getInputStream(jar.getEntry(name))) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }
}
