package io.convlens.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import io.convlens.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A model of one float input in ONNX Runtime, on the CPU.
 *
 * <pre>{@code
 * try (var peer = OrtPeer.open(file, 2)) {
 *   float[] logits = peer.run(Shape.of(1, 3, 224, 224), picture).get("logits").values();
 * }
 * }</pre>
 *
 * <p>For one thread at a time.
 */
public final class OrtPeer implements AutoCloseable {

  /** ONNX Runtime does not take the model, or fails to run it. */
  public static final class RefusedException extends RuntimeException {
    private RefusedException(OrtException cause) {
      super(cause.getMessage(), cause);
    }
  }

  /** What came out under one name. */
  public static final class Output {
    private final Shape shape;
    private final float[] values;

    private Output(Shape shape, float[] values) {
      this.shape = shape;
      this.values = values;
    }

    /** Its extents. */
    public Shape shape() {
      return shape;
    }

    /** Its elements, row-major; the array itself. */
    public float[] values() {
      return values;
    }
  }

  /** Warnings, such as about initialisers that no node reads, are of no use to a comparison. */
  private static final OrtEnvironment ENVIRONMENT =
      OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, "convlens");

  private final OrtSession session;
  private final String input;

  private OrtPeer(OrtSession session) {
    this.session = session;
    this.input = session.getInputNames().iterator().next();
  }

  /** ONNX Runtime's version. */
  public static String version() {
    return ENVIRONMENT.getVersion();
  }

  /**
   * Loads a file, with every optimisation.
   *
   * @param threads how many compute
   * @throws RefusedException if ONNX Runtime does not take the model
   */
  public static OrtPeer open(Path file, int threads) {
    try (var options = options(threads)) {
      return new OrtPeer(ENVIRONMENT.createSession(file.toString(), options));
    } catch (OrtException e) {
      throw new RefusedException(e);
    }
  }

  /** Loads a model from memory; see {@link #open(Path, int)}. */
  public static OrtPeer open(byte[] model, int threads) {
    try (var options = options(threads)) {
      return new OrtPeer(ENVIRONMENT.createSession(model, options));
    } catch (OrtException e) {
      throw new RefusedException(e);
    }
  }

  private static SessionOptions options(int threads) throws OrtException {
    var options = new SessionOptions();
    options.setIntraOpNumThreads(threads);
    options.setInterOpNumThreads(1);
    options.setExecutionMode(SessionOptions.ExecutionMode.SEQUENTIAL);
    options.setOptimizationLevel(SessionOptions.OptLevel.ALL_OPT);
    return options;
  }

  /** Runs the model on one batch; every output under its name, in the model's order. */
  public Map<String, Output> run(Shape shape, float... values) {
    try (var prepared = prepare(shape, values)) {
      return prepared.outputs();
    }
  }

  /** A batch that can be run again and again, for timing. Close it before the peer. */
  public Prepared prepare(Shape shape, float... values) {
    return new Prepared(shape, values);
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new RefusedException(e);
    }
  }

  /** Input in memory that ONNX Runtime reads in place. */
  public final class Prepared implements AutoCloseable {
    private final OnnxTensor tensor;

    private Prepared(Shape shape, float[] values) {
      FloatBuffer direct =
          ByteBuffer.allocateDirect(values.length * Float.BYTES)
              .order(ByteOrder.nativeOrder())
              .asFloatBuffer();
      direct.put(values).flip();
      try {
        tensor = OnnxTensor.createTensor(ENVIRONMENT, direct, shape.dims());
      } catch (OrtException e) {
        throw new RefusedException(e);
      }
    }

    /** Runs the model once and forgets what comes out. */
    public void run() {
      try {
        session.run(Map.of(input, tensor)).close();
      } catch (OrtException e) {
        throw new RefusedException(e);
      }
    }

    /** Runs the model once. */
    public Map<String, Output> outputs() {
      Map<String, Output> outputs = new LinkedHashMap<>();
      try (var result = session.run(Map.of(input, tensor))) {
        for (Map.Entry<String, OnnxValue> e : result) {
          var t = (OnnxTensor) e.getValue();
          FloatBuffer buffer = t.getFloatBuffer();
          float[] values = new float[buffer.remaining()];
          buffer.get(values);
          outputs.put(e.getKey(), new Output(Shape.of(t.getInfo().getShape()), values));
        }
      } catch (OrtException e) {
        throw new RefusedException(e);
      }
      return outputs;
    }

    @Override
    public void close() {
      tensor.close();
    }
  }
}
