// cuBLASLt: only what is asked to say who one is. Products are not modelled.
#include "../driver/driver_types.h"

CONVLENS_EXPORT size_t cublasLtGetVersion() { return 130600; }

CONVLENS_EXPORT size_t cublasLtGetCudartVersion() { return 13000; }

CONVLENS_EXPORT const char* cublasLtGetStatusName(int status) {
  return status == 0 ? "CUBLAS_STATUS_SUCCESS" : "an error of cuBLASLt";
}

CONVLENS_EXPORT const char* cublasLtGetStatusString(int status) { return cublasLtGetStatusName(status); }
