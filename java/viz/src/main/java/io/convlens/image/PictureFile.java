package io.convlens.image;

import io.convlens.io.UnusableInputException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Reads a picture file into memory, has its structure checked, and decodes it. */
final class PictureFile {
  /** Larger than any picture within the pixel limit has reason to be. */
  private static final long MAX_BYTES = 1L << 30;

  private PictureFile() {}

  static Picture read(Path file, Consumer<byte[]> content) {
    try {
      byte[] bytes = bytes(file);
      content.accept(bytes);
      return decode(String.valueOf(file.getFileName()), bytes);
    } catch (DamagedPictureException e) {
      throw new UnusableInputException(file, String.valueOf(e.getMessage()), e);
    } catch (OutOfMemoryError e) {
      throw new UnusableInputException(
          file, "decoding it takes more memory than the JVM may use (CONVLENS_OPTS=-Xmx...)", e);
    }
  }

  /** The picture in a file's content. */
  static Picture decode(String name, byte[] content) throws DamagedPictureException {
    Container container = Container.of(new FileBytes(content));
    return container.orientation().apply(PictureDecoder.decode(name, container));
  }

  private static byte[] bytes(Path file) throws DamagedPictureException {
    try {
      if (Files.isDirectory(file)) {
        throw new DamagedPictureException("is a folder");
      }
      if (Files.exists(file) && !Files.isRegularFile(file)) {
        throw new DamagedPictureException("is no regular file");
      }
      long size = Files.size(file);
      if (size == 0) {
        throw new DamagedPictureException("empty file");
      }
      if (size > MAX_BYTES) {
        throw new DamagedPictureException("larger than " + (MAX_BYTES >> 20) + " MiB");
      }
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new DamagedPictureException("no such file", e);
    } catch (AccessDeniedException e) {
      throw new DamagedPictureException("no permission to read it", e);
    } catch (IOException e) {
      throw new DamagedPictureException("can't be read: " + e.getMessage(), e);
    }
  }
}
