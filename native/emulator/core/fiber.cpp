#include "fiber.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <new>

#if !defined(__x86_64__)
#error "The emulator switches stacks by hand and knows how to on x86-64 only"
#endif

// Saves what a function must preserve (System V ABI) on the stack, leaves the stack pointer in *from, and goes on at
// to.
extern "C" void convlens_switch_stack(void** from, void* to);
asm(R"(
  .text
  .type convlens_switch_stack, @function
  .hidden convlens_switch_stack
  .globl convlens_switch_stack
convlens_switch_stack:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
  .size convlens_switch_stack, .-convlens_switch_stack
)");

namespace convlens::emulator {
namespace {

constexpr size_t kStack = size_t{128} << 10;
constexpr size_t kGuard = 4096;
// Stacks begin at different places of their pages: else all would want the same lines of the cache.
constexpr size_t kStagger = 13 * 64;
constexpr size_t kStaggers = 39;
constexpr size_t kSaved = 6;  // registers that convlens_switch_stack pushes

// One fiber runs at a time, under the emulator's lock.
Fiber* running = nullptr;
void* outside = nullptr;

}  // namespace

Fiber::Fiber(void (*entry)()) : entry_(entry) {
  void* stack =
      mmap(nullptr, kStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) throw std::bad_alloc();
  mprotect(stack, kGuard, PROT_NONE);
  static size_t made = 0;
  stack_ = static_cast<char*>(stack);
  begin_ = stack_ + kStack - made++ % kStaggers * kStagger;
  restart();
}

Fiber::~Fiber() { munmap(stack_, kStack); }

void Fiber::restart() {
  // What convlens_switch_stack finds: registers of no meaning, then the entry as the address to return to, so that the
  // stack is aligned there as after a call.
  auto** top = reinterpret_cast<void**>(begin_) - 2;
  *top = reinterpret_cast<void*>(entry_);
  place_ = top - kSaved;
}

void Fiber::enter() {
  running = this;
  convlens_switch_stack(&outside, place_);
  running = nullptr;
}

void Fiber::leave() { convlens_switch_stack(&running->place_, outside); }

}  // namespace convlens::emulator
