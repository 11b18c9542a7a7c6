package io.convlens.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.image.Picture;
import io.convlens.render.Png;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs over a folder: what is left out, what is taken up again, and what is refused. */
final class FolderRunTest {
  private static final int COUNT = 6;
  private static final String PROGRESS = ".occlusion-progress";

  @TempDir Path folder;
  private Workplace place;
  private Path photos;
  private String patch = "3";

  @BeforeEach
  void files() throws IOException {
    place = Workplace.of(folder, TinyNetwork.write(folder.resolve("net.onnx")));
    photos = place.pictures(COUNT, 20, 30);
  }

  private CommandRun sweep(Workplace in, Object... more) {
    List<Object> all =
        new ArrayList<>(List.of("--images", photos, "--patch", patch, "--stride", "2"));
    all.addAll(List.of(more));
    return in.run("occlusion", all.toArray());
  }

  private static void good(CommandRun run) {
    assertEquals(0, run.exitCode(), run.err());
  }

  /** All files but the JSON, which has times. */
  private static Map<String, String> results(Path out) throws IOException {
    Map<String, String> all = new TreeMap<>();
    try (Stream<Path> files = Files.list(out)) {
      for (Path f : files.filter(f -> !f.endsWith("occlusion.json")).toList()) {
        String print = Files.isRegularFile(f) ? FilePrint.of(f).sha256() : "folder";
        all.put(f.getFileName().toString(), print);
      }
    }
    return all;
  }

  private Path spoil(int number) throws IOException {
    return Files.writeString(photos.resolve("p%02d.png".formatted(number)), "no picture");
  }

  private void noise(int number, int seed) {
    byte[] rgb = new byte[3 * 20 * 30];
    new Random(seed).nextBytes(rgb);
    Path file = photos.resolve("p%02d.png".formatted(number));
    Png.write(file, Picture.ofRgb("p", 20, 30, rgb));
  }

  /** An interrupted run: one that was strict with a bad picture, which is then made good. */
  private Workplace interrupted(String name, int at) throws IOException {
    Workplace there = place.to(name);
    spoil(at);
    sweep(there, "--strict").assertStopped(3, "p%02d.png".formatted(at));
    noise(at, at);
    assertTrue(Files.isDirectory(there.out().resolve(PROGRESS)));
    assertTrue(!Files.exists(there.out().resolve("scores.npy")));
    return there;
  }

  @Test
  void aFolderGivesWhatItsPicturesGiveOneByOne() throws IOException {
    patch = "3,5";
    for (String score : List.of("probability", "logit")) {
      Workplace one = place.to("one-" + score);
      Workplace all = place.to("all-" + score);
      good(sweep(all, "--score", score, "--all-classes", "--track", "relu#1"));
      List<Object> args = new ArrayList<>(List.of("--patch", patch, "--stride", "2"));
      args.addAll(List.of("--score", score, "--all-classes", "--track", "relu#1"));
      for (int i = 0; i < COUNT; i++) {
        args.addAll(List.of("--image", photos.resolve("p%02d.png".formatted(i))));
      }
      one.good("occlusion", args.toArray());
      Map<String, String> single = results(one.out());
      assertEquals(COUNT, single.keySet().stream().filter(n -> n.endsWith("-track.png")).count());
      assertEquals(single, results(all.out()));
      assertEquals(one.json("occlusion.json").get("base"), all.json("occlusion.json").get("base"));
    }
  }

  @Test
  void aPictureThatCantBeUsedIsLeftOut() throws IOException {
    spoil(0);
    spoil(3);
    CommandRun run = sweep(place);
    assertEquals(3, run.exitCode());
    List<String> errors = run.err().lines().filter(l -> l.contains("error:")).toList();
    assertEquals(3, errors.size(), run.err());
    assertTrue(errors.get(0).startsWith("convlens: error: " + photos.resolve("p00.png") + ": "));
    assertTrue(errors.get(2).endsWith("2 of 6 pictures left out"), errors.get(2));
    var json = place.json("occlusion.json");
    assertEquals(
        "[\"p01.png\",\"p02.png\",\"p04.png\",\"p05.png\"]", json.get("images").toString());
    assertEquals("p03.png", json.at("/skipped/1/image").asString());
    place.numbers("scores.npy", 4, 6, 5);
    place.numbers("attribution.npy", 4, 12, 10);
    Files.delete(photos.resolve("p00.png"));
    Files.delete(photos.resolve("p03.png"));
    Workplace without = place.to("without");
    good(sweep(without));
    assertEquals(results(without.out()), results(place.out()));
  }

  @Test
  void aFolderOfNothingButBadPicturesGivesNothing() throws IOException {
    for (int i = 0; i < COUNT; i++) {
      spoil(i);
    }
    sweep(place).assertStopped(3, "no picture of its folder");
    assertEquals(Map.of(), results(place.out()));
  }

