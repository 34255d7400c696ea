// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0

// The tensor cores of Hopper against the product by its definition, for every type, N, layout and swizzle. Operands are
// small integers, so that every sum is exact. sm_90a.

#include <lanefold/backend/bulk_copy.cuh>
#include <lanefold/backend/wgmma.cuh>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "../support/hopper.cuh"

namespace lf = lanefold;

namespace {

/// Where an operand is in the shared memory of the test, and how.
struct operand_place {
  int offset, leading, stride, swizzle;
};

template <class Multiply, class Sum, int N>
LANEFOLD_KERNEL multiply(unsigned char const* image, int bytes, operand_place a, operand_place b, bool add, Sum* d) {
#if ON_HOPPER
  ALIGNED_SHARED(shared);
  auto const here = lf::call_site::here();
  int const thread = static_cast<int>(lf::backend::thread_index().x);
  for (int i = thread; i < bytes; i += 128) shared[i] = image[i];
  lf::backend::fence_async(here);
  lf::backend::sync_block(here);
  Sum mine[N / 2];
  for (int i = 0; i < N / 2; ++i) mine[i] = d[thread * (N / 2) + i];
  lf::backend::wgmma_fence(here);
  auto const place = [&](operand_place at) {
    return lf::backend::wgmma_operand::at(shared + at.offset, static_cast<unsigned>(at.leading),
                                          static_cast<unsigned>(at.stride), at.swizzle);
  };
  Multiply()(mine, place(a), place(b), add, here);
  lf::backend::wgmma_commit(here);
  lf::backend::wgmma_wait<0>(here);
  for (int i = 0; i < N / 2; ++i) d[thread * (N / 2) + i] = mine[i];
#endif
}

/// What a type is: its bytes, and the bits of a small integer.
struct element {
  int bytes, exponent_bits, significand_bits;

  unsigned operator()(int value) const {
    if (exponent_bits == 0) return static_cast<unsigned>(value) & 0xff;
    if (value == 0) return 0;
    int const magnitude = value < 0 ? -value : value, exponent = std::ilogb(magnitude);
    unsigned const significand =
        (static_cast<unsigned>(magnitude) << significand_bits >> exponent) & ((1u << significand_bits) - 1);
    unsigned const biased = static_cast<unsigned>(exponent + (1 << (exponent_bits - 1)) - 1);
    return static_cast<unsigned>(value < 0) << (8 * bytes - 1) | biased << significand_bits | significand;
  }
};
constexpr element f16{2, 5, 10}, bf16{2, 8, 7}, tf32{4, 8, 23}, e4m3{1, 4, 3}, e5m2{1, 5, 2}, s8{1, 0, 0};

/// An operand of `extent` rows (of A) or columns (of B) by 32 bytes of k, and its bytes in shared memory.
struct operand {
  element type;
  int extent;
  bool transposed;  ///< elements of one k lie side by side
  operand_place place;

