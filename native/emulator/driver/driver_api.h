// The emulated driver's functions as the other emulated libraries and the tests call them.
#pragma once

#include <cstddef>
#include <cstdint>

using CUresult = int;
using CUdevice = int;
using CUdeviceptr = unsigned long long;

extern "C" {
CUresult cuInit(unsigned flags);
CUresult cuDriverGetVersion(int* version);
CUresult cuGetErrorName(CUresult error, const char** name);
CUresult cuGetErrorString(CUresult error, const char** text);
CUresult cuGetProcAddress_v2(const char* name, void** function, int version, uint64_t flags, int* status);
CUresult cuDeviceGetCount(int* count);
CUresult cuDeviceGet(CUdevice* device, int ordinal);
CUresult cuDeviceGetName(char* name, int length, CUdevice device);
CUresult cuDeviceGetUuid_v2(void* uuid, CUdevice device);
CUresult cuDeviceTotalMem_v2(size_t* bytes, CUdevice device);
CUresult cuDeviceGetAttribute(int* value, int attribute, CUdevice device);
CUresult cuDevicePrimaryCtxRetain(void** context, CUdevice device);
CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device);
CUresult cuDevicePrimaryCtxReset_v2(CUdevice device);
CUresult cuCtxSetCurrent(void* context);
CUresult cuCtxGetCurrent(void** context);
CUresult cuCtxGetDevice(CUdevice* device);
CUresult cuCtxSynchronize(void);
CUresult cuMemAlloc_v2(CUdeviceptr* memory, size_t bytes);
CUresult cuMemFree_v2(CUdeviceptr memory);
CUresult cuMemGetInfo_v2(size_t* free, size_t* total);
CUresult cuMemHostAlloc(void** memory, size_t bytes, unsigned flags);
CUresult cuMemAllocHost_v2(void** memory, size_t bytes);
CUresult cuMemFreeHost(void* memory);
CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void* from, size_t bytes, void* stream);
CUresult cuMemcpyDtoHAsync_v2(void* to, CUdeviceptr from, size_t bytes, void* stream);
CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes, void* stream);
CUresult cuMemcpyHtoD_v2(CUdeviceptr to, const void* from, size_t bytes);
CUresult cuMemcpyDtoH_v2(void* to, CUdeviceptr from, size_t bytes);
CUresult cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes);
CUresult cuMemsetD8_v2(CUdeviceptr to, unsigned char value, size_t count);
CUresult cuMemsetD32_v2(CUdeviceptr to, unsigned value, size_t count);
CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char value, size_t count, void* stream);
CUresult cuMemsetD32Async(CUdeviceptr to, unsigned value, size_t count, void* stream);
CUresult cuStreamCreate(void** stream, unsigned flags);
CUresult cuStreamDestroy_v2(void* stream);
CUresult cuStreamSynchronize(void* stream);
CUresult cuStreamQuery(void* stream);
CUresult cuStreamWaitEvent(void* stream, void* event, unsigned flags);
CUresult cuStreamBeginCapture_v2(void* stream, int mode);
CUresult cuStreamEndCapture(void* stream, void** graph);
CUresult cuStreamIsCapturing(void* stream, int* status);
CUresult cuEventCreate(void** event, unsigned flags);
CUresult cuEventDestroy_v2(void* event);
CUresult cuEventRecord(void* event, void* stream);
CUresult cuEventSynchronize(void* event);
CUresult cuEventQuery(void* event);
CUresult cuEventElapsedTime_v2(float* milliseconds, void* start, void* end);
CUresult cuGraphInstantiateWithFlags(void** exec, void* graph, unsigned long long flags);
CUresult cuGraphLaunch(void* exec, void* stream);
CUresult cuGraphExecDestroy(void* exec);
CUresult cuGraphDestroy(void* graph);
}
