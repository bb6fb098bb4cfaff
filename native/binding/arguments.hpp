// Reads the arguments that TypeScript passes to a kernel. TypeScript has validated them, so an error here is
// a bug of ours. It throws an exception rather than letting the kernel run into undefined behavior.
#pragma once
#include <napi.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/large_pages.hpp"
#include "base/matrix.hpp"
#include "base/run.hpp"
#include "job.hpp"

namespace god {

// The three objects of `native.<kernel>(inputs, options, outputs)`. All typed arrays that are read from them
// are kept alive as long as the job runs.
class Arguments {
 public:
  explicit Arguments(const Napi::CallbackInfo& info) : info_(info) {
    if (info.Length() != 3 || !info[0].IsObject() || !info[1].IsObject() || !info[2].IsObject()) {
      throw Napi::TypeError::New(info.Env(), "Expected (inputs, options, outputs)");
    }
  }

  double number(const char* name) const {
    const Napi::Value value = options().Get(name);
    if (!value.IsNumber()) throw wrong(name, "a number");
    return value.As<Napi::Number>().DoubleValue();
  }
  std::size_t size(const char* name) const {
    const double value = number(name);
    if (!(value >= 0 && value <= 9007199254740992.0)) throw wrong(name, "a non-negative integer");
    return static_cast<std::size_t>(value);
  }
  std::uint64_t seed() const { return static_cast<std::uint64_t>(size("seed")); }
  std::size_t threads() const { return size("threads"); }
  bool flag(const char* name) const {
    const Napi::Value value = options().Get(name);
    if (!value.IsBoolean()) throw wrong(name, "a boolean");
    return value.As<Napi::Boolean>().Value();
  }
  std::string text(const char* name) const {
    const Napi::Value value = options().Get(name);
    if (!value.IsString()) throw wrong(name, "a string");
    return value.As<Napi::String>().Utf8Value();
  }

  // `inputs` and `outputs` hold matrices as { data, rows, cols } and vectors as typed arrays.
  ConstMatrix32 matrix_in(const char* name) {
    return matrix<Napi::Float32Array, const float>(inputs(), name);
  }
  Matrix32 matrix_out(const char* name) {
    const Matrix32 out = matrix<Napi::Float32Array, float>(outputs(), name);
    prefer_large_pages(out.data, out.size() * sizeof(float));
    return out;
  }

  bool has_input(const char* name) const { return !inputs().Get(name).IsUndefined(); }
  bool has_output(const char* name) const { return !outputs().Get(name).IsUndefined(); }

  // A typed array of at least `length` elements, e.g. in<Napi::Float64Array>("mean", d).
  template <class Array>
  const auto* in(const char* name, std::size_t length) {
    return vector<Array>(inputs(), name, length);
  }
  template <class Array>
  auto* out(const char* name, std::size_t length) {
    return vector<Array>(outputs(), name, length);
  }
  // Whether an input is a typed array of this type.
  template <class Array>
  bool holds(const char* name) const {
    const Napi::Value value = inputs().Get(name);
    return value.IsTypedArray() &&
           value.As<Napi::TypedArray>().TypedArrayType() == array_type(static_cast<Array*>(nullptr));
  }
  std::size_t input_length(const char* name) const { return length(inputs(), name); }
  std::size_t output_length(const char* name) const { return length(outputs(), name); }

  // Starts the job, with as many threads as the options ask for.
  Napi::Value start(std::function<void(Run)> work) {
    auto on_threads = [count = threads(), work = std::move(work)](Monitor& monitor) {
      work({count, monitor});
    };
    return info_.Env().GetInstanceData<Jobs>()->start(info_.Env(), std::move(kept_), std::move(on_threads));
  }

 private:
  Napi::Object inputs() const { return info_[0].As<Napi::Object>(); }
  Napi::Object options() const { return info_[1].As<Napi::Object>(); }
  Napi::Object outputs() const { return info_[2].As<Napi::Object>(); }

  Napi::Error wrong(const char* name, const std::string& expected) const {
    return Napi::TypeError::New(info_.Env(), std::string("Expected `") + name + "` to be " + expected);
  }

  static std::size_t length(Napi::Object from, const char* name) {
    return from.Get(name).As<Napi::TypedArray>().ElementLength();
  }

  static napi_typedarray_type array_type(Napi::Uint8Array*) { return napi_uint8_array; }
  static napi_typedarray_type array_type(Napi::Float32Array*) { return napi_float32_array; }
  static napi_typedarray_type array_type(Napi::Float64Array*) { return napi_float64_array; }
  static napi_typedarray_type array_type(Napi::Int32Array*) { return napi_int32_array; }
  static napi_typedarray_type array_type(Napi::Uint32Array*) { return napi_uint32_array; }

  template <class Array>
  auto* vector(Napi::Object from, const char* name, std::size_t length) {
    const Napi::Value value = from.Get(name);
    if (!value.IsTypedArray()) throw wrong(name, "a typed array");
    const Napi::TypedArray any = value.As<Napi::TypedArray>();
    if (any.TypedArrayType() != array_type(static_cast<Array*>(nullptr))) {
      throw wrong(name, "a typed array of the right element type");
    }
    Array array = value.As<Array>();
    if (array.ElementLength() < length)
      throw wrong(name, "of at least " + std::to_string(length) + " elements");
    kept_.push_back(array);
    return array.Data();
  }

  template <class Array, class T>
  MatrixView<T> matrix(Napi::Object from, const char* name) {
    const Napi::Value value = from.Get(name);
    if (!value.IsObject()) throw wrong(name, "a matrix");
    const Napi::Object object = value.As<Napi::Object>();
    const std::size_t rows = extent(object, "rows");
    const std::size_t cols = extent(object, "cols");
    // Both are below 2^32, so the product does not wrap around.
    return {vector<Array>(object, "data", rows * cols), rows, cols};
  }

  std::size_t extent(Napi::Object object, const char* name) const {
    const Napi::Value value = object.Get(name);
    const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1;
    if (!(number >= 0 && number < 4294967296.0)) throw wrong(name, "an integer in [0, 2^32)");
    return static_cast<std::size_t>(number);
  }

  const Napi::CallbackInfo& info_;
  std::vector<Napi::Object> kept_;
};

}  // namespace god
