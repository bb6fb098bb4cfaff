// The addon's registry: one line per function that JavaScript can call.
#include <napi.h>

#if defined(_WIN32)
#define NOMINMAX
#include <windows.h>
#elif defined(__APPLE__)
#include <dlfcn.h>
#endif

#include "base/blas.hpp"
#include "base/large_pages.hpp"
#include "base/parallel.hpp"
#include "base/simd_dispatch.hpp"
#include "job.hpp"

namespace god {

// Each is defined in the binding file of its kernel: (inputs, options, outputs) -> { promise, cancel(),
// progress() }.
Napi::Value pca_fit_job(const Napi::CallbackInfo& info);
Napi::Value pca_accumulate_job(const Napi::CallbackInfo& info);
Napi::Value pca_merge_job(const Napi::CallbackInfo& info);
Napi::Value pca_finish_job(const Napi::CallbackInfo& info);
Napi::Value pca_transform_job(const Napi::CallbackInfo& info);
Napi::Value pca_inverse_transform_job(const Napi::CallbackInfo& info);
Napi::Value vae_center_job(const Napi::CallbackInfo& info);
Napi::Value vae_fit_job(const Napi::CallbackInfo& info);
Napi::Value vae_encode_job(const Napi::CallbackInfo& info);
Napi::Value vae_decode_job(const Napi::CallbackInfo& info);
Napi::Value vae_evaluate_job(const Napi::CallbackInfo& info);
Napi::Value vae_gradient_job(const Napi::CallbackInfo& info);
Napi::Value agglomerative_fit_job(const Napi::CallbackInfo& info);
Napi::Value agglomerative_fit_distances_job(const Napi::CallbackInfo& info);
Napi::Value agglomerative_fit_now(const Napi::CallbackInfo& info);
Napi::Value agglomerative_fit_distances_now(const Napi::CallbackInfo& info);
Napi::Value agglomerative_memory(const Napi::CallbackInfo& info);
Napi::Value connectivity_fit_job(const Napi::CallbackInfo& info);
Napi::Value connectivity_fit_distances_job(const Napi::CallbackInfo& info);
Napi::Value connectivity_memory(const Napi::CallbackInfo& info);
Napi::Value optimal_leaf_order_job(const Napi::CallbackInfo& info);
Napi::Value optimal_leaf_order_memory(const Napi::CallbackInfo& info);
Napi::Value trustworthiness_job(const Napi::CallbackInfo& info);
Napi::Value silhouette_job(const Napi::CallbackInfo& info);
Napi::Value medoids_job(const Napi::CallbackInfo& info);
Napi::Value nearest_neighbors_job(const Napi::CallbackInfo& info);
Napi::Value distance_neighbors_job(const Napi::CallbackInfo& info);
Napi::Value distance_moments_job(const Napi::CallbackInfo& info);
Napi::Value mutual_neighbors_job(const Napi::CallbackInfo& info);
Napi::Value tsne_fit_job(const Napi::CallbackInfo& info);
Napi::Value tsne_transform_job(const Napi::CallbackInfo& info);
Napi::Value bzip2_decode_job(const Napi::CallbackInfo& info);
Napi::Value bzip2_expand_job(const Napi::CallbackInfo& info);
Napi::Value vector_lines_job(const Napi::CallbackInfo& info);
Napi::Value resample_job(const Napi::CallbackInfo& info);

Napi::Value linkage_table(Napi::Env env);

// (from, to): copies between two Float32Arrays of the same length, synchronously. `to` should be new, its
// memory not touched yet.
static Napi::Value copy_floats(const Napi::CallbackInfo& info) {
  const auto from = info[0].As<Napi::Float32Array>();
  auto to = info[1].As<Napi::Float32Array>();
  if (from.ElementLength() != to.ElementLength())
    throw Napi::RangeError::New(info.Env(), "Expected two arrays of the same length");
  copy_into_fresh(from.Data(), from.ElementLength(), to.Data());
  return info.Env().Undefined();
}

// Keeps the addon loaded: Node unloads it when the last worker that required it ends, but the threads of the
// pool and the runner remain. On Linux a linker option does the same (CMakeLists.txt).
static void stay_loaded() {
#if defined(_WIN32)
  HMODULE own;
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                     reinterpret_cast<LPCWSTR>(&stay_loaded), &own);
#elif defined(__APPLE__)
  Dl_info own;
  if (dladdr(reinterpret_cast<const void*>(&stay_loaded), &own) != 0)
    dlopen(own.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
#endif
}

}  // namespace god

static Napi::Object init(Napi::Env env, Napi::Object exports) {
  god::stay_loaded();
  env.SetInstanceData(new god::Jobs(env));
  const auto add = [&](const char* name, Napi::Value (*function)(const Napi::CallbackInfo&)) {
    exports.Set(name, Napi::Function::New(env, function, name));
  };
  add("pcaFit", god::pca_fit_job);
  add("pcaAccumulate", god::pca_accumulate_job);
  add("pcaMerge", god::pca_merge_job);
  add("pcaFinish", god::pca_finish_job);
  add("pcaTransform", god::pca_transform_job);
  add("pcaInverseTransform", god::pca_inverse_transform_job);
  add("copyFloats", god::copy_floats);
  add("vaeCenter", god::vae_center_job);
  add("vaeFit", god::vae_fit_job);
  add("vaeEncode", god::vae_encode_job);
  add("vaeDecode", god::vae_decode_job);
  add("vaeEvaluate", god::vae_evaluate_job);
  add("vaeGradient", god::vae_gradient_job);
  add("agglomerativeFit", god::agglomerative_fit_job);
  add("agglomerativeFitDistances", god::agglomerative_fit_distances_job);
  add("agglomerativeFitNow", god::agglomerative_fit_now);
  add("agglomerativeFitDistancesNow", god::agglomerative_fit_distances_now);
  add("agglomerativeMemory", god::agglomerative_memory);
  add("connectivityFit", god::connectivity_fit_job);
  add("connectivityFitDistances", god::connectivity_fit_distances_job);
  add("connectivityMemory", god::connectivity_memory);
  add("optimalLeafOrder", god::optimal_leaf_order_job);
  add("optimalLeafOrderMemory", god::optimal_leaf_order_memory);
  add("trustworthiness", god::trustworthiness_job);
  add("silhouette", god::silhouette_job);
  add("medoids", god::medoids_job);
  add("nearestNeighbors", god::nearest_neighbors_job);
  add("distanceNeighbors", god::distance_neighbors_job);
  add("distanceMoments", god::distance_moments_job);
  add("mutualNeighbors", god::mutual_neighbors_job);
  add("tsneFit", god::tsne_fit_job);
  add("tsneTransform", god::tsne_transform_job);
  add("bzip2Decode", god::bzip2_decode_job);
  add("bzip2Expand", god::bzip2_expand_job);
  add("vectorLines", god::vector_lines_job);
  add("resample", god::resample_job);
  exports.Set("linkages", god::linkage_table(env));
  exports.Set("simd", Napi::String::New(env, god::isa_name(god::active_isa())));
  exports.Set("blas", Napi::String::New(env, god::blas_kernels()));
  exports.Set("processors", Napi::Number::New(env, static_cast<double>(god::resolve_threads(0))));
  return exports;
}

NODE_API_MODULE(god, init)
