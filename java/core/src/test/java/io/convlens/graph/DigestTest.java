package io.convlens.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.convlens.graph.onnx.OnnxProto.AttributeProto;
import io.convlens.graph.onnx.OnnxProto.GraphProto;
import io.convlens.graph.onnx.OnnxProto.ModelProto;
import io.convlens.graph.onnx.OnnxProto.NodeProto;
import io.convlens.graph.onnx.OnnxProto.TensorProto;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class DigestTest {
  private static final int SMALL = 100;
  private static final int LARGE = 5000;

  private static TensorProto tensor(String name, int bytes, int seed) {
    byte[] data = new byte[bytes];
    new SplittableRandom(seed).nextBytes(data);
    return TensorProto.newBuilder()
        .setName(name)
        .addDims(-1)
        .setRawData(ByteString.copyFrom(data))
        .setDataType(2)
        .build();
  }

  private static ModelProto model() {
    NodeProto constant =
        NodeProto.newBuilder()
            .setOpType("Constant")
            .addAttribute(AttributeProto.newBuilder().setName("value").setT(tensor("c", LARGE, 1)))
            .addAttribute(AttributeProto.newBuilder().setName("axis").setI(-1))
            .build();
    return ModelProto.newBuilder()
        .setIrVersion(8)
        .setProducerName("test")
        .setGraph(
            GraphProto.newBuilder()
                .addInitializer(tensor("small", SMALL, 2))
                .addNode(constant)
                .addInitializer(tensor("large", LARGE, 3)))
        .build();
  }

  @Test
  void largeArraysStayInTheFile() throws InvalidProtocolBufferException {
    byte[] file = model().toByteArray();
    byte[] digest = Digest.of(ByteBuffer.wrap(file));
    assertTrue(digest.length < 1000, () -> "a digest of " + digest.length + " bytes");
    GraphProto graph = ModelProto.parseFrom(digest).getGraph();
    assertEquals(tensor("small", SMALL, 2), graph.getInitializer(0));
    same(file, tensor("large", LARGE, 3), graph.getInitializer(1));
    same(file, tensor("c", LARGE, 1), graph.getNode(0).getAttribute(0).getT());
    assertEquals(-1, graph.getNode(0).getAttribute(1).getI());
  }

  private static void same(byte[] file, TensorProto expected, TensorProto digest) {
    assertFalse(digest.hasRawData());
    int from = (int) digest.getStoredAt();
    byte[] stored = Arrays.copyOfRange(file, from, from + (int) digest.getStoredBytes());
    assertArrayEquals(expected.getRawData().toByteArray(), stored);
    TensorProto rest =
        digest.toBuilder()
            .clearStoredAt()
            .clearStoredBytes()
            .setRawData(expected.getRawData())
            .build();
    assertEquals(expected, rest);
  }

  @Test
  void aFileCantPointIntoItself() throws InvalidProtocolBufferException {
    TensorProto lying = tensor("t", SMALL, 4).toBuilder().setStoredAt(0).setStoredBytes(7).build();
    byte[] file =
        ModelProto.newBuilder()
            .setGraph(GraphProto.newBuilder().addInitializer(lying))
            .build()
            .toByteArray();
    TensorProto read =
        ModelProto.parseFrom(Digest.of(ByteBuffer.wrap(file))).getGraph().getInitializer(0);
    assertEquals(tensor("t", SMALL, 4), read);
  }

  @Test
  void whatIsNotWellFormedIsPassedOn() {
    byte[] file = model().toByteArray();
    var random = new SplittableRandom(5);
    for (int i = 0; i < 2000; i++) {
      byte[] broken = Arrays.copyOf(file, random.nextInt(file.length));
      for (int k = random.nextInt(4); k > 0 && broken.length > 0; k--) {
        broken[random.nextInt(Math.min(broken.length, 200))] = (byte) random.nextInt();
      }
      assertTrue(Digest.of(ByteBuffer.wrap(broken)).length <= broken.length + 100);
    }
    byte[] noise = new byte[300];
    random.nextBytes(noise);
    noise[0] = (byte) 0xff;
    noise[1] = 7;
    assertArrayEquals(noise, Digest.of(ByteBuffer.wrap(noise)));
  }
}
