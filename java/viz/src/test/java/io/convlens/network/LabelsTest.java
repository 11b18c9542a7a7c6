package io.convlens.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.io.UnusableOptionException;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** Which class a person means. */
final class LabelsTest {
  private static final Labels LABELS =
      new Labels(
          List.of(
              "goldfish, Carassius auratus",
              "tabby, tabby cat",
              "tiger cat",
              "Egyptian cat",
              "crane",
              "crane",
              "lynx, catamount",
              "tiger, Panthera tigris"));

  private static void means(int index, String wish) {
    assertEquals(OptionalInt.of(index), LABELS.find(wish, 8), wish);
  }

  private static void refused(String wish, String reason) {
    var refused = assertThrows(UnusableOptionException.class, () -> LABELS.find(wish, 8));
    assertTrue(refused.getMessage().contains(reason), refused.getMessage());
  }

  @Test
  void wholeLabelsGoBeforeNamesAndNamesBeforeParts() {
    means(0, "goldfish, carassius auratus");
    means(0, "Goldfish");
    means(2, "tiger cat");
    means(7, "tiger");
    means(3, "egypt");
    means(6, "catamount");
    means(5, "5");
    assertEquals(OptionalInt.empty(), LABELS.find("auto", 8));
  }

  @Test
  void whatMayBeSeveralIsRefusedWithTheirNames() {
    refused("crane", "2 classes: 4 (crane), 5 (crane); give an index");
    refused("cat", "1 (tabby, tabby cat), 2 (tiger cat), 3 (Egyptian cat), 6 (lynx, catamount)");
    refused("a", "8 classes: 0 (");
    refused("a", ", …");
    refused("yak", "not among the labels");
    refused("", "not among the labels");
    refused(" ", "not among the labels");
    refused("8", "classes 0 to 7");
    refused("-1", "classes 0 to 7");
  }

  /** Labels of classes that the network doesn't have mean nothing. */
  @Test
  void labelsBeyondTheClassesAreNotMeant() {
    assertThrows(UnusableOptionException.class, () -> LABELS.find("tiger, panthera tigris", 7));
    assertEquals(OptionalInt.of(3), LABELS.find("Egyptian", 7));
  }
}
