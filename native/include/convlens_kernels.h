/*
 * ConvLens' own CUDA kernels: the C interface of libconvlens_kernels.so.
 *
 * Every launcher queues its kernels on a stream and returns at once: 0, or the cudaError_t that the
 * launch met (1, cudaErrorInvalidValue, where the arguments make no sense). None synchronises,
 * allocates, prints or exits. Arguments are copied before the launcher returns; what device
 * pointers point to must live until the stream has passed the launch.
 *
 * All structs consist of int64_t, double and pointers, eight bytes each in the order declared, so
 * that a caller in any language lays them out without knowing a compiler's padding. Pointers are
 * device pointers; arrays are float32 unless said otherwise. A double that a kernel computes with
 * is rounded to float once. Operands don't overlap, except that dst may be exactly the first source
 * where "in place" is said.
 *
 * Sums are taken in an order that depends on the extents alone, never on the order in which threads
 * run: same input, same bytes.
 */
#ifndef CONVLENS_KERNELS_H
#define CONVLENS_KERNELS_H

#include <stdint.h>

#if defined(__GNUC__)
#define CLK_API __attribute__((visibility("default")))
#else
#define CLK_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** Raised whenever a struct or a meaning below changes. */
#define CLK_VERSION 4

/** The most axes of a strided array; launchers don't merge axes, callers may. */
#define CLK_AXES 8

/** The most steps of one chain; clk_affine continues a longer one in place. */
#define CLK_POSTS 8

/** CLK_VERSION of the library that was loaded. */
CLK_API int clk_version(void);

/** CUDA's text for a launcher's result; lives forever. */
CLK_API const char* clk_error_text(int error);

/*
 * A map: channels last, [n][d][h][w][c], places `pitch` floats apart (at least c). A 2-D map has
 * d = 1, a 1-D one d = h = 1.
 */
typedef struct {
  int64_t n;
  int64_t d;
  int64_t h;
  int64_t w;
  int64_t c;
  int64_t pitch;
} clk_map;

/*
 * A sliding window, one number each for d, h, w: output o reads inputs
 * o*stride - pad + k*dilation, k in 0..kernel-1.
 */
typedef struct {
  int64_t kernel[3];
  int64_t stride[3];
  int64_t dilation[3];
  int64_t pad[3];
} clk_window;

/* What one step of a chain does to x. Definitions are io.convlens.graph.Activation's. */
enum {
  CLK_ADD = 0,          /* x + the element at the same place and channel of `other` */
  CLK_RELU = 1,         /* max(x, 0) */
  CLK_LEAKY_RELU = 2,   /* x, or a*x where x < 0 */
  CLK_ELU = 3,          /* x, or a*(exp(x) - 1) where x < 0 */
  CLK_SELU = 4,         /* b*x, or b*a*(exp(x) - 1) where x <= 0 */
  CLK_CELU = 5,         /* x, or a*(exp(x/a) - 1) where x < 0 */
  CLK_THRESHOLDED = 6,  /* x, or 0 where x <= a */
  CLK_CLIP = 7,         /* min(max(x, a), b) */
  CLK_SIGMOID = 8,      /* 1/(1 + exp(-x)) */
  CLK_HARD_SIGMOID = 9, /* max(0, min(1, a*x + b)) */
  CLK_HARD_SWISH = 10,  /* x*max(0, min(1, x/6 + 1/2)) */
  CLK_SWISH = 11,       /* x*sigmoid(a*x) */
  CLK_MISH = 12,        /* x*tanh(ln(1 + exp(x))) */
  CLK_GELU = 13,        /* x*Phi(x), by erf */
  CLK_GELU_TANH = 14,   /* the same by its tanh approximation */
  CLK_SOFTPLUS = 15,    /* ln(1 + exp(x)) */
  CLK_SOFTSIGN = 16,    /* x/(1 + |x|) */
  CLK_AFFINE = 17,      /* a*x + b */
  CLK_POWER = 18,       /* x to the power a */
  CLK_TANH = 19,
  CLK_ERF = 20,
  CLK_ABS = 21,
  CLK_EXP = 22,
  CLK_LOG = 23,
  CLK_SQRT = 24,
  CLK_RECIPROCAL = 25,
  CLK_FLOOR = 26,
  CLK_CEIL = 27,
  CLK_ROUND = 28, /* half to even */
  CLK_SIGN = 29,
  CLK_SIN = 30,
  CLK_COS = 31,
  CLK_POST_KINDS = 32
};