  @Test
  void anInterruptedRunIsTakenUpToTheSameBytes() throws IOException {
    patch = "3,5";
    good(sweep(place));
    for (int at : new int[] {1, 4}) {
      Workplace again = interrupted("at" + at, at);
      good(sweep(again, "--resume"));
      assertEquals(results(place.out()), results(again.out()));
    }
    Workplace first = place.to("first");
    good(sweep(first, "--resume"));
    assertEquals(results(place.out()), results(first.out()));
  }

  /** What a process leaves that dies while it writes. */
  @Test
  void whatWasHalfWrittenIsForgotten() throws IOException {
    good(sweep(place));
    Workplace again = interrupted("again", 4);
    Path progress = again.out().resolve(PROGRESS);
    Path journal = progress.resolve("journal");
    String text = Files.readString(journal);
    int last = text.strip().lastIndexOf('\n') + 1;
    Files.writeString(journal, text.substring(0, last + (text.length() - last) / 2));
    for (String array : List.of("scores.npy.part", "attribution.npy.part")) {
      Files.write(progress.resolve(array), new byte[77], StandardOpenOption.APPEND);
    }
    // A process of this number can't be.
    Files.writeString(again.out().resolve(".p09-heatmap.png.99999999999-3.part"), "half a picture");
    good(sweep(again, "--resume"));
    assertEquals(results(place.out()), results(again.out()));
  }

  /** Power that fails may leave a line whose numbers never reached the disk. */
  @Test
  void numbersThatAreNotThoseOfTheJournalAreMadeAgain() throws IOException {
    good(sweep(place));
    Workplace again = interrupted("again", 4);
    Path array = again.out().resolve(PROGRESS).resolve("scores.npy.part");
    byte[] bytes = Files.readAllBytes(array);
    bytes[bytes.length / 2] ^= 1;
    Files.write(array, bytes);
    good(sweep(again, "--resume"));
    assertEquals(results(place.out()), results(again.out()));
    Workplace shorter = interrupted("shorter", 4);
    Path other = shorter.out().resolve(PROGRESS).resolve("attribution.npy.part");
    Files.write(other, new byte[200]);
    good(sweep(shorter, "--resume"));
    assertEquals(results(place.out()), results(shorter.out()));
  }

  @Test
  void withoutResumeARunStartsAnew() throws IOException {
    good(sweep(place));
    Workplace again = interrupted("again", 4);
    noise(0, 99);
    Workplace other = place.to("other");
    good(sweep(other));
    good(sweep(again));
    assertEquals(results(other.out()), results(again.out()));
  }

  @Test
  void anotherRunIsNotTakenUp() throws IOException {
    Workplace again = interrupted("again", 4);
    sweep(again, "--resume", "--edge", "drop").assertStopped(2, "had edge \"clip\"");
    sweep(again, "--resume", "--fill", "1").assertStopped(2, "had fill [0.0]");
    sweep(again, "--resume", "--labels", TinyNetwork.labels(folder.resolve("labels.txt")))
        .assertStopped(2, "had labels");
    Path model = Workplace.networkWithDeadChannels(folder.resolve("other.onnx"), -2);
    Workplace otherNet = new Workplace(folder, model, again.out());
    sweep(otherNet, "--resume").assertStopped(2, "had model");
    Files.copy(photos.resolve("p00.png"), photos.resolve("p99.png"));
    sweep(again, "--resume").assertStopped(2, "had pictures 6, this one has 7");
    Files.delete(photos.resolve("p99.png"));
    sweep(place, "--resume", "--image", photos.resolve("p00.png")).assertStopped(2, "exclude");
    place
        .run("occlusion", "--image", photos.resolve("p00.png"), "--resume")
        .assertFailed(2, "--resume is for --images");
    good(sweep(again, "--resume"));
  }

  @Test
  void aPictureThatChangedSinceIsNoticed() throws IOException {
    Workplace again = interrupted("again", 4);
    noise(2, 99);
    sweep(again, "--resume").assertStopped(3, "p02.png: changed since");
    noise(2, 2);
    good(sweep(again, "--resume"));
  }

  @Test
  void aPictureThatChangesMeanwhileIsNoticed() throws Exception {
    Path drawn = place.out().resolve("p00-heatmap.png");
    var changer =
        new Thread(
            () -> {
              while (!Files.exists(drawn)) {
                Thread.onSpinWait();
              }
              noise(0, 99);
            });
    changer.start();
    CommandRun run = sweep(place);
    changer.join();
    assertEquals(3, run.exitCode());
    assertTrue(run.err().contains("p00.png: changed during the run"), run.err());
    assertEquals("[\"p00.png\"]", place.json("occlusion.json").get("changed").toString());
  }

  @Test
  void twoRunsDontWriteToOneFolder() throws IOException {
    try (var progress = SweepProgress.open(place.out(), Map.of("other", "run"), false)) {
      assertEquals(List.of(), progress.entries());
      sweep(place).assertFailed(2, "another run is writing there");
    }
  }
}
