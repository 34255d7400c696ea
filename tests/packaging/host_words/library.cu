// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#include "api.hpp"

namespace {

LANEFOLD_KERNEL twice(lf::view<float const> in, lf::view<float> out) {
  unsigned const i = lf::block_index().x * 128 + lf::thread_index().x;
  if (i < in.size()) out[i] = 2 * in[i];
}
LANEFOLD_KERNEL add(lf::view<float const> left, lf::view<float const> right, lf::view<float> out) {
  unsigned const i = lf::block_index().x * 128 + lf::thread_index().x;
  if (i < out.size()) out[i] = left[i] + right[i];
}
unsigned blocks_for(long long size) { return static_cast<unsigned>((size + 127) / 128); }

}  // namespace

LANEFOLD_KERNEL LANEFOLD_BACKEND::negate(lf::view<float> values) {
  unsigned const i = lf::block_index().x * 128 + lf::thread_index().x;
  if (i < values.size()) values[i] = -values[i];
}

lf::status run(lf::queue& queue, lf::view<float const> in, lf::view<float> out) {
  return lf::launch(queue, twice, {blocks_for(in.size()), 128}, in, out);
}

lf::device_array<float> sums(lf::device_array<float> const& left, lf::device_array<float> const& right) {
  lf::device_array<float> out(left.size());
  lf::error::unless_ok(lf::launch(add, {blocks_for(out.view().size()), 128}, left.view(), right.view(), out.view()));
  return out;
}
