// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// Grids, OS threads, and the functions that simulated code calls.

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
    if (threads > grid.blocks) threads = static_cast<unsigned>(grid.blocks);
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
  index3 const g = request.grid, b = request.block;
  grid_run grid{request, settings, std::uint64_t{g.x} * g.y * g.z, b.x * b.y * b.z};
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

transfer (*const jump)(void*, void*) =
    reinterpret_cast<transfer (*)(void*, void*)>(reinterpret_cast<void (*)()>(boost::context::detail::jump_fcontext));

handover arrive(request const& arrival) { return current_lane->home->arrive(*current_lane, arrival); }
void woken(transfer by) { current_lane->home->woken(*current_lane, by); }
handover arrive_at_barrier(call_site site, bool by_all) {
  return current_lane->home->sync_block(*current_lane, site, by_all);
}
unsigned active_mask(call_site site) { return current_lane->home->active_mask(*current_lane, site); }
void yield(call_site site, bool progress) { current_lane->home->yield(*current_lane, site, progress); }
lane_identity const& self() { return current_lane->identity; }
void* shared_memory(shared_slot& slot) { return current_lane->home->shared_memory(*current_lane, slot); }
void* dynamic_shared_memory() { return current_lane->home->arena().dynamic(); }
std::size_t dynamic_shared_bytes() { return current_lane->home->arena().dynamic_bytes(); }
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