/* One step: its kind, its parameters, and for CLK_ADD an operand with places `pitch` floats apart.
 */
typedef struct {
  int64_t kind;
  double a;
  double b;
  const float* other;
  int64_t pitch;
} clk_post;

/* Steps in order; the first `count` of the list. */
typedef struct {
  int64_t count;
  clk_post list[CLK_POSTS];
} clk_posts;

/*
 * Convolution, and transposed convolution as the same sum read backwards:
 *   dst[n,o,m] = posts(bias[m] + sum over taps k, channels i of src[n,q,g*I+i] * weights[k,i,m])
 * with I = src.c/groups, g the group of m, and q = o*stride - pad + k*dilation; transposed, the q
 * for which o = q*stride - pad + k*dilation. Taps outside src count nothing.
 */
typedef struct {
  const float* src;
  /* [kernel d][kernel h][kernel w][src.c/groups][weight_pitch]: channels of dst innermost */
  const float* weights;
  const float* bias; /* [dst.c], or null */
  float* dst;
  clk_map src_map;
  clk_map dst_map;
  clk_window window; /* transposed: of the convolution from dst to src */
  int64_t groups;
  int64_t weight_pitch; /* at least dst.c; fastest where a multiple of 4 */
  int64_t transposed;   /* 0 or 1 */
  int64_t algorithm;    /* one of CLK_CONV_ below */
  clk_posts posts;
} clk_conv_args;

enum {
  CLK_CONV_CHOOSE = 0, /* by shape: direct where a group has few channels, else a product */
  CLK_CONV_GEMM = 1,   /* implicit matrix product, tiles in shared memory */
  CLK_CONV_DIRECT = 2  /* a thread an output: depthwise, and narrow groups */
};

/** Both algorithms add in the same order, so that the choice does not change a bit of the result.
 */
CLK_API int clk_conv(const clk_conv_args* args, void* stream);

/*
 * dst = posts(alpha * a·b + bias), row-major and dense: a [batch, rows, inner], dst
 * [batch, rows, columns]; b [batch, inner, columns], or [batch, columns, inner] where b_transposed.
 * An operand that all batches share has step 0. The place of element (batch, row, column) in an
 * operand of posts is batch*rows + row, its channel the column.
 */
typedef struct {
  const float* a;
  const float* b;
  const float* bias; /* [columns], or null */
  float* dst;
  int64_t batch;
  int64_t rows;
  int64_t inner;
  int64_t columns;
  int64_t step_a; /* floats from one batch's matrix to the next, or 0 */
  int64_t step_b;
  int64_t b_transposed; /* 0 or 1 */
  double alpha;
  clk_posts posts;
} clk_matmul_args;

CLK_API int clk_matmul(const clk_matmul_args* args, void* stream);

/*
 * dst = posts(scale[c]*src + shift[c]) for each element of a map: scale and shift a channel,
 * activations, residual additions, and copies between pitches. In place.
 */
typedef struct {
  const float* src;
  const float* scale; /* [c], or null for 1 */
  const float* shift; /* [c], or null for 0 */
  float* dst;
  int64_t places;
  int64_t channels;
  int64_t src_pitch;
  int64_t dst_pitch;
  clk_posts posts;
} clk_affine_args;

CLK_API int clk_affine(const clk_affine_args* args, void* stream);

