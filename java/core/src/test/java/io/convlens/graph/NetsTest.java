package io.convlens.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.graph.onnx.OnnxProto.NodeProto;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class NetsTest {

  /** What torchvision's documentation gives: parameters, and multiply-adds in units of 10⁷. */
  @ParameterizedTest
  @CsvSource({
    "alexnet,        61100840,   71",
    "vgg16,         138357544, 1547",
    "resnet18,       11689512,  181",
    "resnet50,       25557032,  409",
    "googlenet,       6624904,  150",
    "squeezenet1.1,   1235496,   35",
    "mobilenetv2,     3504872,   30",
    "densenet121,     7978856,  283"
  })
  void haveTorchvisionsSizes(String id, long parameters, long tensOfMillions) {
    Nets net = Nets.of(id);
    Nets.Built built = net.count(net.options().foldedBatchNorm(false));
    assertEquals(parameters, built.parameters());
    assertEquals(tensOfMillions, Math.round(built.macs() / 1e7));
    assertEquals(built.macs(), net.count(net.options()).macs(), "folding changes no convolution");
  }

  @Test
  void areNamedAsTorchNamesThem() {
    Nets net = Nets.MOBILENET_V2;
    List<String> names =
        net.count(net.options()).model().graph().getNodeList().stream()
            .map(NodeProto::getName)
            .toList();
    assertTrue(names.contains("/features/features.2/conv/conv.1/conv.1.0/Conv"));
    assertTrue(names.contains("/features/features.2/conv/conv.1/conv.1.2/Constant_1"));
    assertTrue(names.contains("/features/features.3/Add"));
    assertTrue(names.contains("/classifier/classifier.1/Gemm"));
  }

  @Test
  void equalOptionsGiveEqualBytes() {
    Nets net = Nets.SQUEEZENET_1_1;
    byte[] first = net.build(net.options()).model().bytes();
    assertTrue(Arrays.equals(first, net.build(net.options()).model().bytes()));
    assertTrue(!Arrays.equals(first, net.build(net.options().seed(2)).model().bytes()));
  }
}
