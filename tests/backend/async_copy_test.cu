// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

#include <gtest/gtest.h>
#include <lanefold/backend/async_copy.cuh>
#include <lanefold/host/device_array.hpp>
#include <lanefold/host/launch.hpp>

#include <vector>

#if LANEFOLD_ON_SIMULATOR
#include <lanefold/sim/simulator.hpp>
#endif

namespace lf = lanefold;

namespace {

struct buffer {
  alignas(16) unsigned char bytes[3][512];
};

/// Each lane copies Bytes bytes thrice, of which 0, 1, 2 ... Bytes are valid; Pending of the three groups need not have come.
template <int Bytes, int Pending>
LANEFOLD_KERNEL copy_each(unsigned char const* in, unsigned char* out) {
  LANEFOLD_SHARED(shared, buffer);
  int const lane = static_cast<int>(lf::backend::lane_id());
  auto const site = lf::call_site::here();
  for (int group = 0; group < 3; ++group) {
    unsigned char const* const from = in + group * 512 + lane * Bytes;
    if (group < 2)
      lf::backend::cp_async<Bytes>(&shared.bytes[group][lane * Bytes], from, lane % (Bytes + 1), site);
    else
      lf::backend::cp_async<Bytes>(&shared.bytes[group][lane * Bytes], from, site);
    lf::backend::cp_async_commit();
  }
  lf::backend::cp_async_wait<Pending>();
  for (int group = 0; group < 3; ++group)
    for (int i = 0; i < Bytes; ++i) out[group * 512 + lane * Bytes + i] = shared.bytes[group][lane * Bytes + i];
}

template <int Bytes>
void copies() {
  std::vector<unsigned char> in(3 * 512);
  for (std::size_t i = 0; i < in.size(); ++i) in[i] = static_cast<unsigned char>(i * 7 + 1);
  lf::device_array<unsigned char> const device_in(in);
  lf::device_array<unsigned char> out(in.size());
  auto const expect_groups = [&](int groups) {
    auto const got = out.to_host();
    for (int group = 0; group < groups; ++group)
      for (int lane = 0; lane < 32; ++lane)
        for (int i = 0; i < Bytes; ++i) {
          auto const at = static_cast<std::size_t>(group * 512 + lane * Bytes + i);
          ASSERT_EQ(got[at], group == 2 || i < lane % (Bytes + 1) ? in[at] : 0)
              << "group " << group << " lane " << lane << " byte " << i;
        }
  };
  lf::status ran = lf::launch(copy_each<Bytes, 0>, {1, 32}, device_in.data(), out.data());
  ASSERT_TRUE(ran.ok()) << ran.message();
  expect_groups(3);
  ran = lf::launch(copy_each<Bytes, 1>, {1, 32}, device_in.data(), out.data());
  ASSERT_TRUE(ran.ok()) << ran.message();
  expect_groups(2);
#if LANEFOLD_ON_SIMULATOR
  EXPECT_EQ(out.to_host()[2 * 512], lf::sim::get_options().poison & 0xff) << "what is not waited for is not there";
#endif
}

TEST(AsyncCopy, OfEachSizeWithAndWithoutATail) {
  copies<4>();
  copies<8>();
  copies<16>();
}

#if LANEFOLD_ON_SIMULATOR
LANEFOLD_KERNEL copy_misaligned(unsigned char const* in) {
  LANEFOLD_SHARED(shared, buffer);
  lf::backend::cp_async<16>(&shared.bytes[0][0], in + 8, lf::call_site::here());
}
LANEFOLD_KERNEL copy_to_global(unsigned char const* in, unsigned char* out) {
  lf::backend::cp_async<16>(out, in, lf::call_site::here());
}
TEST(AsyncCopy, MistakesAreReported) {
  lf::device_array<unsigned char> in(64), out(64);
  EXPECT_NE(std::string(lf::launch(copy_misaligned, {1, 1}, in.data()).message()).find("MISALIGNED-ACCESS"),
            std::string::npos);
  EXPECT_NE(std::string(lf::launch(copy_to_global, {1, 1}, in.data(), out.data()).message()).find("own shared memory"),
            std::string::npos);
}
#endif

}  // namespace