enum { CLK_POOL_MAX = 0, CLK_POOL_AVERAGE = 1, CLK_POOL_AVERAGE_PADDED = 2, CLK_POOL_LP = 3 };

/*
 * Pooling; taps outside src take no part. AVERAGE divides by the taps inside, AVERAGE_PADDED by
 * those inside and in the padding: `pad` before the first, `pad_end` after the last element.
 * LP is the p-norm. A NaN in a window is its maximum.
 */
typedef struct {
  const float* src;
  float* dst;
  clk_map src_map;
  clk_map dst_map;
  clk_window window;
  int64_t pad_end[3];
  int64_t kind;
  int64_t p; /* at least 1, for LP */
} clk_pool_args;

CLK_API int clk_pool(const clk_pool_args* args, void* stream);

/*
 * Local response normalisation: dst = src * (bias + alpha/size * sum of squares)^-beta, the sum
 * over channels c - (size-1)/2 .. c + size/2.
 */
typedef struct {
  const float* src;
  float* dst;
  int64_t places;
  int64_t channels;
  int64_t src_pitch;
  int64_t dst_pitch;
  int64_t size;
  double alpha;
  double beta;
  double bias;
} clk_lrn_args;

CLK_API int clk_lrn(const clk_lrn_args* args, void* stream);

/*
 * Instance and group normalisation: over each picture's group of channels, mean 0 and variance 1
 * (epsilon added to it), then scale[c] and shift[c]. src and dst have the same extents.
 */
typedef struct {
  const float* src;
  const float* scale; /* [c] */
  const float* shift; /* [c] */
  float* dst;
  int64_t n;
  int64_t places; /* of one picture: d*h*w */
  int64_t channels;
  int64_t src_pitch;
  int64_t dst_pitch;
  int64_t groups;
  double epsilon;
} clk_group_norm_args;

CLK_API int clk_group_norm(const clk_group_norm_args* args, void* stream);

/* Layer normalisation of the rows of dense [rows, columns]. */
typedef struct {
  const float* src;
  const float* scale; /* [columns] */
  const float* shift; /* [columns], or null */
  float* dst;
  int64_t rows;
  int64_t columns;
  double epsilon;
} clk_layer_norm_args;

CLK_API int clk_layer_norm(const clk_layer_norm_args* args, void* stream);

enum {
  CLK_SUM_OF = 0,
  CLK_DIFFERENCE = 1,
  CLK_PRODUCT = 2,
  CLK_QUOTIENT = 3,
  CLK_POW = 4,
  CLK_MIN_OF = 5, /* NaN where either is */
  CLK_MAX_OF = 6,
  CLK_PRELU = 7 /* a where a >= 0, else a*b */
};

/*
 * dst = posts(function(a, b)) over `axes` axes of extents dims; the element at index i lies at
 * the sum of i[k]*stride[k]; stride 0 repeats. CLK_ADD is not among the posts. In place where a's
 * strides are dst's.
 */
typedef struct {
  const float* a;
  const float* b;
  float* dst;
  int64_t function;
  int64_t axes;
  int64_t dims[CLK_AXES];
  int64_t stride_a[CLK_AXES];
  int64_t stride_b[CLK_AXES];
  int64_t stride_dst[CLK_AXES];
  clk_posts posts;
} clk_broadcast_args;

CLK_API int clk_broadcast(const clk_broadcast_args* args, void* stream);

/*
 * A copy that picks: dst at index i (place: sum of i[k]*stride_dst[k]) gets src at the sum of
 * map[k][i[k]]*stride_src[k], or the fill where a map holds -1. A null map is the identity.
 */
typedef struct {
  const float* src;
  float* dst;
  int64_t axes;
  int64_t dims[CLK_AXES];
  const int32_t* maps[CLK_AXES]; /* each [dims[k]] on the device, or null */
  int64_t stride_src[CLK_AXES];
  int64_t stride_dst[CLK_AXES];
  double fill;
} clk_copy_args;