  int depth() const { return 32 / type.bytes; }
  /// PTX ISA 9.7.15.5.1: the canonical layouts. Pieces of 16 bytes; lines of them by eights.
  int at(int index, int k) const {
    int const line = transposed ? k : index, along = (transposed ? index : k) * type.bytes;
    int const piece = along / 16, pitch = place.swizzle == 0 ? 16 : place.swizzle;
    int offset = line % 8 * pitch + along % 16;
    if (place.swizzle != 0)
      offset += line / 8 * place.stride + piece % (pitch / 16) * 16 + piece / (pitch / 16) * place.leading;
    else if (transposed)
      offset += line / 8 * place.leading + piece * place.stride;
    else
      offset += line / 8 * place.stride + piece * place.leading;
    return place.offset + swizzled(offset, place.swizzle);
  }
  int bytes() const {
    int last = 0;
    for (int i = 0; i < extent; ++i)
      for (int k = 0; k < depth(); ++k) last = std::max(last, at(i, k) - place.offset);
    return (last / 1024 + 1) * 1024;
  }
};

operand make_operand(element type, int extent, bool transposed, int swizzle, int offset) {
  operand result{type, extent, transposed, {offset, 16, 8 * swizzle, swizzle}};
  operand_place& p = result.place;
  if (swizzle == 0) {  // leading and stride apart, with a gap
    int const lines = (transposed ? result.depth() : extent) / 8;
    p.leading = transposed ? 128 : 128 * lines + 256;
    p.stride = transposed ? 128 * lines + 128 : 128;
  } else if (transposed) {
    p.leading = 8 * swizzle * 2 + 1024;  // from panel to panel; each is 16 lines
  }
  return result;
}

std::mt19937 random_bits(2024);

std::vector<int> small_integers(int count) {
  std::vector<int> result(static_cast<std::size_t>(count));
  for (int& x : result) x = static_cast<int>(random_bits() % 9) - 4;
  return result;
}

/// a: 64 x depth, b: depth x N, c: 64 x N. Runs the product and compares it.
template <class Multiply, class Sum, int N>
void expect_product(operand const& in_a, operand const& in_b, std::vector<int> const& a, std::vector<int> const& b,
                    std::vector<int> const& c, bool add) {
  int const depth = in_a.depth(), bytes = in_b.place.offset + in_b.bytes();
  auto const index = [](int i) { return static_cast<std::size_t>(i); };
  std::vector<unsigned char> image(index(bytes), 0xff);
  auto const put = [&](operand const& in, int i, int k, int value) {
    unsigned const bits = in.type(value);
    for (int byte = 0; byte < in.type.bytes; ++byte)
      image[index(in.at(i, k) + byte)] = static_cast<unsigned char>(bits >> 8 * byte);
  };
  for (int k = 0; k < depth; ++k) {
    for (int row = 0; row < 64; ++row) put(in_a, row, k, a[index(row * depth + k)]);
    for (int column = 0; column < N; ++column) put(in_b, column, k, b[index(k * N + column)]);
  }
  auto const row_of = [](int thread, int i) { return thread / 32 * 16 + thread % 32 / 4 + 8 * (i >> 1 & 1); };
  auto const column_of = [](int thread, int i) { return 8 * (i >> 2) + thread % 4 * 2 + (i & 1); };
  Sum const nothing = std::is_same_v<Sum, float> ? static_cast<Sum>(std::nanf("")) : static_cast<Sum>(12345);
  std::vector<Sum> d(index(64 * N), nothing);
  for (int thread = 0; add && thread < 128; ++thread)
    for (int i = 0; i < N / 2; ++i)
      d[index(thread * (N / 2) + i)] = static_cast<Sum>(c[index(row_of(thread, i) * N + column_of(thread, i))]);

  lf::device_array<unsigned char> const on_device(image);
  lf::device_array<Sum> result(d);
  lf::launch_shape shape{1, 128};
  shape.dynamic_shared_bytes = image.size() + 1024;
  lf::status const started = lf::launch(multiply<Multiply, Sum, N>, shape, on_device.data(), bytes, in_a.place,
                                        in_b.place, add, result.data());
  ASSERT_TRUE(started.ok()) << started.message();
  std::vector<Sum> const got = result.to_host();
  for (int thread = 0; thread < 128; ++thread)
    for (int i = 0; i < N / 2; ++i) {
      int const row = row_of(thread, i), column = column_of(thread, i);
      int sum = add ? c[index(row * N + column)] : 0;
      for (int k = 0; k < depth; ++k) sum += a[index(row * depth + k)] * b[index(k * N + column)];
      ASSERT_EQ(got[index(thread * (N / 2) + i)], static_cast<Sum>(sum))
          << "row " << row << " column " << column << " of N " << N << ", add " << add << ", swizzles "
          << in_a.place.swizzle << " and " << in_b.place.swizzle << ", transposed " << in_a.transposed << " and "
          << in_b.transposed;
    }
}

template <class Multiply, class Sum, int N>
void expect_products(element type_a, element type_b, int swizzle_a, int swizzle_b, bool transposed_a = false,
                     bool transposed_b = false) {
  operand const in_a = make_operand(type_a, 64, transposed_a, swizzle_a, 1024);
  operand const in_b = make_operand(type_b, N, transposed_b, swizzle_b, 1024 + in_a.bytes());
  int const depth = in_a.depth();
  for (bool const add : {false, true})
    expect_product<Multiply, Sum, N>(in_a, in_b, small_integers(64 * depth), small_integers(depth * N),
                                     small_integers(64 * N), add);
  // One-hot: each k sends one row to one column.
  std::vector<int> a(static_cast<std::size_t>(64 * depth)), b(static_cast<std::size_t>(depth * N));
  for (int k = 0; k < depth; ++k) {
    a[static_cast<std::size_t>((k * 27 + 5) % 64 * depth + k)] = 1;
    b[static_cast<std::size_t>(k * N + (k * 11 + 3) % N)] = 2;
  }
  expect_product<Multiply, Sum, N>(in_a, in_b, a, b, {}, false);
}

#define MULTIPLY(name, call)                                                                                  \
  struct name {                                                                                               \
    template <class Sum, int Length>                                                                          \
    LANEFOLD_FN void operator()(Sum (&d)[Length], lf::backend::wgmma_operand a, lf::backend::wgmma_operand b, \
                                bool add, lf::call_site site) const {                                         \
      lf::backend::call(d, a, b, add, site);                                                                  \
    }                                                                                                         \
  }
#define COMMA ,
MULTIPLY(halves, wgmma_f16<0 COMMA 0>);
MULTIPLY(halves_a, wgmma_f16<1 COMMA 0>);
MULTIPLY(halves_b, wgmma_f16<0 COMMA 1>);
MULTIPLY(halves_ab, wgmma_f16<1 COMMA 1>);
MULTIPLY(bfloats, wgmma_bf16<0 COMMA 0>);
MULTIPLY(bfloats_a, wgmma_bf16<1 COMMA 0>);
MULTIPLY(bfloats_b, wgmma_bf16<0 COMMA 1>);
MULTIPLY(bfloats_ab, wgmma_bf16<1 COMMA 1>);
MULTIPLY(floats, wgmma_tf32);
MULTIPLY(bytes_43, wgmma_e4m3);
MULTIPLY(bytes_52, wgmma_e5m2);
MULTIPLY(bytes_43_52, wgmma_e4m3_e5m2);
MULTIPLY(bytes_52_43, wgmma_e5m2_e4m3);
MULTIPLY(integers, wgmma_s8);
#undef COMMA
#undef MULTIPLY

constexpr int swizzles[] = {0, 32, 64, 128};

class Wgmma : public Hopper {};

TEST_F(Wgmma, EveryTypeAndSwizzle) {
  for (int const s : swizzles) {
    expect_products<halves, float, 64>(f16, f16, s, s);
    expect_products<bfloats, float, 64>(bf16, bf16, s, s);
    expect_products<floats, float, 64>(tf32, tf32, s, s);
    expect_products<bytes_43, float, 64>(e4m3, e4m3, s, s);
    expect_products<bytes_52, float, 64>(e5m2, e5m2, s, s);
    expect_products<bytes_43_52, float, 64>(e4m3, e5m2, s, s);
    expect_products<bytes_52_43, float, 64>(e5m2, e4m3, s, s);
    expect_products<integers, int, 64>(s8, s8, s, s);
  }
}

template <int N>
void expect_products_of_size() {
  expect_products<bfloats, float, N>(bf16, bf16, 128, 128);
  expect_products<bfloats, float, N>(bf16, bf16, 0, 64);
  if constexpr (N % 64 == 0) {
    expect_products<bfloats_b, float, N>(bf16, bf16, 128, 128, false, true);
  } else {
    expect_products<bfloats_b, float, N>(bf16, bf16, 128, N == 16 ? 32 : 64, false, true);
  }
  expect_products<integers, int, N>(s8, s8, 128, 128);
}

TEST_F(Wgmma, EverySize) {
  expect_products_of_size<16>();
  expect_products_of_size<32>();
  expect_products_of_size<64>();
  expect_products_of_size<96>();
  expect_products_of_size<128>();
  expect_products_of_size<160>();
  expect_products_of_size<192>();
  expect_products_of_size<224>();
  expect_products_of_size<256>();
}

TEST_F(Wgmma, TransposedOperandsOfEverySwizzle) {
  for (int const a : swizzles)
    for (int const b : swizzles) {
      expect_products<bfloats_a, float, 64>(bf16, bf16, a, b, true, false);
      expect_products<bfloats_b, float, 64>(bf16, bf16, a, b, false, true);
      expect_products<bfloats_ab, float, 64>(bf16, bf16, a, b, true, true);
    }
  expect_products<halves_a, float, 64>(f16, f16, 128, 128, true, false);
  expect_products<halves_b, float, 64>(f16, f16, 128, 128, false, true);
  expect_products<halves_ab, float, 128>(f16, f16, 128, 128, true, true);
}

}  // namespace
