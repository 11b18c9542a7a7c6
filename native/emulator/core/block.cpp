#include "block.h"

#include <memory>
#include <numeric>
#include <vector>

#include "../include/emulator/warp.h"
#include "codes.h"
#include "fiber.h"
#include "shared_memory.h"
#include "warp.h"

extern "C" {
uint3 convlens_thread_index;
uint3 convlens_block_index;
dim3 convlens_block_size;
dim3 convlens_grid_size;
void* convlens_dynamic_shared;
}

namespace convlens::emulator {
namespace {

enum class State { kNew, kReady, kAtBarrier, kInWarp, kDone };

struct Thread {
  State state;
  Fiber* fiber;
  uint64_t exchanges_done;  // waited for, while in a warp's exchange
  Exchange* exchange;
  int predicate;
};

// Threads of a block are visited round after round; each round has an order of its own, and each visit lasts until the
// thread waits or ends. A thread that never waits needs no stack of its own: threads that are new run one after the
// other on the same fiber for as long as none of them waits.
class Block {
 public:
  int run(const convlens_emulator::Launch& launch, uint64_t index, Random& random, Reports& reports);

  void wait_at_barrier(int predicate);
  const uint64_t* exchange(unsigned mask, uint64_t word);
  void run_new_threads();
  void set_shape(dim3 block);
  unsigned lane() const { return current_ % 32; }
  void stop(int code) { code_ = code; }

  int barrier_count = 0;  // predicates that held at the barrier that was passed last
  unsigned barrier_threads = 0;

 private:
  void begin(const convlens_emulator::Launch& launch, uint64_t index);
  void draw_order(Random& random);
  void visit();
  bool pass_barrier();
  void wait(State state);
  Fiber* idle_fiber();
  unsigned after(unsigned thread) const { return thread + step_ < size_ ? thread + step_ : thread + step_ - size_; }
  void select(unsigned thread);
  std::string stuck() const;

