// Accesses that the hardware stops, caught: the handler of SIGSEGV.
#pragma once

namespace convlens::emulator {

// Chains to the handler that was there, such as the Java machine's, for whatever is not the emulator's. Once a process.
void catch_faults();

}  // namespace convlens::emulator
