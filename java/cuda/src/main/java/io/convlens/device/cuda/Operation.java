package io.convlens.device.cuda;

/** The operations of our kernel library, by the names of their launchers. */
enum Operation {
  CONV("clk_conv"),
  MATMUL("clk_matmul"),
  AFFINE("clk_affine"),
  POOL("clk_pool"),
  LRN("clk_lrn"),
  GROUP_NORM("clk_group_norm"),
  LAYER_NORM("clk_layer_norm"),
  BROADCAST("clk_broadcast"),
  COPY("clk_copy"),
  TRANSPOSE("clk_transpose"),
  INTERPOLATE("clk_interpolate"),
  SOFTMAX("clk_softmax"),
  REDUCE("clk_reduce"),
  MAP_FIGURES("clk_map_figures"),
  MAP_RANK("clk_map_rank"),
  OCCLUDE("clk_occlude"),
  SCORES("clk_scores"),
  STRONGEST("clk_strongest"),
  PATCHES("clk_patches"),
  CHANGE("clk_change"),
  POOL_CHANGE("clk_pool_change"),
  ACTIVATION_GRADIENT("clk_activation_gradient"),
  POOL_GRADIENT("clk_pool_gradient"),
  SAMPLES("clk_samples"),
  MOMENTS("clk_moments"),
  NEIGHBOURS("clk_neighbours"),
  REPULSION("clk_repulsion"),
  ATTRACTION("clk_attraction"),
  DESCENT("clk_descent");

  private final String launcher;

  Operation(String launcher) {
    this.launcher = launcher;
  }

  /** The C function that queues it. */
  String launcher() {
    return launcher;
  }
}
