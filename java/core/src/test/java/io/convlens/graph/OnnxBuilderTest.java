package io.convlens.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.convlens.graph.OnnxBuilder.ElementType;
import io.convlens.graph.OnnxBuilder.Encoding;
import io.convlens.graph.OnnxBuilder.Placement;
import io.convlens.graph.onnx.OnnxProto.GraphProto;
import io.convlens.graph.onnx.OnnxProto.ModelProto;
import io.convlens.graph.onnx.OnnxProto.TensorProto;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

final class OnnxBuilderTest {

  @Test
  void parsesBackToWhatWasBuilt() throws Exception {
    var b = new OnnxBuilder(13);
    String x = b.input("x", -1, 3, 8, 8);
    String w = b.floats(new long[] {1, 3, 1, 1}, 1, 2, 3);
    String y = b.node("Conv", x, w).ints("pads", 0, 0, 0, 0).i("group", 1).out();
    b.output(b.node("LeakyRelu", y).f("alpha", 0.5).out("y"));

    ModelProto m = ModelProto.parseFrom(b.bytes());
    GraphProto g = m.getGraph();
    assertEquals(13, m.getOpsetImport(0).getVersion());
    assertEquals("N", g.getInput(0).getType().getTensorType().getShape().getDim(0).getDimParam());
    assertEquals(3, g.getInput(0).getType().getTensorType().getShape().getDim(1).getDimValue());
    assertEquals(List.of(x, w), g.getNode(0).getInputList());
    assertEquals(List.of(0L, 0L, 0L, 0L), g.getNode(0).getAttribute(0).getIntsList());
    assertEquals(0.5f, g.getNode(1).getAttribute(0).getF());
    assertEquals("y", g.getOutput(0).getName());
    assertEquals(
        3,
        g.getInitializer(0)
            .getRawData()
            .asReadOnlyByteBuffer()
            .order(ByteOrder.LITTLE_ENDIAN)
            .getFloat(8));
  }

  @Test
  void placesConstantsAsAsked() {
    var asInput = new OnnxBuilder(8);
    asInput.scalar(1);
    assertEquals(1, asInput.graph().getInputCount());
    assertEquals(1, asInput.graph().getInitializerCount());

    var asNode = new OnnxBuilder(13).placement(Placement.CONSTANT_NODE);
    asNode.int64s(1, 2);
    assertEquals("Constant", asNode.graph().getNode(0).getOpType());
    assertEquals(0, asNode.graph().getInitializerCount());
  }

  @Test
  void storesEveryTypeInItsField() {
    long[] dims = {2};
    assertEquals(2, typed(ElementType.FLOAT, dims).getFloatDataCount());
    assertEquals(2, typed(ElementType.DOUBLE, dims).getDoubleDataCount());
    assertEquals(2, typed(ElementType.INT64, dims).getInt64DataCount());
    assertEquals(2, typed(ElementType.INT32, dims).getInt32DataCount());
    assertEquals(0x3c00, typed(ElementType.FLOAT16, dims).getInt32Data(0));
    assertEquals(0x3f80, typed(ElementType.BFLOAT16, dims).getInt32Data(0));
    assertEquals(4, OnnxBuilder.tensor(ElementType.FLOAT16, dims, 1, 2).getRawData().size());
    assertEquals(
        16, OnnxBuilder.tensor(ElementType.DOUBLE, Encoding.RAW, dims, 1, 2).getRawData().size());
  }

  private static TensorProto typed(ElementType type, long[] dims) {
    return OnnxBuilder.tensor(type, Encoding.TYPED, dims, 1, 2);
  }
}
