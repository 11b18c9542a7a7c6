package io.convlens.device.cuda;

/** A native library that the CUDA device uses, in the order in which they are loaded. */
enum Library {
  DRIVER(
      "libcuda.so.1",
      "driver",
      "install NVIDIA's driver, 580 or newer; in a container, start it with the GPUs passed in"),
  KERNELS(
      "libconvlens_kernels.so",
      "our kernels",
      "build them (cmake -S native -B native/build && cmake --build native/build --target kernels)"
          + " or use the GPU bundle"),
  RUNTIME("libcudart.so.13", "CUDA runtime", Library.TOOLKIT),
  BLAS_LT("libcublasLt.so.13", "cuBLASLt", Library.TOOLKIT),
  BLAS("libcublas.so.13", "cuBLAS", Library.TOOLKIT),
  DNN_GRAPH("libcudnn_graph.so.9", "cuDNN, graphs", Library.CUDNN),
  DNN_OPS("libcudnn_ops.so.9", "cuDNN, operations", Library.CUDNN),
  DNN_CNN("libcudnn_cnn.so.9", "cuDNN, convolutions", Library.CUDNN),
  DNN_ADV("libcudnn_adv.so.9", "cuDNN, attention and recurrence", Library.CUDNN);

  private static final String TOOLKIT =
      "install the CUDA toolkit 13, or: pip install nvidia-cublas nvidia-cuda-runtime";
  private static final String CUDNN =
      "install cuDNN 9 for CUDA 13, or: pip install nvidia-cudnn-cu13";

  private final String file;
  private final String title;
  private final String remedy;

  Library(String file, String title, String remedy) {
    this.file = file;
    this.title = title;
    this.remedy = remedy;
  }

  /** The name under which the loader knows it. */
  String file() {
    return file;
  }

  /** What it is, for people. */
  String title() {
    return title;
  }

  /** How to get it. */
  String remedy() {
    return remedy;
  }
}
