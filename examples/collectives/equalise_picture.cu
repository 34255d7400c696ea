// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// Histogram equalisation of a grey picture: count the greys, scan the counts, give every grey its share of the scale.
//
// usage: equalise_picture [in.pgm [out.pgm]]   (default: the picture in data/; the result beside the program)

#include <lanefold/host/device_array.hpp>
#include <lanefold/lanefold.cuh>
#include <lanefold/sim/cuda_names.hpp>

#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace lf = lanefold;

struct picture {
  int width = 0, height = 0;
  std::vector<unsigned char> pixels;
};

picture read_pgm(std::string const& path) {
  std::ifstream file(path, std::ios::binary);
  picture result;
  std::string kind;
  int greatest = 0;
  if (!(file >> kind >> result.width >> result.height >> greatest) || kind != "P5" || greatest != 255 ||
      result.width < 1 || result.height < 1) {
    throw std::runtime_error(path + " is missing or no binary 8-bit PGM (P5)");
  }
  file.get();
  result.pixels.assign(std::istreambuf_iterator<char>(file), {});
  if (result.pixels.size() != static_cast<std::size_t>(result.width) * static_cast<std::size_t>(result.height)) {
    throw std::runtime_error(path + " has not as many pixels as it says");
  }
  return result;
}

void write_pgm(std::string const& path, picture const& p) {
  std::ofstream file(path, std::ios::binary);
  file << "P5\n" << p.width << ' ' << p.height << "\n255\n";
  file.write(reinterpret_cast<char const*>(p.pixels.data()), static_cast<std::streamsize>(p.pixels.size()));
  if (!file) throw std::runtime_error("cannot write " + path);
}

// [equalise]
LANEFOLD_FN int global_thread() {
  return static_cast<int>(lf::block_index().x * lf::block_extent().x + lf::thread_index().x);
}

/// Neighbours are often alike: the lanes of a warp that hold the same grey add it up once, together.
LANEFOLD_KERNEL count_greys(lf::view<unsigned char const> pixels, int* histogram) {
  int const i = global_thread();
  lf::lanes const present = lf::partition(lf::warp{}, i < pixels.size());
  if (i >= pixels.size()) return;
  lf::lanes const alike = lf::partition_by(present, pixels[i]);
  if (alike.rank() == 0) atomicAdd(&histogram[pixels[i]], alike.size());
}

/// One thread a grey: the share of the pixels that are no brighter, on the scale 0..255.
LANEFOLD_KERNEL equalising_table(int const* histogram, unsigned char* table) {
  LANEFOLD_SHARED(scratch, lf::scratch<lf::block<256>, int>);
  auto const block = lf::block<256>{}.with(scratch);
  int const grey = block.rank();
  auto const [no_brighter, pixels] = lf::inclusive_scan_with_total(block, histogram[grey]);
  table[grey] = static_cast<unsigned char>(255LL * no_brighter / pixels);
}

LANEFOLD_KERNEL apply_table(unsigned char const* table, lf::view<unsigned char> pixels) {
  int const i = global_thread();
  if (i < pixels.size()) pixels[i] = table[pixels[i]];
}
// [/equalise]

picture equalised_on_device(picture const& in) {
  // [equalise-host]
  lf::queue queue;  // what it is given runs in order
  lf::device_array<unsigned char> pixels(in.pixels), table(256);
  lf::device_array<int> histogram(std::vector<int>(256));
  lf::launch_shape const all_pixels{(static_cast<unsigned>(in.pixels.size()) + 127) / 128, 128};

  lf::error::unless_ok(lf::launch(queue, count_greys, all_pixels, pixels.view(), histogram.data()));
  lf::error::unless_ok(lf::launch(queue, equalising_table, {1, 256}, histogram.data(), table.data()));
  lf::error::unless_ok(lf::launch(queue, apply_table, all_pixels, table.data(), pixels.view()));
  return {in.width, in.height, pixels.to_host(queue)};
  // [/equalise-host]
}

picture equalised_by_hand(picture in) {
  long long no_brighter[256] = {};
  for (unsigned char pixel : in.pixels) ++no_brighter[pixel];
  for (int grey = 1; grey < 256; ++grey) no_brighter[grey] += no_brighter[grey - 1];
  for (unsigned char& pixel : in.pixels)
    pixel = static_cast<unsigned char>(255 * no_brighter[pixel] / no_brighter[255]);
  return in;
}

int main(int count, char** arguments) try {
  std::string const source = __FILE__;
  std::string const in = count > 1 ? arguments[1] : source.substr(0, source.rfind('/') + 1) + "data/picture.pgm";
  std::string const out = count > 2 ? arguments[2] : std::string(arguments[0]) + ".pgm";

  picture const before = read_pgm(in), after = equalised_on_device(before);
  write_pgm(out, after);
  bool const right = after.pixels == equalised_by_hand(before).pixels;
  std::printf("%d x %d pixels equalised, %s a plain loop: %s\n", before.width, before.height,
              right ? "the same as by" : "OTHER than by", out.c_str());
  return right ? 0 : 1;
} catch (std::exception const& error) {
  std::printf("%s\n", error.what());
  return 1;
}