  const convlens_emulator::Launch* launch_ = nullptr;
  std::vector<std::unique_ptr<Fiber>> fibers_;
  std::vector<Fiber*> idle_;
  std::vector<Thread> threads_;
  std::vector<uint3> indices_;
  std::vector<Warp> warps_;
  unsigned size_ = 0;
  unsigned alive_ = 0;
  unsigned left_ = 0;     // threads to visit in this round, with the one at hand
  unsigned at_hand_ = 0;  // the thread that is visited
  unsigned current_ = 0;  // the thread that runs
  unsigned step_ = 1;
  unsigned first_ = 0;
  bool moved_ = false;  // whether any thread ran in this round
  int code_ = 0;
};

Block block;
bool running = false;
int abandon_code = kIllegalAddress;

void fiber_entry() {
  for (;;) block.run_new_threads();
}

void Block::begin(const convlens_emulator::Launch& launch, uint64_t index) {
  launch_ = &launch;
  alive_ = size_;
  code_ = 0;
  threads_.assign(size_, Thread{State::kNew, nullptr, 0, nullptr, 0});
  for (Warp& warp : warps_) {
    for (Exchange& group : warp.groups) group.mask = group.arrived = group.readers = 0;
  }
  convlens_block_index.x = static_cast<unsigned>(index % launch.grid.x);
  convlens_block_index.y = static_cast<unsigned>(index / launch.grid.x % launch.grid.y);
  convlens_block_index.z = static_cast<unsigned>(index / launch.grid.x / launch.grid.y);
}

void Block::set_shape(dim3 block) {
  size_ = block.x * block.y * block.z;
  warps_.resize((size_ + 31) / 32);
  indices_.clear();
  for (unsigned z = 0; z < block.z; z++) {
    for (unsigned y = 0; y < block.y; y++) {
      for (unsigned x = 0; x < block.x; x++) indices_.push_back({x, y, z});
    }
  }
}

// Steps through the threads by a number that has no divisor in common with theirs: cheap, and each thread comes once.
void Block::draw_order(Random& random) {
  first_ = static_cast<unsigned>(random.below(size_));
  do {
    step_ = 1 + static_cast<unsigned>(random.below(size_));
  } while (std::gcd(step_, size_) != 1);
}

Fiber* Block::idle_fiber() {
  if (idle_.empty()) {
    fibers_.push_back(std::make_unique<Fiber>(&fiber_entry));
    return fibers_.back().get();
  }
  Fiber* fiber = idle_.back();
  idle_.pop_back();
  return fiber;
}

void Block::select(unsigned thread) {
  current_ = thread;
  convlens_thread_index = indices_[thread];
}

// On a fiber: runs the thread at hand, and those after it while they are new.
void Block::run_new_threads() {
  for (;;) {
    launch_->thread();
    Thread& thread = threads_[current_];
    thread.state = State::kDone;
    alive_--;
    // A thread that waited in between was gone on with by a later visit, which must be returned to.
    if (thread.fiber != nullptr) {
      idle_.push_back(thread.fiber);
      break;
    }
    const unsigned next = after(at_hand_);
    if (left_ <= 1 || threads_[next].state != State::kNew) break;
    left_--;
    at_hand_ = next;
    select(next);
  }
  Fiber::leave();
}

Fiber* entered = nullptr;

void Block::wait(State state) {
  Thread& thread = threads_[current_];
  thread.state = state;
  thread.fiber = entered;
  const unsigned self = current_;
  Fiber::leave();
  select(self);
}

void Block::visit() {
  Thread& thread = threads_[at_hand_];
  if (thread.state == State::kInWarp && thread.exchange->done > thread.exchanges_done) thread.state = State::kReady;
  if (thread.state != State::kNew && thread.state != State::kReady) return;
  moved_ = true;
  const bool fresh = thread.state == State::kNew;
  entered = fresh ? idle_fiber() : thread.fiber;
  Fiber* fiber = entered;
  select(at_hand_);
  fiber->enter();
  // A fiber whose last thread ended without ever waiting belongs to nobody now.
  const Thread& last = threads_[current_];
  if (last.state == State::kDone && last.fiber == nullptr) idle_.push_back(fiber);
}

bool Block::pass_barrier() {
  barrier_threads = barrier_count = 0;
  for (Thread& thread : threads_) {
    if (thread.state == State::kDone) continue;
    if (thread.state != State::kAtBarrier) return false;
    barrier_threads++;
    barrier_count += thread.predicate != 0;
  }
  for (Thread& thread : threads_) {
    if (thread.state == State::kAtBarrier) thread.state = State::kReady;
  }
  return barrier_threads > 0;
}

std::string Block::stuck() const {
  unsigned at_barrier = 0, in_warp = 0;
  for (const Thread& thread : threads_) {
    at_barrier += thread.state == State::kAtBarrier;
    in_warp += thread.state == State::kInWarp;
  }
  return std::to_string(at_barrier) + " threads wait at a barrier, " + std::to_string(in_warp) +
         " for lanes of their warp, " + std::to_string(size_ - alive_) + " of " + std::to_string(size_) + " have ended";
}

int Block::run(const convlens_emulator::Launch& launch, uint64_t index, Random& random, Reports& reports) {
  begin(launch, index);
  while (alive_ > 0 && code_ == 0) {
    draw_order(random);
    moved_ = false;
    for (at_hand_ = first_, left_ = size_; left_ > 0 && code_ == 0; left_--, at_hand_ = after(at_hand_)) visit();
    if (code_ != 0 || pass_barrier() || moved_) continue;
    reports.add(CONVLENS_EMULATOR_BARRIER, std::string(launch.name) + ": " + stuck());
    code_ = kLaunchFailed;
  }
  if (code_ == 0) return 0;
  // What threads were doing is dropped with their stacks.
  idle_.clear();
  for (auto& fiber : fibers_) {
    fiber->restart();
    idle_.push_back(fiber.get());
  }
  return code_;
}

void Block::wait_at_barrier(int predicate) {
  threads_[current_].predicate = predicate;
  wait(State::kAtBarrier);
}

const uint64_t* Block::exchange(unsigned mask, uint64_t word) {
  Exchange* group = (mask >> lane() & 1) == 0 ? nullptr : warps_[current_ / 32].group(mask);
  if (group == nullptr) convlens_trap();
  // Lanes beyond the block's end, or that ended, never come: CUDA leaves that undefined, and here it is a report.
  Thread& thread = threads_[current_];
  const uint64_t turn = group->done;
  uint64_t* words = group->words[turn % 2];
  words[lane()] = word;
  group->arrived |= 1u << lane();
  if (group->arrived == mask) {
    group->arrived = 0;
    group->done++;
    group->readers = static_cast<unsigned>(__builtin_popcount(mask)) - 1;
    return words;
  }
  thread.exchange = group;
  thread.exchanges_done = turn;
  wait(State::kInWarp);
  group->readers--;
  return words;
}

}  // namespace

int run_grid(const convlens_emulator::Launch& launch, Random random, Reports& reports) {
  SharedMemory shared(launch.shared_anchor(), launch.shared_bytes);
  convlens_block_size = launch.block;
  convlens_grid_size = launch.grid;
  block.set_shape(launch.block);
  convlens_dynamic_shared = dynamic_shared(launch.shared_bytes);
  const uint64_t blocks = uint64_t{launch.grid.x} * launch.grid.y * launch.grid.z;
  const uint64_t first = random.below(blocks);
  int code = 0;
  running = true;
  for (uint64_t i = 0; i < blocks && code == 0; i++) {
    shared.poison(i);
    code = block.run(launch, (first + i) % blocks, random, reports);
  }
  running = false;
  return code;
}

bool kernel_is_running() { return running; }

void set_abandon_code(int code) { abandon_code = code; }

void abandon_kernel() {
  block.stop(abandon_code);
  for (;;) Fiber::leave();
}

}  // namespace convlens::emulator

using convlens::emulator::block;

void convlens_barrier() { block.wait_at_barrier(0); }

int convlens_barrier_count(int predicate) {
  block.wait_at_barrier(predicate);
  return block.barrier_count;
}

int convlens_barrier_and(int predicate) {
  block.wait_at_barrier(predicate);
  return block.barrier_count == static_cast<int>(block.barrier_threads);
}

int convlens_barrier_or(int predicate) {
  block.wait_at_barrier(predicate);
  return block.barrier_count > 0;
}

const uint64_t* convlens_warp_exchange(unsigned mask, uint64_t value) { return block.exchange(mask, value); }

unsigned convlens_lane() { return block.lane(); }

void convlens_trap() {
  convlens::emulator::set_abandon_code(convlens::emulator::kLaunchFailed);
  convlens::emulator::abandon_kernel();
}
