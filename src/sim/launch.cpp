// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// Grids, OS threads, and the functions that simulated code calls.

#include <algorithm>
#include <condition_variable>
#include <cstdarg>
#include <cstdio>
#include <list>
#include <thread>

#include "executor.hpp"
#include "process_guard.hpp"

namespace lanefold::sim {
namespace {

/// What an OS thread needs to run blocks.
struct worker {
  signal_stack for_overflows;
  executor blocks;
};

/// OS threads that help the callers of launch. They live as long as the process and sleep between grids.
class thread_pool {
 public:
  static thread_pool& get() {
    static auto& pool = *new thread_pool;  // its threads may outlive every static object
    return pool;
  }

  /// Runs the grid on this thread and on up to `threads - 1` others.
  void run(grid_run& grid, executor& mine, unsigned threads) {
    if (threads > grid.gangs()) threads = static_cast<unsigned>(grid.gangs());
    if (threads <= 1) return mine.run(grid);
    {
      std::lock_guard<std::mutex> const lock(guard_);
      while (size_ + 1 < threads) start_thread();
      jobs_.push_back({&grid, threads - 1});
    }
    wake_.notify_all();
    mine.run(grid);
    std::unique_lock<std::mutex> lock(guard_);
    jobs_.remove_if([&](job const& j) { return j.grid == &grid; });
    done_.wait(lock, [&] { return grid.helpers == 0; });
  }

 private:
  struct job {
    grid_run* grid;
    unsigned open_places;
  };

  void start_thread() {
    std::thread([this] { work(); }).detach();
    ++size_;
  }

  void work() {
    worker own;
    std::unique_lock<std::mutex> lock(guard_);
    for (;;) {
      wake_.wait(lock, [&] { return !jobs_.empty(); });
      grid_run& grid = *jobs_.front().grid;
      ++grid.helpers;
      if (--jobs_.front().open_places == 0) jobs_.pop_front();
      lock.unlock();
      own.blocks.run(grid);
      lock.lock();
      if (--grid.helpers == 0) done_.notify_all();
    }
  }