CLK_API int clk_copy(const clk_copy_args* args, void* stream);

/*
 * Transposes `batch` matrices: dst[b][c][r] = src[b][r][c]. NCHW to NHWC is rows = C, columns =
 * D*H*W; NHWC to NCHW rows = D*H*W, columns = C. Rows lie a pitch apart, matrices a step.
 */
typedef struct {
  const float* src;
  float* dst;
  int64_t batch;
  int64_t rows;
  int64_t columns;
  int64_t src_pitch; /* floats from row to row of src, at least columns */
  int64_t dst_pitch; /* floats from row to row of dst, at least rows */
  int64_t src_step;
  int64_t dst_step;
} clk_transpose_args;

CLK_API int clk_transpose(const clk_transpose_args* args, void* stream);

/*
 * Interpolation along the middle axis of dense [outer, length, inner]; dst is [outer, count,
 * inner]: dst[o, j, i] = sum over t in starts[j]..starts[j+1]-1 of weights[t] * src[o, indices[t],
 * i]
 */
typedef struct {
  const float* src;
  const int32_t* starts;  /* [count + 1] on the device */
  const int32_t* indices; /* [starts[count]] on the device */
  const float* weights;   /* likewise */
  float* dst;
  int64_t outer;
  int64_t length;
  int64_t inner;
  int64_t count;
} clk_interpolate_args;

CLK_API int clk_interpolate(const clk_interpolate_args* args, void* stream);

/* Softmax, or its logarithm, over the middle axis of dense [outer, length, inner]. In place. */
typedef struct {
  const float* src;
  float* dst;
  int64_t outer;
  int64_t length;
  int64_t inner;
  int64_t log; /* 0 or 1 */
} clk_softmax_args;

CLK_API int clk_softmax(const clk_softmax_args* args, void* stream);

enum {
  CLK_REDUCE_SUM = 0,
  CLK_REDUCE_MEAN = 1,
  CLK_REDUCE_MAX = 2,
  CLK_REDUCE_MIN = 3,
  CLK_REDUCE_PROD = 4,
  CLK_REDUCE_L1 = 5,
  CLK_REDUCE_L2 = 6,
  CLK_REDUCE_SUM_SQUARE = 7,
  CLK_REDUCE_LOG_SUM = 8,
  CLK_REDUCE_LOG_SUM_EXP = 9
};

/*
 * A reduction: src has `axes` axes of extents dims at stride_src; axes with reduced[k] = 1 vanish,
 * the others lie in dst at stride_dst. Every extent is at least 1.
 */
typedef struct {
  const float* src;
  float* dst;
  int64_t kind;
  int64_t axes;
  int64_t dims[CLK_AXES];
  int64_t reduced[CLK_AXES];
  int64_t stride_src[CLK_AXES];
  int64_t stride_dst[CLK_AXES]; /* not read where reduced */
} clk_reduce_args;

CLK_API int clk_reduce(const clk_reduce_args* args, void* stream);

/*
 * A batch of copies of one resident picture, each with one rectangle filled: picture i of the batch
 * gets rectangle first + i. A rectangle may reach over the picture's edges or be empty; what is
 * outside is cut off.
 */
typedef struct {
  const float* picture; /* [h][w][c] */
  const int32_t*
      rectangles;    /* [positions][4] on the device: top, left, bottom, right; ends exclusive */
  const float* fill; /* [c] on the device */
  float* batch;      /* [count][h][w][c] */
  int64_t h;
  int64_t w;
  int64_t c;
  int64_t first;
  int64_t count;
} clk_occlude_args;

CLK_API int clk_occlude(const clk_occlude_args* args, void* stream);

enum {
  CLK_SCORE_LOGIT = 0,       /* the element itself */
  CLK_SCORE_PROBABILITY = 1, /* softmax over the row */
  CLK_SCORE_LOG_PROBABILITY = 2
};

