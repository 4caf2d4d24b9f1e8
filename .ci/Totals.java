import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * Reads Surefire's reports of all modules: prints what failed and what was skipped, and last the
 * totals, {@code N passed, N failed, N skipped}.
 *
 * <p>Exits with 1 if a test failed, if one was skipped that docs/suites.md does not excuse, or if a
 * class tagged {@code minio} did not run whole.
 */
final class Totals {

  /** A row of the table of excused tests: {@code | `Class.method` | reason |}. */
  private static final Pattern EXCUSED = Pattern.compile("^\\| `([\\w$]+\\.[\\w$]+)` \\|.*");

  private record Case(String type, String name, String message) {
    /** The simple name of the outermost class. */
    String topLevelClass() {
      return type.substring(type.lastIndexOf('.') + 1).replaceFirst("\\$.*", "");
    }

    /** Class and method without parameters: what docs/suites.md excuses by. */
    String id() {
      return topLevelClass() + "." + name.replaceFirst("[\\[({ ].*", "");
    }
  }

  private int passed;
  private final List<Case> failed = new ArrayList<>();
  private final List<Case> skipped = new ArrayList<>();
  private final Map<String, Integer> ranByClass = new TreeMap<>();

  public static void main(String[] args) throws Exception {
    Totals totals = new Totals();
    totals.readReports();
    System.exit(totals.print() ? 0 : 1);
  }

  private void readReports() throws Exception {
    DocumentBuilder builder = DocumentBuilderFactory.newInstance().newDocumentBuilder();
    for (Path report : find(".*/target/[\\w-]+-reports/TEST-.*\\.xml")) {
      NodeList cases =
          builder.parse(report.toFile()).getDocumentElement().getElementsByTagName("testcase");
      for (int i = 0; i < cases.getLength(); i++) {
        Element element = (Element) cases.item(i);
        String type = element.getAttribute("classname");
        String name = element.getAttribute("name");
        Element skip = child(element, "skipped");
        Element failure = child(element, "failure");
        failure = failure == null ? child(element, "error") : failure;
        if (failure != null) {
          failed.add(new Case(type, name, failure.getAttribute("message")));
        } else if (skip != null) {
          skipped.add(new Case(type, name, skip.getAttribute("message")));
        } else {
          passed++;
          ranByClass.merge(new Case(type, name, "").topLevelClass(), 1, Integer::sum);
        }
      }
    }
  }

  private boolean print() throws IOException {
    boolean good = failed.isEmpty();
    for (Case test : failed) {
      System.out.printf("failed: %s.%s: %s%n", test.type, test.name, firstLine(test.message));
    }

    Set<String> excused = excused();
    Set<String> skippedClasses = new HashSet<>();
    for (Case test : skipped) {
      boolean known = excused.contains(test.id());
      good &= known;
      skippedClasses.add(test.topLevelClass());
      System.out.printf(
          "skipped%s: %s.%s: %s%n",
          known ? "" : ", not excused in docs/suites.md",
          test.type,
          test.name,
          firstLine(test.message));
    }

    int minioTests = 0;
    for (String type : minioClasses()) {
      int ran = ranByClass.getOrDefault(type, 0);
      minioTests += ran;
      if (ran == 0 || skippedClasses.contains(type)) {
        good = false;
        System.out.printf("not run on MinIO: %s%n", type);
      }
    }
    if (minioTests == 0) {
      good = false;
    }
    System.out.printf("%d tests ran on MinIO%n", minioTests);
    if (passed == 0) {
      good = false;
      System.out.println("no test reports");
    }
    System.out.printf(
        "%d passed, %d failed, %d skipped%n", passed, failed.size(), skipped.size());
    return good;
  }

  /** The concrete test classes whose source wears the tag. */
  private static List<String> minioClasses() throws IOException {
    List<String> classes = new ArrayList<>();
    for (Path source : find(".*/src/test/java/.*\\.java")) {
      String text = Files.readString(source);
      if (text.contains("@Tag(\"minio\")") && !text.contains("\nabstract class ")) {
        classes.add(source.getFileName().toString().replace(".java", ""));
      }
    }
    return classes;
  }

  private static Set<String> excused() throws IOException {
    Set<String> ids = new HashSet<>();
    for (String line : Files.readAllLines(Path.of("docs/suites.md"))) {
      Matcher matcher = EXCUSED.matcher(line);
      if (matcher.matches()) {
        ids.add(matcher.group(1));
      }
    }
    return ids;
  }

  private static List<Path> find(String pattern) throws IOException {
    List<Path> found = new ArrayList<>();
    try (Stream<Path> modules = Files.list(Path.of("."))) {
      for (Path module : modules.filter(m -> Files.exists(m.resolve("pom.xml"))).toList()) {
        try (Stream<Path> files = Files.walk(module)) {
          files
              .filter(file -> file.toString().replace(File.separatorChar, '/').matches(pattern))
              .sorted()
              .forEach(found::add);
        }
      }
    }
    return found;
  }

  private static Element child(Element parent, String name) {
    NodeList children = parent.getElementsByTagName(name);
    return children.getLength() == 0 ? null : (Element) children.item(0);
  }

  private static String firstLine(String message) {
    return message.lines().findFirst().orElse("");
  }
}
