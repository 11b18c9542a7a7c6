// cuBLAS and cuDNN as the tests call them.
#pragma once

#include <cstddef>

extern "C" {
int cublasCreate_v2(void** handle);
int cublasDestroy_v2(void* handle);
int cublasSetStream_v2(void* handle, void* stream);
int cublasSetMathMode(void* handle, int mode);
int cublasSetWorkspace_v2(void* handle, void* workspace, size_t bytes);
int cublasSgemm_v2(void* handle, int transa, int transb, int m, int n, int k, const float* alpha, const float* a,
                   int lda, const float* b, int ldb, const float* beta, float* c, int ldc);
int cublasSgemmStridedBatched(void* handle, int transa, int transb, int m, int n, int k, const float* alpha,
                              const float* a, int lda, long long stride_a, const float* b, int ldb, long long stride_b,
                              const float* beta, float* c, int ldc, long long stride_c, int batch);
int cublasGemmEx(void* handle, int transa, int transb, int m, int n, int k, const void* alpha, const void* a,
                 int a_type, int lda, const void* b, int b_type, int ldb, const void* beta, void* c, int c_type,
                 int ldc, int compute, int algorithm);

int cudnnCreate(void** handle);
int cudnnDestroy(void* handle);
int cudnnSetStream(void* handle, void* stream);
int cudnnCreateTensorDescriptor(void** descriptor);
int cudnnDestroyTensorDescriptor(void* descriptor);
int cudnnSetTensorNdDescriptor(void* descriptor, int type, int count, const int* dims, const int* strides);
int cudnnCreateFilterDescriptor(void** descriptor);
int cudnnDestroyFilterDescriptor(void* descriptor);
int cudnnSetFilterNdDescriptor(void* descriptor, int type, int format, int count, const int* dims);
int cudnnCreateConvolutionDescriptor(void** descriptor);
int cudnnDestroyConvolutionDescriptor(void* descriptor);
int cudnnSetConvolutionNdDescriptor(void* descriptor, int axes, const int* pad, const int* stride, const int* dilation,
                                    int mode, int compute_type);
int cudnnSetConvolutionGroupCount(void* descriptor, int groups);
int cudnnSetConvolutionMathType(void* descriptor, int math);
int cudnnGetConvolutionForwardWorkspaceSize(void* handle, void* x, void* w, void* convolution, void* y, int algorithm,
                                            size_t* bytes);
int cudnnGetConvolutionBackwardDataWorkspaceSize(void* handle, void* w, void* dy, void* convolution, void* dx,
                                                 int algorithm, size_t* bytes);
int cudnnConvolutionForward(void* handle, const void* alpha, void* x_descriptor, const void* x, void* w_descriptor,
                            const void* w, void* convolution, int algorithm, void* workspace, size_t workspace_bytes,
                            const void* beta, void* y_descriptor, void* y);
int cudnnConvolutionBiasActivationForward(void* handle, const void* alpha1, void* x_descriptor, const void* x,
                                          void* w_descriptor, const void* w, void* convolution, int algorithm,
                                          void* workspace, size_t workspace_bytes, const void* alpha2,
                                          void* z_descriptor, const void* z, void* bias_descriptor, const void* bias,
                                          void* activation_descriptor, void* y_descriptor, void* y);
int cudnnConvolutionBackwardData(void* handle, const void* alpha, void* w_descriptor, const void* w,
                                 void* dy_descriptor, const void* dy, void* convolution, int algorithm, void* workspace,
                                 size_t workspace_bytes, const void* beta, void* dx_descriptor, void* dx);
int cudnnCreateActivationDescriptor(void** descriptor);
int cudnnDestroyActivationDescriptor(void* descriptor);
int cudnnSetActivationDescriptor(void* descriptor, int mode, int nan, double coefficient);
int cudnnActivationForward(void* handle, void* descriptor, const void* alpha, void* x_descriptor, const void* x,
                           const void* beta, void* y_descriptor, void* y);
int cudnnCreatePoolingDescriptor(void** descriptor);
int cudnnDestroyPoolingDescriptor(void* descriptor);
int cudnnSetPoolingNdDescriptor(void* descriptor, int mode, int nan, int axes, const int* window, const int* pad,
                                const int* stride);
int cudnnPoolingForward(void* handle, void* descriptor, const void* alpha, void* x_descriptor, const void* x,
                        const void* beta, void* y_descriptor, void* y);
int cudnnCreateLRNDescriptor(void** descriptor);
int cudnnDestroyLRNDescriptor(void* descriptor);
int cudnnSetLRNDescriptor(void* descriptor, unsigned n, double alpha, double beta, double k);
int cudnnLRNCrossChannelForward(void* handle, void* descriptor, int mode, const void* alpha, void* x_descriptor,
                                const void* x, const void* beta, void* y_descriptor, void* y);
int cudnnSoftmaxForward(void* handle, int algorithm, int mode, const void* alpha, void* x_descriptor, const void* x,
                        const void* beta, void* y_descriptor, void* y);
int cudnnTransformTensor(void* handle, const void* alpha, void* x_descriptor, const void* x, const void* beta,
                         void* y_descriptor, void* y);
int cudnnBatchNormalizationForwardInference(void* handle, int mode, const void* alpha, const void* beta,
                                            void* x_descriptor, const void* x, void* y_descriptor, void* y,
                                            void* parameters, const void* scale, const void* bias, const void* mean,
                                            const void* variance, double epsilon);
int cudnnRNNForward();
}
