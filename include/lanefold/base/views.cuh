// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Memory that somebody else owns, with its shape: kernel parameters and the arguments of host calls. Passed by value.
// Extents are int, strides and every product of an index 64 bits; nothing is checked on access.

#include <lanefold/backend/config.cuh>

namespace lanefold {

namespace traits {
/// A view of From may become one of To: it only adds const.
template <class From, class To>
using if_adds_const = typename enable_if<same<From const, To> && !same<From, To>>::type;
}  // namespace traits

/// `size` values in a row. The one extent of 64 bits: whole arrays are longer than int reaches.
template <class T>
class view {
 public:
  constexpr view() = default;
  LANEFOLD_HD constexpr view(T* data, long long size) : data_(data), size_(size) {}
  template <class Other, traits::if_adds_const<Other, T> = 0>
  LANEFOLD_HD constexpr view(view<Other> other) : data_(other.data()), size_(other.size()) {}

  LANEFOLD_HD constexpr T* data() const { return data_; }
  LANEFOLD_HD constexpr long long size() const { return size_; }
  LANEFOLD_HD constexpr T& operator[](long long i) const { return data_[i]; }
  LANEFOLD_HD constexpr T* begin() const { return data_; }
  LANEFOLD_HD constexpr T* end() const { return data_ + size_; }

 private:
  T* data_ = nullptr;
  long long size_ = 0;
};

/// Values of a row lie side by side.
struct row_major {};
/// Values of a column lie side by side.
struct column_major {};
/// One or the other: the matrix says which at run time, by its matrix_order.
struct any_major {};

/// Which values of a matrix lie side by side: those of a row, or those of a column.
enum class matrix_order { by_rows, by_columns };

/// A matrix. `stride`: in values, from one row to the next (row_major) or from one column to the next (column_major);
/// without it the matrix is dense.
template <class T, class Layout = row_major>
class matrix_view {
  static constexpr bool by_rows = traits::same<Layout, row_major>;
  static_assert(traits::one_of<Layout, row_major, column_major>, "matrix_view is row_major, column_major or any_major");

 public:
  constexpr matrix_view() = default;
  LANEFOLD_HD constexpr matrix_view(T* data, int rows, int columns)
      : matrix_view(data, rows, columns, by_rows ? columns : rows) {}
  LANEFOLD_HD constexpr matrix_view(T* data, int rows, int columns, long long stride)
      : data_(data), rows_(rows), columns_(columns), stride_(stride) {}
  template <class Other, traits::if_adds_const<Other, T> = 0>
  LANEFOLD_HD constexpr matrix_view(matrix_view<Other, Layout> other)
      : matrix_view(other.data(), other.rows(), other.columns(), other.stride()) {}

  LANEFOLD_HD constexpr T* data() const { return data_; }
  LANEFOLD_HD constexpr int rows() const { return rows_; }
  LANEFOLD_HD constexpr int columns() const { return columns_; }
  LANEFOLD_HD constexpr long long stride() const { return stride_; }
  LANEFOLD_HD constexpr matrix_order order() const {
    return by_rows ? matrix_order::by_rows : matrix_order::by_columns;
  }
  LANEFOLD_HD constexpr T& operator()(int row, int column) const {
    return by_rows ? data_[row * stride_ + column] : data_[column * stride_ + row];
  }
  /// Where a row starts; its values lie side by side.
  LANEFOLD_HD constexpr T* row(int r) const {
    static_assert(by_rows,
                  "row: the values of a row lie side by side in row_major alone; column(c) is for column_major");
    return data_ + r * stride_;
  }
  LANEFOLD_HD constexpr T* column(int c) const {
    static_assert(!by_rows,
                  "column: the values of a column lie side by side in column_major alone; row(r) is for row_major");
    return data_ + c * stride_;
  }

 private:
  T* data_ = nullptr;
  int rows_ = 0, columns_ = 0;
  long long stride_ = 0;
};

/// A matrix whose layout is a value. Any matrix_view becomes one.
template <class T>
class matrix_view<T, any_major> {
 public:
  constexpr matrix_view() = default;
  LANEFOLD_HD constexpr matrix_view(T* data, int rows, int columns, long long stride, matrix_order order)
      : data_(data), rows_(rows), columns_(columns), stride_(stride), order_(order) {}
  template <class Layout>
  LANEFOLD_HD constexpr matrix_view(matrix_view<T, Layout> other)
      : matrix_view(other.data(), other.rows(), other.columns(), other.stride(), other.order()) {}
  template <class Other, class Layout, traits::if_adds_const<Other, T> = 0>
  LANEFOLD_HD constexpr matrix_view(matrix_view<Other, Layout> other)
      : matrix_view(other.data(), other.rows(), other.columns(), other.stride(), other.order()) {}

