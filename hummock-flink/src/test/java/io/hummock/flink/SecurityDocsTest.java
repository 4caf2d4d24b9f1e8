package io.hummock.flink;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.hummock.objectstore.S3ObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.DeserializationFeature;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.s3.S3Client;

/** Holds the policies in docs/deploy to the calls of the code, and docs/security.md to both. */
class SecurityDocsTest {
  private static final Path DOCS = Path.of("..", "docs");
  private static final Path DEPLOY = DOCS.resolve("deploy");

  /** The right that S3 asks for, by the SDK's method. */
  private static final Map<String, String> RIGHTS =
      Map.ofEntries(
          Map.entry("getObject", "s3:GetObject"),
          Map.entry("headObject", "s3:GetObject"),
          Map.entry("putObject", "s3:PutObject"),
          Map.entry("createMultipartUpload", "s3:PutObject"),
          Map.entry("uploadPart", "s3:PutObject"),
          Map.entry("uploadPartCopy", "s3:PutObject"),
          Map.entry("completeMultipartUpload", "s3:PutObject"),
          Map.entry("copyObject", "s3:PutObject"),
          Map.entry("deleteObject", "s3:DeleteObject"),
          Map.entry("deleteObjects", "s3:DeleteObject"),
          Map.entry("abortMultipartUpload", "s3:AbortMultipartUpload"),
          Map.entry("listObjectsV2", "s3:ListBucket"));

  @Test
  void taskManagersMayDoWhatTheCodeCallsAndNoMore() throws IOException {
    assertThat(actions("s3-policy-taskmanager.json")).isEqualTo(new TreeSet<>(calls().values()));
  }

  @Test
  void callsAreNamedInTheDocs() throws IOException {
    String text = Files.readString(DOCS.resolve("security.md"));
    assertThat(calls().keySet())
        .filteredOn(call -> !call.equals("listObjectsV2")) // Flink's there
        .allSatisfy(
            call ->
                assertThat(text)
                    .contains(Character.toUpperCase(call.charAt(0)) + call.substring(1)));
  }

  @Test
  void othersMayDoLess() throws IOException {
    Set<String> taskManager = actions("s3-policy-taskmanager.json");
    assertThat(taskManager)
        .containsAll(actions("s3-policy-jobmanager.json"))
        .containsAll(actions("s3-policy-orphans.json"));
    assertThat(actions("s3-policy-jobmanager.json")).doesNotContain("s3:AbortMultipartUpload");
    assertThat(actions("s3-policy-orphans.json"))
        .containsExactly("s3:DeleteObject", "s3:GetObject", "s3:ListBucket");
    assertThat(actions("kms-policy.json")).containsExactly("kms:Decrypt", "kms:GenerateDataKey");
  }

  @Test
  void policiesAreOfOneBucketAndHaveNoWildcardForActions() throws IOException {
    for (Path file : policies()) {
      JsonNode policy = read(file);
      assertThat(policy.get("Version").asText()).isEqualTo("2012-10-17");
      assertThat(policy.get("Statement")).isNotEmpty();
      for (JsonNode statement : policy.get("Statement")) {
        assertThat(statement.get("Sid").asText()).matches("[A-Za-z0-9]+");
        assertThat(statement.get("Effect").asText()).isEqualTo("Allow");
        assertThat(statement.get("Action"))
            .isNotEmpty()
            .allSatisfy(action -> assertThat(action.asText()).matches("(s3|kms):[A-Z][A-Za-z]+"));
        boolean lists = statement.get("Action").toString().contains("ListBucket");
        assertThat(statement.get("Resource"))
            .isNotEmpty()
            .allSatisfy(
                resource ->
                    assertThat(resource.asText())
                        .matches(
                            lists
                                ? "arn:aws:s3:::my-bucket"
                                : "arn:aws:(s3:::my-bucket/(checkpoints|savepoints|ha)/.*\\*"
                                    + "|kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-f-]{36})"));
        // Listing is a right on the bucket, so only the condition keeps it to the prefixes.
        assertThat(statement.has("Condition")).isEqualTo(lists);
      }
    }
  }

  @Test
  void docsNameEveryPolicyAndEveryAction() throws IOException {
    String text = Files.readString(DOCS.resolve("security.md"));
    Set<String> actions = new TreeSet<>();
    for (Path file : policies()) {
      assertThat(text).contains("(deploy/" + file.getFileName() + ")");
      actions.addAll(actions(file.getFileName().toString()));
    }
    Set<String> explained = new TreeSet<>();
    Matcher row = Pattern.compile("(?m)^\\| `(s3:[A-Za-z]+)` \\|").matcher(text);
    while (row.find()) {
      explained.add(row.group(1));
    }
    explained.add("kms:Decrypt");
    explained.add("kms:GenerateDataKey");
    assertThat(explained).isEqualTo(actions);
    assertThat(text).contains("`kms:Decrypt`", "`kms:GenerateDataKey`");
  }

  /** The methods of the SDK's client that the core calls, and the right that each needs. */
  private static Map<String, String> calls() {
    // The core's tests call more.
    String core = S3ObjectStore.class.getProtectionDomain().getCodeSource().getLocation().getPath();
    JavaClasses classes =
        new ClassFileImporter()
            .withImportOption(location -> location.contains(core))
            .importPackages("io.hummock.objectstore");
    Map<String, String> calls = new TreeMap<>();
    classes.stream()
        .flatMap(from -> from.getMethodCallsFromSelf().stream())
        .filter(call -> call.getTargetOwner().isEquivalentTo(S3Client.class))
        .map(call -> call.getName())
        .filter(name -> !name.equals("close") && !name.equals("builder"))
        .forEach(
            name -> {
              assertThat(RIGHTS).as("the right that each call needs").containsKey(name);
              calls.put(name, RIGHTS.getOrDefault(name, ""));
            });
    assertThat(calls).hasSizeGreaterThan(5);
    return calls;
  }

  private static Set<String> actions(String file) throws IOException {
    Set<String> actions = new TreeSet<>();
    for (JsonNode statement : read(DEPLOY.resolve(file)).get("Statement")) {
      statement.get("Action").forEach(action -> actions.add(action.asText()));
    }
    return actions;
  }

  private static JsonNode read(Path file) throws IOException {
    return new ObjectMapper()
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
        .readTree(Files.readString(file));
  }

  private static Set<Path> policies() throws IOException {
    try (Stream<Path> files = Files.list(DEPLOY)) {
      Set<Path> policies = new TreeSet<>();
      files.filter(file -> file.toString().endsWith(".json")).forEach(policies::add);
      assertThat(policies).hasSize(4);
      return policies;
    }
  }
}