/*
 * Scores of rows of logits, kept on the device: dst[(first + i)*dst_pitch + j] is the score of
 * class targets[j] in row i, or of class j where targets is null (then count is classes). Where any
 * logit of a row is no finite number, *strange becomes 1; it is not touched otherwise.
 */
typedef struct {
  const float* logits;    /* [rows][pitch], of which `classes` count */
  const int32_t* targets; /* [count] on the device, each in 0..classes-1, or null for all classes */
  float* dst;
  int64_t rows;
  int64_t classes;
  int64_t pitch;
  int64_t count;
  int64_t first;
  int64_t dst_pitch;
  int64_t kind;
  int32_t* strange; /* one number on the device, or null */
} clk_scores_args;

CLK_API int clk_scores(const clk_scores_args* args, void* stream);

/*
 * The number of a row's largest element, the first of equals. One that is no number is never the
 * largest, unless it comes first of all.
 */
typedef struct {
  const float* row; /* [classes] */
  int32_t* index;   /* one number on the device */
  int64_t classes;  /* at least 1, less than 2^31 */
} clk_strongest_args;

CLK_API int clk_strongest(const clk_strongest_args* args, void* stream);

/*
 * Windows of 2-D maps (d = 1), a window a picture of `map`: element [n][y][x] lies at row
 * corners[n][0] + y and column corners[n][1] + x of the whole map. A window may reach outside of
 * it; kernels write 0 there.
 */
typedef struct {
  clk_map map;
  const int32_t* corners; /* [map.n][2] on the device: first row, first column */
} clk_windows;

/*
 * How patches change a picture: dst = fill - picture inside of a window's rectangle, 0 elsewhere.
 */
typedef struct {
  const float* picture;
  const int32_t* rectangles; /* [n][4] on the device: top, left, bottom, right; ends exclusive */
  const float* fill;         /* [c] on the device */
  float* dst;
  clk_map picture_map; /* one picture */
  clk_windows dst_windows;
} clk_patches_args;

CLK_API int clk_patches(const clk_patches_args* args, void* stream);

/** The most sources of one launch of clk_change. */
#define CLK_SOURCES 16

/* Changes of a map in windows, added to dst from a channel on, times a factor a channel. */
typedef struct {
  const float* src;
  const float* scale; /* [windows.map.c] on the device, or null for 1 */
  clk_windows windows;
  int64_t channel;
} clk_source;

enum {
  CLK_CHANGE = 0,        /* posts(d); base is not read */
  CLK_DIFFERENCE_OF = 1, /* posts(b + d) - posts(b) */
  CLK_VALUE = 2          /* posts(b + d) */
};

/*
 * Windows of a map put together from changes in other windows of it: d is the sum of the sources at
 * the same row and column, in order (0 where one does not reach), b the base there. CLK_ADD is not
 * among the posts. More sources than CLK_SOURCES come in turns: by CLK_CHANGE into dst, which is
 * then the first source of the next turn (in place).
 */
typedef struct {
  const float* base;
  float* dst;
  int64_t result;
  int64_t count; /* of sources */
  clk_source sources[CLK_SOURCES];
  clk_map base_map; /* one picture */
  clk_windows dst_windows;
  clk_posts posts;
} clk_change_args;

CLK_API int clk_change(const clk_change_args* args, void* stream);

/*
 * Pooling of changed windows: dst = pool(base + change) - pool(base) at the places of dst, the
 * change being src inside of its windows and 0 elsewhere.
 */
typedef struct {
  const float* src;
  const float* base;
  const float* pooled; /* the base after pooling */
  float* dst;
  clk_windows src_windows;
  clk_map base_map;   /* one picture */
  clk_map pooled_map; /* one picture */
  clk_windows dst_windows;
  clk_window window; /* of the whole map; kernel[0] is 1 */
  int64_t pad_end[3];
  int64_t kind; /* CLK_POOL_ */
  int64_t p;
} clk_pool_change_args;

