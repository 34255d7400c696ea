// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Measures one row: all implementations of a problem, each checked, then timed in turns.

#include "gemm_check.cuh"
#include "gemm_cublaslt.cuh"
#include "gemm_naive.cuh"
#include "support/sm_clock.hpp"

namespace bench::gemm {

struct method {
  int rounds = 15;
  double sample_us = 2000;
};

struct figures {
  std::string error;     ///< a wrong result, or a call that failed
  bool refused = false;  ///< no figures: the implementation does not take this problem
  double us = 0, spread = 0, sm_mhz = 0;
};

/// Poisons C, makes it, and compares. Returns what is wrong, or nothing. `reference`: another's C, or null.
inline std::string check(workbench& bench, oracle const& expected, call const& run, void const* reference) {
  operands const o = bench.sets[0];
  expected.poison(o.c);
  require(cudaDeviceSynchronize(), "poison");
  run(bench.stream(), o);
  require(cudaStreamSynchronize(bench.stream()), "the call");
  if (std::string wrong = expected.check_samples(o.c); !wrong.empty()) return wrong;
  return reference ? expected.check_all(o.c, reference) : std::string();
}

/// C by cuBLASLt, or by the naive way where that refuses or errs, copied to where no other writes.
inline lf::device_array<unsigned char> reference_result(problem const& p, workbench& bench, oracle const& expected) {
  bool made = false;
  try {
    call const peer = prepare_cublaslt(p, bench, 1, false);
    made = peer && check(bench, expected, peer, nullptr).empty();
  } catch (std::runtime_error const&) {
    (void)cudaGetLastError();
  }
  if (!made) {
    std::string const wrong = check(bench, expected, prepare_naive(p, bench), nullptr);
    if (!wrong.empty()) throw std::runtime_error("the reference: " + wrong);
  }
  std::size_t const bytes = p.c_values() * p.out_bytes();
  lf::device_array<unsigned char> copy(bytes);
  require(cudaMemcpy(copy.data(), bench.sets[0].c, bytes, cudaMemcpyDeviceToDevice), "the reference");
  return copy;
}

/// In the order of `ways`. A round takes a sample of each, so that drifts of clocks and temperatures meet all alike.
inline std::vector<figures> measure_row(problem const& p, std::vector<implementation const*> const& ways,
                                        method const& how) {
  static sm_clock const clock;
  workbench bench(p);
  oracle const expected(p, bench.sets[0]);
  std::vector<figures> results(ways.size());

  lf::device_array<unsigned char> const reference = reference_result(p, bench, expected);

  struct contestant {
    std::size_t place;
    call run;  // owns what the graph uses
    chain_of_calls chain;
    std::vector<double> us, mhz;
  };
  std::vector<contestant> contestants;
  double round_us = 0;
  for (std::size_t i = 0; i < ways.size(); ++i) {
    try {
      call run = ways[i]->prepare(p, bench);
      results[i].refused = !run;
      if (!run) continue;
      results[i].error = check(bench, expected, run, reference.data());
      if (!results[i].error.empty()) continue;
      chain_of_calls chain = bench.chain(run, how.sample_us);
      round_us += 2 * bench.sample(chain) * chain.calls();  // and warms up
      contestants.push_back({i, std::move(run), std::move(chain), {}, {}});
    } catch (std::exception const& problem) {  // the others go on without it
      results[i].error = problem.what();
      (void)cudaGetLastError();
    }
  }

  // Samples of large problems are long and steady: fewer of them do.
  int const rounds = std::min(how.rounds, std::max(5, static_cast<int>(3e6 / std::max(round_us, 1.0))));
  for (int round = 0; round < rounds; ++round) {
    for (contestant& each : contestants) {
      each.us.push_back(bench.sample(each.chain));
      each.mhz.push_back(clock.now());
    }
  }
  for (contestant& each : contestants) {
    std::size_t next = 0;
    quartiles const us = quartiles::of(rounds, [&] { return each.us[next++]; });
    next = 0;
    figures& result = results[each.place];
    result.us = us.median;
    result.spread = (us.upper - us.lower) / us.median;
    result.sm_mhz = quartiles::of(rounds, [&] { return each.mhz[next++]; }).median;
  }
  return results;
}

}  // namespace bench::gemm