  LANEFOLD_HD constexpr T* data() const { return data_; }
  LANEFOLD_HD constexpr int rows() const { return rows_; }
  LANEFOLD_HD constexpr int columns() const { return columns_; }
  LANEFOLD_HD constexpr long long stride() const { return stride_; }
  LANEFOLD_HD constexpr matrix_order order() const { return order_; }
  LANEFOLD_HD constexpr T& operator()(int row, int column) const {
    return order_ == matrix_order::by_rows ? data_[row * stride_ + column] : data_[column * stride_ + row];
  }

 private:
  T* data_ = nullptr;
  int rows_ = 0, columns_ = 0;
  long long stride_ = 0;
  matrix_order order_ = matrix_order::by_rows;
};

/// `count` matrices of one form, `stride` values from one to the next: 0 is one matrix, so many times. Without it they lie one
/// behind the other.
template <class T, class Layout = row_major>
class matrix_batch {
 public:
  constexpr matrix_batch() = default;
  LANEFOLD_HD constexpr matrix_batch(matrix_view<T, Layout> first, int count)
      : matrix_batch(first, count,
                     first.stride() * (first.order() == matrix_order::by_rows ? first.rows() : first.columns())) {}
  LANEFOLD_HD constexpr matrix_batch(matrix_view<T, Layout> first, int count, long long stride)
      : first_(first), count_(count), stride_(stride) {}
  template <class Other, traits::if_adds_const<Other, T> = 0>
  LANEFOLD_HD constexpr matrix_batch(matrix_batch<Other, Layout> other)
      : matrix_batch(other.first(), other.count(), other.stride()) {}

  LANEFOLD_HD constexpr matrix_view<T, Layout> first() const { return first_; }
  LANEFOLD_HD constexpr int count() const { return count_; }
  LANEFOLD_HD constexpr long long stride() const { return stride_; }
  LANEFOLD_HD constexpr int rows() const { return first_.rows(); }
  LANEFOLD_HD constexpr int columns() const { return first_.columns(); }
  LANEFOLD_HD constexpr matrix_view<T, Layout> operator[](int i) const {
    T* const data = first_.data() + i * stride_;
    if constexpr (traits::same<Layout, any_major>)
      return {data, rows(), columns(), first_.stride(), first_.order()};
    else
      return {data, rows(), columns(), first_.stride()};
  }

 private:
  matrix_view<T, Layout> first_;
  int count_ = 0;
  long long stride_ = 0;
};

/// `Rank` extents, each with a stride in values; without strides the last index runs fastest and all is dense.
/// Whatever has data_handle(), rank(), extent(i) and stride(i), as mdspan, converts to it.
template <class T, int Rank>
class tensor_view {
 public:
  constexpr tensor_view() = default;
  LANEFOLD_HD constexpr tensor_view(T* data, int const (&extents)[Rank]) : data_(data) {
    long long dense = 1;
    for (int i = Rank - 1; i >= 0; --i) {
      extents_[i] = extents[i];
      strides_[i] = dense;
      dense *= extents[i];
    }
  }
  LANEFOLD_HD constexpr tensor_view(T* data, int const (&extents)[Rank], long long const (&strides)[Rank])
      : data_(data) {
    for (int i = 0; i < Rank; ++i) {
      extents_[i] = extents[i];
      strides_[i] = strides[i];
    }
  }
  template <class Other, traits::if_adds_const<Other, T> = 0>
  LANEFOLD_HD constexpr tensor_view(tensor_view<Other, Rank> const& other)
      : tensor_view(other.data(), other.extents_, other.strides_) {}
#ifdef __NVCC__
#pragma nv_exec_check_disable  // the source's functions may be the host's alone: then so is this
#endif
  template <class Source, typename traits::enable_if<static_cast<int>(Source::rank()) == Rank>::type = 0,
            class = decltype(static_cast<Source const*>(nullptr)->data_handle())>
  LANEFOLD_HD constexpr tensor_view(Source const& source) : data_(source.data_handle()) {
    for (int i = 0; i < Rank; ++i) {
      extents_[i] = static_cast<int>(source.extent(i));
      strides_[i] = static_cast<long long>(source.stride(i));
    }
  }

  LANEFOLD_HD constexpr T* data() const { return data_; }
  LANEFOLD_HD constexpr int extent(int i) const { return extents_[i]; }
  LANEFOLD_HD constexpr long long stride(int i) const { return strides_[i]; }
  template <class... Indices>
  LANEFOLD_HD constexpr T& operator()(Indices... indices) const {
    static_assert(sizeof...(Indices) == Rank, "tensor_view: pass one index for each extent");
    long long offset = 0;
    int axis = 0;
    ((offset += indices * strides_[axis++]), ...);
    return data_[offset];
  }

 private:
  template <class, int>
  friend class tensor_view;

  T* data_ = nullptr;
  int extents_[Rank] = {};
  long long strides_[Rank] = {};
};

}  // namespace lanefold