CLK_API int clk_pool_change(const clk_pool_change_args* args, void* stream);

/* What becomes of the gradient at a ReLU: io.convlens.graph.GradientRule's rules. */
enum {
  CLK_RULE_GRADIENT = 0, /* passes where the unit was open */
  CLK_RULE_GUIDED = 1,   /* passes where it is positive and the unit was open */
  CLK_RULE_DECONVNET = 2 /* passes where it is positive */
};

/*
 * The gradient through an activation: dst = gradient * the function's derivative at x. A ReLU
 * (CLK_RELU, and CLK_CLIP from 0) passes it by the rule instead. Arrays as clk_broadcast's. In
 * place where the gradient's strides are dst's.
 */
typedef struct {
  const float* gradient;
  const float* x;
  float* dst;
  int64_t function; /* a clk_post's kind but CLK_ADD, with a and b as there */
  double a;
  double b;
  int64_t rule;
  int64_t axes;
  int64_t dims[CLK_AXES];
  int64_t stride_gradient[CLK_AXES];
  int64_t stride_x[CLK_AXES];
  int64_t stride_dst[CLK_AXES];
} clk_activation_gradient_args;

CLK_API int clk_activation_gradient(const clk_activation_gradient_args* args, void* stream);

/*
 * The gradient through clk_pool from x to a map of the gradient's extents. MAX passes it to the
 * first of the largest elements of each window; in a window, a NaN is no larger than what is before
 * it, and no less than what comes after it. dst has the extents of x.
 */
typedef struct {
  const float* gradient;
  const float* x;
  float* dst;
  void* notes; /* for MAX and LP: scratch, gradient places * c * 4 bytes; else not touched */
  clk_map gradient_map;
  clk_map x_map;
  clk_map dst_map;
  clk_window window;
  int64_t pad_end[3];
  int64_t kind; /* CLK_POOL_ */
  int64_t p;
} clk_pool_gradient_args;

CLK_API int clk_pool_gradient(const clk_pool_gradient_args* args, void* stream);

/*
 * A batch of samples around one picture: element i (its number in row-major order of dims) of
 * sample `first` + r lies in dst at r*step_dst + the sum of index*stride. With `places` it is
 * baseline + places[first + r]*(picture - baseline), without it picture + sigma*normal, normal
 * being io.convlens.device.CounterNoise's number of the sample and the element.
 */
typedef struct {
  const float* picture;  /* row-major */
  const float* baseline; /* likewise; not read without places */
  const double* places;  /* one a sample, from the very first, on the device; or null */
  float* dst;
  int64_t key; /* CounterNoise's, of the seed */
  double sigma;
  int64_t first;
  int64_t count;
  int64_t step_dst;
  int64_t axes;
  int64_t dims[CLK_AXES];
  int64_t stride_dst[CLK_AXES];
} clk_samples_args;

CLK_API int clk_samples(const clk_samples_args* args, void* stream);

/*
 * Takes in a batch of gradients, laid out as samples are: with `weights` their weighted sum goes
 * on, without it mean and variance (the mean squared distance from the mean). first = 0 begins
 * anew.
 */
typedef struct {
  const float* src;
  const double* weights; /* one a sample, from the very first, on the device; or null */
  double* state;         /* [2][elements]: what goes on from batch to batch */
  float* dst;            /* [2][elements]: the sum so far, or mean and variance so far */
  int64_t first;
  int64_t count;
  int64_t step_src;
  int64_t axes;
  int64_t dims[CLK_AXES];
  int64_t stride_src[CLK_AXES];
} clk_moments_args;

CLK_API int clk_moments(const clk_moments_args* args, void* stream);

/* How many numbers clk_map_figures gives of a map: each with those before it. */
#define CLK_FIGURES_PEAK 3     /* the largest value, its place, the largest magnitude */
#define CLK_FIGURES_SUM 4      /* and the sum */
#define CLK_FIGURES_ACTIVITY 6 /* and how many values are above 0, and how many are 0 */

