#include "faults.h"

#include <ucontext.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string>

#include "block.h"
#include "codes.h"
#include "emulator.h"

namespace convlens::emulator {
namespace {

struct sigaction before;

// Sets where the interrupted code goes on when the handler returns: a function that takes and returns nothing.
void go_on_at(void (*function)(), void* context) {
  greg_t* registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  // Below the red zone, aligned as at a function's entry.
  registers[REG_RSP] = ((registers[REG_RSP] - 256) & ~greg_t{15}) - 8;
  registers[REG_RIP] = reinterpret_cast<greg_t>(function);
}

convlens_emulator_kind kind_of(const Allocation& allocation, int device) {
  if (allocation.freed) return CONVLENS_EMULATOR_USE_AFTER_FREE;
  if (allocation.device != kHost && allocation.device != device) return CONVLENS_EMULATOR_WRONG_DEVICE;
  return CONVLENS_EMULATOR_OUT_OF_BOUNDS;
}

void report_kernel_fault(const siginfo_t* info) {
  Emulator& emulator = Emulator::get();
  const std::string who = emulator.running_text();
  // The kernel gives no address where a pointer is no address at all, or where a vector's is not aligned.
  const bool known = info->si_code > 0 && info->si_code != SI_KERNEL;
  const Allocation* found = known ? emulator.memory().find(info->si_addr) : nullptr;
  if (found == nullptr) {
    emulator.reports().add(CONVLENS_EMULATOR_OUT_OF_BOUNDS,
                           who + (known ? " touches an address that no allocation holds"
                                        : " uses a pointer that nobody set, or one that is not aligned"));
    return;
  }
  const int64_t at = static_cast<char*>(info->si_addr) - found->data;
  emulator.reports().add(kind_of(*found, emulator.running_device()),
                         who + " touches byte " + std::to_string(at) + " of " + found->text());
}

// The host's own fault: said plainly before whoever handles it does, since that usually ends the process.
void say_host_access(const void* address) {
  Emulator& emulator = Emulator::get();
  if (!emulator.memory().holds(address)) return;
  const Allocation* found = emulator.memory().find(address);
  const std::string text = found == nullptr ? "memory of no allocation" : found->text();
  emulator.reports().add(
      found != nullptr && found->freed ? CONVLENS_EMULATOR_USE_AFTER_FREE : CONVLENS_EMULATOR_HOST_ACCESS,
      "the host touches " + text);
}

void handle(int signal, siginfo_t* info, void* context) {
  Emulator& emulator = Emulator::get();
  if (kernel_is_running() && emulator.runs_on_this_thread()) {
    // Memory is put in reach when a kernel first touches it.
    if (emulator.memory().reach(info->si_addr, emulator.running_device())) return;
    report_kernel_fault(info);
    set_abandon_code(kIllegalAddress);
    go_on_at([] { abandon_kernel(); }, context);
    return;
  }
  say_host_access(info->si_addr);
  if ((before.sa_flags & SA_SIGINFO) != 0) {
    before.sa_sigaction(signal, info, context);
  } else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
    before.sa_handler(signal);
  } else {
    std::signal(signal, SIG_DFL);  // the access is tried again and ends the process
  }
}

}  // namespace

void catch_faults() {
  static const bool once = [] {
    struct sigaction action = {};
    action.sa_sigaction = &handle;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
    return sigaction(SIGSEGV, &action, &before) == 0;
  }();
  static_cast<void>(once);
}

}  // namespace convlens::emulator
