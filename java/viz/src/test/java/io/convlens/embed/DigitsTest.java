package io.convlens.embed;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/**
 * The handwritten digits that come with scikit-learn, against what scikit-learn 1.2.1 makes of
 * them: {@code TSNE(perplexity=30, init="pca", learning_rate="auto", n_iter=1000, random_state=0)},
 * by its tree and by all pairs. {@code ci/tsne-peer} finds these numbers.
 */
final class DigitsTest {
  private static final Path DIGITS =
      Path.of("/usr/lib/python3/dist-packages/sklearn/datasets/data/digits.csv.gz");

  /** The best of the two. */
  private static final double KL = 0.7541;

  private static final double TRUSTWORTHINESS = 0.9917;

  private static Points digits() throws IOException {
    List<String[]> lines;
    try (var in = new GZIPInputStream(Files.newInputStream(DIGITS));
        var reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII))) {
      lines = reader.lines().map(line -> line.split(",")).toList();
    }
    Points points = Points.zeros(lines.size(), 64);
    float[] values = new float[64];
    for (int i = 0; i < lines.size(); i++) {
      for (int k = 0; k < 64; k++) {
        values[k] = Float.parseFloat(lines.get(i)[k]);
      }
      points.set(i, values, 0);
    }
    return points;
  }

  @Test
  void asGoodAsScikitLearn() throws IOException {
    assumeTrue(Files.isReadable(DIGITS), "no digits: python3-sklearn is not installed");
    Embedding e = Embedding.of(digits(), new EmbeddingOptions(30, 1000, 0, 64, 0), _ -> {});
    assertTrue(e.kl() < 1.03 * KL, "KL " + e.kl());
    assertTrue(e.trustworthiness() > TRUSTWORTHINESS - 0.01, "trust " + e.trustworthiness());
  }
}
