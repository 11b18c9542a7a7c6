package io.convlens.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What a file held, to know it again.
 *
 * @param sha256 of its bytes, in hexadecimal; empty where it could not be read
 */
record FilePrint(String sha256) {
  static final FilePrint UNREADABLE = new FilePrint("");

  /** Of a file as it is now. */
  static FilePrint of(Path file) {
    MessageDigest digest = digest();
    try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
      in.transferTo(OutputStream.nullOutputStream());
      return of(digest);
    } catch (IOException e) {
      return UNREADABLE;
    }
  }

  /** Of what a file held. */
  static FilePrint of(byte[] content) {
    MessageDigest digest = digest();
    digest.update(content);
    return of(digest);
  }

  private static FilePrint of(MessageDigest digest) {
    return new FilePrint(HexFormat.of().formatHex(digest.digest()));
  }

  private static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
