package io.convlens.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code ./convlens} in a project of its own, with a JDK and a Maven that only say what they do.
 */
final class LauncherTest {
  private static final Path ROOT = Path.of("../..");
  private static final String JAVA =
      """
      #!/usr/bin/env bash
      [[ "$*" == *ArchiveClassesAtExit* ]] && exit 0
      printf '%s\\n' java "$@"
      """;
  private static final String MAVEN =
      """
      #!/usr/bin/env bash
      echo "$*" >> builds
      sleep 0.3
      for module in cli bench; do
        mkdir -p java/$module/target
        echo "jar of $module" > java/$module/target/convlens-$module-0.1.0.jar
        echo "/libraries/of $module.jar" > java/$module/target/class-path.txt
      done
      """;

  @TempDir Path folder;
  private Path root;
  private Path jdk;
  private Path maven;

  @BeforeEach
  void project() throws IOException {
    root = Files.createDirectories(folder.resolve("a project"));
    for (String name : List.of("convlens", "ci/jdk.sh")) {
      Files.createDirectories(root.resolve(name).getParent());
      Files.copy(ROOT.resolve(name), root.resolve(name));
    }
    source("pom.xml");
    source("java/cli/src/main/java/A.java");
    jdk = jdk("a jdk", "25.0.1");
    maven = script("maven/mvn", MAVEN).getParent();
  }

  private Path source(String name) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "source");
    // Whole seconds ago, as sources are: a build that begins now is newer.
    return Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(60)));
  }

  private Path script(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Path jdk(String name, String version) throws IOException {
    script(name + "/bin/javac", "");
    script(name + "/bin/java", JAVA);
    Path home = folder.resolve(name);
    Files.writeString(home.resolve("release"), "IMAGE=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
    return home;
  }

  private record Run(int exitCode, List<String> out, List<String> err) {}

  private Run launch(String... args) throws IOException, InterruptedException {
    return launch(root.resolve("convlens"), args);
  }

  private Run launch(Path launcher, String... args) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("bash", launcher.toString()));
    command.addAll(List.of(args));
    Path out = Files.createTempFile(folder, "out", "");
    Path err = Files.createTempFile(folder, "err", "");
    var builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(name -> name.equals("CONVLENS_OPTS"));
    environment.put("JAVA_HOME", jdk.toString());
    environment.put("PATH", maven + ":/usr/bin:/bin");
    int code = builder.start().waitFor();
    return new Run(code, Files.readAllLines(out), Files.readAllLines(err));
  }

  private int builds() throws IOException {
    Path log = root.resolve("builds");
    return Files.exists(log) ? Files.readAllLines(log).size() : 0;
  }

  @Test
  void buildsOnceAndRunsWithTheArgumentsAsTheyAre() throws Exception {
    Run first = launch("predict", "--image", "a b.png", "");
    assertEquals(0, first.exitCode(), first.err().toString());
    assertEquals(List.of(), first.err());
    assertEquals("java", first.out().getFirst());
    assertEquals(
        List.of("io.convlens.cli.ConvLens", "predict", "--image", "a b.png", ""),
        first.out().subList(first.out().size() - 5, first.out().size()));
    assertTrue(first.out().contains("--enable-native-access=ALL-UNNAMED"));
    assertEquals(1, builds());
    assertEquals(0, launch("devices").exitCode());
    assertEquals(1, builds());
  }

  @Test
  void buildsAgainWhereASourceIsNewer() throws Exception {
    launch();
    Files.setLastModifiedTime(
        source("java/cli/src/main/java/A.java"), FileTime.from(Instant.now().plusSeconds(1)));
    launch();
    assertEquals(2, builds());
  }

  @Test
  void twoAtOnceBuildOnce() throws Exception {
    var other =
        new Thread(
            () -> {
              try {
                launch();
              } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    other.start();
    assertEquals(0, launch().exitCode());
    other.join();
    assertEquals(1, builds());
  }

  @Test
  void runsThroughALinkFromElsewhere() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("link"), root.resolve("convlens"));
    assertEquals(0, launch(link, "devices").exitCode());
    assertEquals(1, builds());
  }

  @Test
  void printsTheClassPath() throws Exception {
    Run run = launch("--class-path");
    assertEquals(
        List.of(
            root.toRealPath().resolve("java/cli/target/convlens-cli-0.1.0.jar")
                + ":/libraries/of cli.jar"),
        run.out());
  }

  @Test
  void thePeersAreForBenchAlone() throws Exception {
    assertTrue(launch("bench").out().contains("io.convlens.cli.ConvLens"));
    assertTrue(launch("bench", "--against", "full").out().contains("io.convlens.cli.ConvLens"));
    assertTrue(launch("bench", "--against=cpu").out().contains("io.convlens.cli.ConvLens"));
    Run run = launch("bench", "--against", "onnxruntime", "--threads", "2");
    assertTrue(run.out().contains("io.convlens.bench.Bench"), run.out().toString());
    assertEquals("--against", run.out().get(run.out().size() - 4));
    assertTrue(Files.readString(root.resolve("builds")).contains("java/bench"));
  }

  @Test
  void aFailedBuildIsShownAndNotForgotten() throws Exception {
    script("maven/mvn", "#!/usr/bin/env bash\necho 'A.java:1: no such symbol'\nexit 1\n");
    for (int i = 0; i < 2; i++) {
      Run run = launch();
      assertEquals(1, run.exitCode());
      assertEquals(List.of(), run.out());
      assertEquals("A.java:1: no such symbol", run.err().getFirst());
      assertTrue(run.err().getLast().startsWith("convlens: error: the build failed"));
    }
  }

  @Test
  void whatIsMissingIsSaidInOneLine() throws Exception {
    maven = folder.resolve("no maven");
    // The fake one is not on the PATH; where a real one is, there is nothing to see.
    if (!Files.exists(Path.of("/usr/bin/mvn"))) {
      Run run = launch();
      assertEquals(1, run.exitCode());
      assertEquals(1, run.err().size());
      assertTrue(run.err().getFirst().contains("Maven is missing"), run.err().toString());
    }
    Path finder = root.resolve("ci/jdk.sh");
    String text = Files.readString(finder, StandardCharsets.UTF_8);
    Files.writeString(finder, text.replace("JDK_NEEDED=25", "JDK_NEEDED=99"));
    jdk = jdk("old", "17.0.2");
    Run run = launch();
    assertEquals(1, run.exitCode());
    assertEquals(1, run.err().size());
    assertTrue(
        run.err()
            .getFirst()
            .matches("convlens: error: no JDK 99 or newer found \\(the newest .*: install one.*"),
        run.err().getFirst());
  }

  @Test
  void aJavaHomeThatIsTooOldIsPassedOver() throws Exception {
    Path finder = root.resolve("ci/jdk.sh");
    String text = Files.readString(finder, StandardCharsets.UTF_8);
    Files.writeString(finder, text.replace("places+=(/usr/lib", "places+=(\"$OTHER\" /usr/lib"));
    Path good = jdk("good", "26");
    jdk = jdk("old", "17.0.2");
    Path launcher =
        script(
            "other",
            "#!/usr/bin/env bash\nOTHER='%s' exec bash '%s'\n"
                .formatted(good, root.resolve("convlens")));
    Files.writeString(good.resolve("bin/java"), "#!/usr/bin/env bash\necho good\n");
    assertEquals(List.of("good"), launch(launcher).out());
  }
}