/*
 * Numbers about the map of each picture and channel: dst is [n][figures][c]. A place is its number
 * in row-major order of (d, h, w); of equal values the first counts. The largest magnitude is not
 * finite where a value is not, and then the others are anything.
 */
typedef struct {
  const float* src;
  float* dst;
  clk_map map;     /* 1 to 2^24 places a picture */
  int64_t figures; /* CLK_FIGURES_ */
} clk_map_figures_args;

CLK_API int clk_map_figures(const clk_map_figures_args* args, void* stream);

/*
 * Order statistics of the map of each picture and channel: dst is [n][3][c], the number at a rank
 * when all are put in order, the sum of that one and of those after it, the sum of all. Anything
 * where a value is not finite.
 */
typedef struct {
  const float* src;
  float* dst;
  clk_map map;        /* 1 to 2^24 places a picture */
  int64_t rank;       /* from 0, the least, to places - 1 */
  int64_t magnitudes; /* 1 if magnitudes are put in order instead of values, else 0 */
} clk_map_rank_args;

CLK_API int clk_map_rank(const clk_map_rank_args* args, void* stream);

/*
 * The k nearest of all others to some points, by squared distance and, where equal, by index: of
 * points `first` on, as many as rows. src is [dimensions][points], a coordinate after the other; dst
 * is [rows][2][k], distances and indices, both in the order of the indices.
 */
typedef struct {
  const float* src;
  float* dst;
  void* scratch; /* rows * points * 4 bytes */
  int64_t points; /* 2 to 2^24 */
  int64_t dimensions;
  int64_t first;
  int64_t rows;
  int64_t k; /* 1 to points - 1 */
} clk_neighbours_args;

CLK_API int clk_neighbours(const clk_neighbours_args* args, void* stream);

/*
 * What keeps points on a plane apart in t-SNE: with q = 1/(1 + distance^2), for each point over all
 * others the sums of q^2*(own - other) along x and y, and that of q. src is [2][points], all x and
 * then all y; dst is [3][points].
 */
typedef struct {
  const float* src;
  float* dst;
  int64_t points;
} clk_repulsion_args;

CLK_API int clk_repulsion(const clk_repulsion_args* args, void* stream);

/*
 * What draws them together: for each point the sums of p*q*(other - own) along x and y over the
 * others that it has a p with, entries starts[i] to starts[i + 1] - 1 of others and values. src and
 * dst are [2][points].
 */
typedef struct {
  const float* src;
  const int32_t* starts; /* [points + 1], on the device like the next two */
  const int32_t* others;
  const float* values;
  float* dst;
  int64_t points;
} clk_attraction_args;

CLK_API int clk_attraction(const clk_attraction_args* args, void* stream);

/*
 * A step of t-SNE. The force on a point is exaggeration*attraction + repulsion/z, z the sum of all
 * q. Where force and last step point the same way along an axis (zero counts as backwards), that
 * axis' gain grows by 0.2, else it is multiplied by 0.8, and is never below least_gain; the step is
 * momentum*(last step) + rate*gain*force, shortened to `longest` where it is longer. Then all points
 * move so that their mean is 0. state and dst are [6][points]: x, y, the last step's x and y, the
 * gains of x and y. In place.
 */
typedef struct {
  const float* state;
  const float* attraction; /* [2][points], of clk_attraction */
  const float* repulsion;  /* [3][points], of clk_repulsion */
  float* dst;
  void* scratch; /* 24 bytes for each 256 points or fewer */
  int64_t points;
  double exaggeration;
  double momentum;
  double rate;
  double least_gain;
  double longest;
} clk_descent_args;

CLK_API int clk_descent(const clk_descent_args* args, void* stream);

#ifdef __cplusplus
}
#endif

#endif
