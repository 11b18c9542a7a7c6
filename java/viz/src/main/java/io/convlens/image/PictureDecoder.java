package io.convlens.image;

import com.twelvemonkeys.imageio.stream.ByteArrayImageInputStream;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.concurrent.atomic.AtomicReference;
import javax.imageio.IIOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import org.jspecify.annotations.Nullable;

/** Decodes a checked container with ImageIO's readers, TwelveMonkeys' where it has one. */
final class PictureDecoder {
  /** What libjpeg warns of when pixels are missing or garbage; it goes on with grey. */
  private static final String[] FATAL_WARNINGS = {
    "premature end", "bad Huffman code", "Out-of-sequence code"
  };

  static {
    ImageIO.setUseCache(false);
    // Where the thread that first touched ImageIO could not see our class path.
    ImageIO.scanForPlugins();
  }

  private PictureDecoder() {}

  static Picture decode(String name, Container container) throws DamagedPictureException {
    ImageReader reader = reader(container.kind());
    var warning = new AtomicReference<@Nullable String>();
    try (var stream = new ByteArrayImageInputStream(container.bytes().data())) {
      reader.addIIOReadWarningListener(
          (_, text) -> {
            if (Arrays.stream(FATAL_WARNINGS).anyMatch(text::contains)) {
              warning.set(text);
            }
          });
      reader.setInput(stream, true, true);
      Picture picture = pixels(name, container, reader);
      String text = warning.get();
      if (text != null) {
        throw damaged(container, text, new IIOException(text));
      }
      return picture;
    } catch (EOFException e) {
      throw damaged(container, "its data ends early", e);
    } catch (IOException e) {
      throw damaged(container, String.valueOf(e.getMessage()), e);
    } catch (RuntimeException e) {
      // The readers throw whatever their arrays throw on garbage.
      throw damaged(container, "its data contradicts itself", e);
    } finally {
      reader.dispose();
    }
  }

  private static DamagedPictureException damaged(
      Container container, String reason, Exception cause) {
    return new DamagedPictureException("damaged " + container.kind().title + ": " + reason, cause);
  }

  private static ImageReader reader(Container.Kind kind) throws DamagedPictureException {
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(kind.title);
    ImageReader first = null;
    while (readers.hasNext()) {
      ImageReader reader = readers.next();
      if (reader.getClass().getName().startsWith("com.twelvemonkeys.")) {
        return reader;
      }
      first = first == null ? reader : first;
    }
    if (first == null) {
      throw new DamagedPictureException("no reader for " + kind.title + " on the class path");
    }
    return first;
  }

  private static Picture pixels(String name, Container container, ImageReader reader)
      throws IOException, DamagedPictureException {
    if (container.kind() == Container.Kind.JPEG) {
      int components = JpegColours.components(container.bytes());
      if (components == 4) {
        Raster raster = reader.readRaster(0, null);
        checkSides(container, raster.getWidth(), raster.getHeight());
        byte[] rgb = JpegColours.fromCmyk(raster, container.bytes());
        return new Picture(name, raster.getWidth(), raster.getHeight(), rgb);
      }
    }
    BufferedImage image = reader.read(0);
    checkSides(container, image.getWidth(), image.getHeight());
    byte[] frame = Samples.rgbOnWhite(image);
    if (image.getWidth() == container.width() && image.getHeight() == container.height()) {
      return new Picture(name, container.width(), container.height(), frame);
    }
    return onCanvas(name, container, frame, image.getWidth(), image.getHeight());
  }

  /** A still picture's decoder must find the size that was checked. */
  private static void checkSides(Container container, int width, int height)
      throws DamagedPictureException {
    boolean framed =
        container.kind() == Container.Kind.GIF || container.kind() == Container.Kind.WEBP;
    if (!framed && (width != container.width() || height != container.height())) {
      throw new DamagedPictureException(
          "damaged " + container.kind().title + ": two headers name different sizes");
    }
  }

  /** The first frame of an animation, where it is smaller than the canvas, on white. */
  private static Picture onCanvas(
      String name, Container container, byte[] frame, int frameWidth, int frameHeight) {
    byte[] canvas = new byte[3 * container.width() * container.height()];
    Arrays.fill(canvas, (byte) 0xff);
    int columns = Math.min(frameWidth, container.width() - container.left());
    int rows = Math.min(frameHeight, container.height() - container.top());
    for (int y = 0; y < rows && columns > 0; y++) {
      int to = (container.top() + y) * container.width() + container.left();
      System.arraycopy(frame, 3 * y * frameWidth, canvas, 3 * to, 3 * columns);
    }
    return new Picture(name, container.width(), container.height(), canvas);
  }
}
