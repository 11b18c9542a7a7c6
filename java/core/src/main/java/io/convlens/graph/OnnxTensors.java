package io.convlens.graph;

import com.google.protobuf.ByteString;
import io.convlens.graph.onnx.OnnxProto.StringStringEntryProto;
import io.convlens.graph.onnx.OnnxProto.TensorProto;
import io.convlens.io.UnusableInputException;
import io.convlens.tensor.MappedFile;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Reads ONNX tensors. What the file holds as raw float32 is viewed, not copied; float16, bfloat16
 * and double become float32. Sizes in headers are believed only where the bytes are there.
 */
final class OnnxTensors implements AutoCloseable {
  private final Path model;
  private final ByteBuffer file;
  private final Owner owner;
  private final Map<Path, MappedFile> external = new HashMap<>();

  /**
   * Reads a model's tensors.
   *
   * @param model the file that messages name and external data is looked for beside
   * @param file its bytes, for the arrays that a {@link Digest} left there
   * @param owner what takes the tensors over
   */
  OnnxTensors(Path model, ByteBuffer file, Owner owner) {
    this.model = model;
    this.file = file;
    this.owner = owner;
  }

  /**
   * Reads a tensor that belongs to a network.
   *
   * @throws UnusableInputException with the tensor's name, if it is not whole, of another type, or
   *     holds a NaN
   */
  ConstantArray read(TensorProto proto) {
    return checked(proto, readAny(proto));
  }

  /** Reads a tensor, whatever its numbers. */
  synchronized ConstantArray readAny(TensorProto proto) {
    ElementType type =
        ElementType.of(proto.getDataType())
            .orElseThrow(
                () ->
                    refuse(
                        proto, "has element type " + proto.getDataType() + ", which is unknown"));
    Shape shape;
    try {
      shape = Shape.of(proto.getDimsList());
    } catch (IllegalArgumentException e) {
      throw refuse(proto, "has dimensions " + proto.getDimsList());
    }
    if (proto.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
      return raw(proto, type, shape, externalBytes(proto, type, shape));
    }
    if (proto.hasStoredAt()) {
      int from = Math.toIntExact(proto.getStoredAt());
      int bytes = Math.toIntExact(proto.getStoredBytes());
      return raw(proto, type, shape, file.slice(from, bytes));
    }
    if (proto.hasRawData()) {
      ByteString raw = proto.getRawData();
      return raw(proto, type, shape, raw.asReadOnlyByteBuffer());
    }
    return typed(proto, type, shape);
  }

  private UnusableInputException refuse(TensorProto proto, String reason) {
    return new UnusableInputException(model, "tensor \"" + proto.getName() + "\" " + reason);
  }

  private ConstantArray raw(TensorProto proto, ElementType type, Shape shape, ByteBuffer bytes) {
    long have = bytes.remaining();
    if (shape.size() > have || shape.size() * type.bytes() != have) {
      throw refuse(
          proto, "of shape " + shape + " and type " + type + " has " + have + " bytes of data");
    }
    ByteBuffer le = bytes.order(ByteOrder.LITTLE_ENDIAN);
    if (type == ElementType.FLOAT && le.isDirect()) {
      return ConstantArray.of(type, owner.own(Tensor.view(shape, le)));
    }
    int start = le.position();
    if (type.isFloat()) {
      Tensor t = owner.zeros(shape);
      for (int i = 0; i < t.size(); i++) {
        t.set(i, floating(type, le, start + i * type.bytes()));
      }
      return ConstantArray.of(type, t);
    }
    long[] values = new long[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = whole(type, le, start + i * type.bytes());
    }
    return ConstantArray.of(type, shape, values);
  }

  private static float floating(ElementType type, ByteBuffer bytes, int at) {
    return switch (type) {
      case FLOAT16 -> Float.float16ToFloat(bytes.getShort(at));
      case BFLOAT16 -> Float.intBitsToFloat(bytes.getShort(at) << 16);
      case DOUBLE -> (float) bytes.getDouble(at);
      default -> bytes.getFloat(at);
    };
  }

  private static long whole(ElementType type, ByteBuffer bytes, int at) {
    return type.wrap(
        switch (type.bytes()) {
          case 1 -> bytes.get(at);
          case 2 -> bytes.getShort(at);
          case 4 -> bytes.getInt(at);
          default -> bytes.getLong(at);
        });
  }