  std::mutex guard_;
  std::condition_variable wake_, done_;
  std::list<job> jobs_;
  unsigned size_ = 0;
};

/// Blocks of a cooperative grid: each has stacks of its own.
constexpr unsigned most_together = 256;

/// What is wrong with the shape of a launch, by the limits of every GPU; empty when nothing is.
std::string wrong_shape(launch_request const& r, options const& settings, char const** kind) {
  *kind = "LAUNCH";
  if (current_lane != nullptr) return "a kernel cannot launch a kernel on the simulator";
  if (r.entry == nullptr) return "the kernel is null";
  if (r.grid.x == 0 || r.grid.y == 0 || r.grid.z == 0) return "the grid has an extent of 0";
  if (r.block.x == 0 || r.block.y == 0 || r.block.z == 0) return "the block has an extent of 0";
  if (r.grid.x > 0x7fffffffu) return "grid.x exceeds 2147483647";
  if (r.grid.y > 65535 || r.grid.z > 65535) return "grid.y or grid.z exceeds 65535";
  if (r.block.x > 1024 || r.block.y > 1024 || r.block.z > 64) return "the block exceeds 1024 x 1024 x 64";
  if (std::uint64_t{r.block.x} * r.block.y * r.block.z > 1024) return "the block has more than 1024 threads";
  index3 const c = r.cluster;
  if (c.x == 0 || c.y == 0 || c.z == 0) return "the cluster has an extent of 0";
  if (std::uint64_t{c.x} * c.y * c.z > 16) return "the cluster has more than 16 blocks";
  if (r.grid.x % c.x != 0 || r.grid.y % c.y != 0 || r.grid.z % c.z != 0)
    return "the grid is no multiple of the cluster";
  if (r.cooperative && std::uint64_t{r.grid.x} * r.grid.y * r.grid.z > most_together)
    return "a cooperative grid has at most " + std::to_string(most_together) + " blocks on the simulator";
  if (r.dynamic_shared_bytes <= settings.total_shared_limit) return {};
  *kind = "SHARED-MEMORY-LIMIT";
  return std::to_string(r.dynamic_shared_bytes) + " bytes of dynamic shared memory exceed the limit of " +
         std::to_string(settings.total_shared_limit);
}

struct outcome {
  std::unique_ptr<report> fault;
  std::string text;
};
thread_local outcome last;

char const* finish(std::unique_ptr<report> fault, options const& settings) {
  last.fault = std::move(fault);
  if (last.fault == nullptr) return nullptr;
  last.text = last.fault->text();
  write_report(*last.fault, settings.report_path, "fault");
  return last.text.c_str();
}

}  // namespace

report const* last_report() { return last.fault.get(); }

char const* launch(launch_request const& request) {
  options const settings = get_options();
  char const* kind;
  std::string wrong = wrong_shape(request, settings, &kind);
  index3 const g = request.grid, b = request.block, c = request.cluster;
  std::uint64_t const blocks = std::uint64_t{g.x} * g.y * g.z;
  unsigned const in_cluster = std::max(1u, c.x * c.y * c.z);  // of a wrong shape, an extent may be 0
  unsigned const together = request.cooperative ? std::max(1u, static_cast<unsigned>(blocks)) : in_cluster;
  grid_run grid{request, settings, blocks, b.x * b.y * b.z, in_cluster, together};
  if (wrong.empty()) {
    try {
      static thread_local worker mine;
      guard_process();
      unsigned const threads = settings.threads != 0 ? settings.threads : std::thread::hardware_concurrency();
      thread_pool::get().run(grid, mine.blocks, threads);
    } catch (std::exception const& error) {
      wrong = std::string("the simulator cannot start: ") + error.what();
    }
  }
  if (!wrong.empty()) {
    grid.first_fault = std::make_unique<report>();
    grid.first_fault->kind = kind;
    grid.first_fault->started = false;
    grid.first_fault->message = wrong;
  }
  return finish(std::move(grid.first_fault), settings);
}

// ---------------------------------------------------------------- what simulated code calls

void sync_named(unsigned id, unsigned threads, bool waits, call_site site) {
  if (id == 0 && waits && threads == self().thread_count) return sync_block(site);
  current_lane->home->sync_named(*current_lane, id, threads, waits, site);
}
void sync_grid(call_site site) { current_lane->home->sync_grid(*current_lane, site); }
void arrive_at_cluster(call_site site) { current_lane->home->arrive_at_cluster(*current_lane, site); }
void wait_for_cluster(call_site site) { current_lane->home->wait_for_cluster(*current_lane, site); }
void* map_shared(void* address, unsigned rank, call_site site) {
  return current_lane->home->map_shared(*current_lane, address, rank, site);
}
void mbarrier_init(void* at, unsigned expected, call_site site) {
  current_lane->home->mbarrier_init(*current_lane, at, expected, site);
}
void mbarrier_invalidate(void* at, call_site site) { current_lane->home->mbarrier_invalidate(*current_lane, at, site); }
void mbarrier_arrive(void* at, unsigned arrivals, unsigned bytes, call_site site) {
  current_lane->home->mbarrier_arrive(*current_lane, at, arrivals, bytes, site);
}
void mbarrier_bytes_came(void* at, unsigned bytes, call_site site) {
  current_lane->home->mbarrier_bytes_came(*current_lane, at, bytes, site);
}
bool mbarrier_test(void* at, unsigned parity, call_site site) {
  return current_lane->home->mbarrier_test(*current_lane, at, parity, site);
}
void mbarrier_wait(void* at, unsigned parity, call_site site) {
  current_lane->home->mbarrier_wait(*current_lane, at, parity, site);
}
void mbarrier_arrive_at(void* here, unsigned rank, call_site site) {
  current_lane->home->mbarrier_arrive_at(*current_lane, here, rank, site);
}
void copy_box(tensor_description const& map, void* to, box_place from, void* arrived, unsigned blocks, call_site site) {
  current_lane->home->copy_box(*current_lane, map, to, from, arrived, blocks, site);
}
void store_box(tensor_description const& map, box_place to, void const* from, call_site site) {
  current_lane->home->store_box(*current_lane, map, to, from, site);
}
void commit_stores(call_site) { current_lane->home->commit_stores(*current_lane); }
void wait_stores_read(unsigned pending, call_site) { current_lane->home->wait_stores_read(*current_lane, pending); }
void wait_for_products(call_site site) { current_lane->home->wait_for_products(*current_lane, site); }
bool whole_warp_here(call_site site) {
  return current_lane->home->whole_warp_here(*current_lane, site, __builtin_return_address(0));
}
unsigned active_mask(call_site site) {
  return current_lane->home->active_mask(*current_lane, site, __builtin_return_address(0));
}
void yield(call_site site, bool progress) { current_lane->home->yield(*current_lane, site, progress); }
lane_identity const& self() { return current_lane->identity; }
void* shared_memory(shared_slot& slot) { return current_lane->home->shared_memory(*current_lane, slot); }
void* dynamic_shared_memory() { return current_lane->home->arena().dynamic(); }
std::size_t dynamic_shared_bytes() { return current_lane->home->arena().dynamic_bytes(); }
unsigned shared_address(void const* address) {
  return static_cast<unsigned>(current_lane->home->arena().offset(address));
}
bool in_shared_memory(void const* address) { return current_lane->home->arena().contains(address); }
void fail(char const* kind, call_site site, char const* format, ...) {
  char message[512];
  va_list values;
  va_start(values, format);
  std::vsnprintf(message, sizeof message, format, values);
  va_end(values);
  current_lane->home->fail(*current_lane, kind, message, site);
}

}  // namespace lanefold::sim