  private ConstantArray typed(TensorProto proto, ElementType type, Shape shape) {
    int have =
        switch (type) {
          case FLOAT -> proto.getFloatDataCount();
          case DOUBLE -> proto.getDoubleDataCount();
          case INT64 -> proto.getInt64DataCount();
          case UINT32, UINT64 -> proto.getUint64DataCount();
          default -> proto.getInt32DataCount();
        };
    if (have != shape.size()) {
      throw refuse(proto, "of shape " + shape + " has " + have + " values");
    }
    if (!type.isFloat()) {
      return ConstantArray.wholes(
          type,
          shape,
          i ->
              switch (type) {
                case INT64 -> proto.getInt64Data((int) i);
                case UINT32, UINT64 -> proto.getUint64Data((int) i);
                default -> proto.getInt32Data((int) i);
              });
    }
    Tensor t = owner.zeros(shape);
    for (int i = 0; i < have; i++) {
      t.set(
          i,
          switch (type) {
            case FLOAT -> proto.getFloatData(i);
            case DOUBLE -> (float) proto.getDoubleData(i);
            case FLOAT16 -> Float.float16ToFloat((short) proto.getInt32Data(i));
            default -> Float.intBitsToFloat(proto.getInt32Data(i) << 16);
          });
    }
    return ConstantArray.of(type, t);
  }

  /**
   * A NaN in a weight, or an infinity among several, makes every answer NaN: better said before
   * than after. A single infinity may be a bound.
   */
  private ConstantArray checked(TensorProto proto, ConstantArray array) {
    if (array.isFloat()) {
      Tensor t = array.floats();
      boolean single = t.size() == 1;
      for (long i = 0; i < t.size(); i++) {
        float x = t.get(i);
        if (Float.isNaN(x) || (Float.isInfinite(x) && !single)) {
          throw refuse(proto, Float.isNaN(x) ? "holds a NaN" : "holds an infinity");
        }
      }
    }
    return array;
  }

  private ByteBuffer externalBytes(TensorProto proto, ElementType type, Shape shape) {
    Map<String, String> entries = new HashMap<>();
    for (StringStringEntryProto e : proto.getExternalDataList()) {
      entries.put(e.getKey(), e.getValue());
    }
    Path file = externalFile(proto, entries.getOrDefault("location", ""));
    ByteBuffer all;
    try {
      MappedFile mapped = external.get(file);
      if (mapped == null) {
        mapped = new MappedFile(file);
        external.put(file, mapped);
        owner.allow(mapped.bytes().limit());
      }
      all = mapped.bytes();
    } catch (IOException e) {
      throw refuse(
          proto, "is in " + file.getFileName() + ", which can't be read: " + e.getMessage());
    }
    try {
      long offset = Long.parseLong(entries.getOrDefault("offset", "0"));
      long expected = Math.multiplyExact(shape.size(), type.bytes());
      long length = Long.parseLong(entries.getOrDefault("length", Long.toString(expected)));
      if (offset < 0 || length < 0 || offset > all.limit() - length) {
        throw refuse(proto, "lies outside " + file.getFileName());
      }
      return all.slice((int) offset, (int) length);
    } catch (ArithmeticException | NumberFormatException e) {
      throw refuse(proto, "lies outside " + file.getFileName());
    }
  }

  /** A model from elsewhere must not read files of this machine: only its own folder's count. */
  private Path externalFile(TensorProto proto, String location) {
    try {
      Path folder = model.toRealPath().getParent();
      Path asked = folder.resolve(location);
      if (location.isEmpty()
          || Path.of(location).isAbsolute()
          || !asked.normalize().startsWith(folder)) {
        throw refuse(proto, "is in '" + location + "', outside the model's folder");
      }
      if (!Files.exists(asked)) {
        throw refuse(proto, "is in '" + location + "', which is not there");
      }
      Path real = asked.toRealPath();
      if (!real.startsWith(folder)) {
        throw refuse(proto, "is in '" + location + "', outside the model's folder");
      }
      return real;
    } catch (IOException | java.nio.file.InvalidPathException e) {
      throw refuse(proto, "is in '" + location + "', which can't be read");
    }
  }

  @Override
  public synchronized void close() {
    external.values().forEach(MappedFile::close);
    external.clear();
  }
}
