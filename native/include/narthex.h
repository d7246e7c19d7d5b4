/*
 * narthex.h: the C interface of the Narthex shim over libtorch.
 *
 * Plain C11, and the only header that jextract reads. Conventions:
 *
 *  - Inputs come first, outputs last. A length follows its pointer. Outputs are cleared first and
 * written last.
 *  - A function that can fail returns nx_error*: NULL is success, otherwise the caller owns the
 * error (nx_error_free). No C++ exception leaves the shim.
 *  - Each pointer is one of: "owned" (free it with the function named), "borrowed until ..." or,
 * where nothing is said, borrowed for the duration of the call.
 *  - nx_*_free accepts NULL, never fails and may be called in any order: handles keep alive what
 * they need.
 *  - All functions may be called from any thread. Two threads may use one handle at the same time
 * to read it; freeing a handle while another thread uses it is the caller's mistake (the Java side
 * excludes it).
 *  - Grad mode, inference mode, the fuser switch, and the current device and streams are set and
 * restored inside each call. What stays behind on the calling thread is its number of OpenMP
 * threads, one, and what nx_device_exchange is for.
 *
 * Caller's memory. nx_tensor_wrap makes a tensor over memory of the caller ("borrowed" memory).
 * Results of operators may alias it and say so (NX_VALUE_BORROWED). A module call never lets it
 * escape: what a model returns or stores that aliases borrowed memory gets a copy of its own before
 * the call ends.
 */
#ifndef NARTHEX_H
#define NARTHEX_H

#include <stdint.h>

#if defined(_WIN32)
#define NX_EXPORT __declspec(dllexport)
#else
#define NX_EXPORT __attribute__((visibility("default")))
#endif

#if defined(__cplusplus)
#define NX_NOEXCEPT noexcept
extern "C" {
#else
#define NX_NOEXCEPT
#endif

/* Version of this interface: changes whenever a caller compiled against the old one would
 * misbehave. */
#define NX_ABI_VERSION 1

typedef struct nx_error nx_error;
typedef struct nx_tensor nx_tensor;
typedef struct nx_operator nx_operator;
typedef struct nx_module nx_module;
typedef struct nx_session nx_session;
typedef struct nx_trace nx_trace;
typedef struct nx_generator nx_generator;
typedef struct nx_operator_times nx_operator_times;
typedef struct nx_profiler nx_profiler;
typedef struct nx_range nx_range;
typedef struct nx_nvtx nx_nvtx;
typedef struct nx_memory_watch nx_memory_watch;
typedef struct nx_event nx_event;
typedef struct nx_pinned nx_pinned;

/* ---- Constants */

/* Error codes. */
enum {
  NX_ERROR_INVALID_ARGUMENT = 1, /* the caller's mistake: nothing was done */
  NX_ERROR_OPERATOR = 2,         /* libtorch refused or failed while computing */
  NX_ERROR_OUT_OF_MEMORY = 3,    /* host or device memory is exhausted */
  NX_ERROR_MODEL = 4,            /* a model file or module can't be loaded, changed or saved */
  NX_ERROR_UNSUPPORTED = 5,      /* this build, libtorch or machine can't do it */
  NX_ERROR_INTERNAL = 6,         /* a defect of the shim */
  NX_ERROR_STATE = 7             /* not now: what it needs is gone, or not there yet */
};

/* Element types. */
enum {
  NX_DTYPE_FLOAT32 = 1,
  NX_DTYPE_FLOAT64 = 2,
  NX_DTYPE_FLOAT16 = 3,
  NX_DTYPE_BFLOAT16 = 4,
  NX_DTYPE_INT8 = 5,
  NX_DTYPE_INT16 = 6,
  NX_DTYPE_INT32 = 7,
  NX_DTYPE_INT64 = 8,
  NX_DTYPE_UINT8 = 9,
  NX_DTYPE_BOOL = 10,
  NX_DTYPE_UINT16 = 11,
  NX_DTYPE_UINT32 = 12,
  NX_DTYPE_UINT64 = 13,
  NX_DTYPE_COMPLEX64 = 14,
  NX_DTYPE_COMPLEX128 = 15,
  NX_DTYPE_FLOAT8_E4M3FN = 16,
  NX_DTYPE_FLOAT8_E4M3FNUZ = 17,
  NX_DTYPE_FLOAT8_E5M2 = 18,
  NX_DTYPE_FLOAT8_E5M2FNUZ = 19,
  NX_DTYPE_FLOAT8_E8M0FNU = 20,
  NX_DTYPE_QINT8 = 21, /* quantised: integers that stand for numbers by a scale and a zero point */
  NX_DTYPE_QUINT8 = 22,
  NX_DTYPE_QINT32 = 23,
  NX_DTYPE_OTHER = 99 /* libtorch has it, this interface does not (less than 8 bits, ...) */
};

/* Device types. */
enum {
  NX_DEVICE_CPU = 1,
  NX_DEVICE_CUDA = 2,    /* ROCm too */
  NX_DEVICE_XPU = 3,     /* Intel */
  NX_DEVICE_MPS = 4,     /* Apple */
  NX_DEVICE_PRIVATE = 5, /* of a backend outside libtorch (PrivateUse1) */
  NX_DEVICE_OTHER = 99
};

/* Memory formats. */
enum {
  NX_FORMAT_PRESERVE = 0,
  NX_FORMAT_CONTIGUOUS = 1,
  NX_FORMAT_CHANNELS_LAST = 2,
  NX_FORMAT_CHANNELS_LAST_3D = 3
};

/* Kinds of nx_value, and what `bits` and `length` hold. */
enum {
  NX_NONE = 0,
  NX_TENSOR = 1,   /* bits: nx_tensor*; length: NX_VALUE_* flags (outputs only) */
  NX_INT = 2,      /* bits: the integer */
  NX_DOUBLE = 3,   /* bits: the IEEE 754 bit pattern */
  NX_BOOL = 4,     /* bits: 0 or 1 */
  NX_STRING = 5,   /* bits: UTF-8 bytes; length: their number */
  NX_LIST = 6,     /* bits: nx_value[length] */
  NX_TUPLE = 7,    /* bits: nx_value[length] */
  NX_DICT = 8,     /* bits: nx_value[2 * length], key and value in turn */
  NX_INT_LIST = 9, /* bits: int64_t[length] (inputs only) */
  NX_DTYPE = 10,   /* bits: NX_DTYPE_* (inputs only) */
  NX_DEVICE = 11,  /* bits: NX_DEVICE_*; length: index, -1 for the current one (inputs only) */
  NX_MEMORY_FORMAT = 12, /* bits: NX_FORMAT_* (inputs only) */
  NX_DEFAULT = 13,       /* an argument that is left out: the parameter's default (inputs only) */
  NX_GENERATOR = 14,     /* bits: nx_generator* (inputs only) */
  NX_NAMED_TUPLE = 15    /* bits: nx_value[2 * length], name and value in turn */
};

/* Flag of a tensor in an output: its memory is the caller's, lent by nx_tensor_wrap. */
#define NX_VALUE_BORROWED 1

/* The extra file of a module's archive that says how it is to be run. */
#define NX_RUN_FILE "narthex-run"

/* Gradient modes of a module call. */
enum {
  NX_MODE_INFERENCE = 0, /* c10::InferenceMode */
  NX_MODE_NO_GRAD = 1,   /* at::NoGradGuard */
  NX_MODE_GRAD = 2       /* gradients recorded, as a careless caller has it */
};

/*
 * Switches for GPUs. libtorch has each of them once for the process: it is set during calls that
 * ask for it, and holds for all that runs at the same time.
 */
enum {
  NX_SWITCH_TF32 = 1,            /* products of float32 with 10 bits of precision */
  NX_SWITCH_CUDNN_BENCHMARK = 2, /* cuDNN tries its algorithms on inputs of a new shape */
  NX_SWITCH_FLOAT32_SUMS = 4     /* products of 16-bit numbers are added up in float32 */
};

/* Kinds of handles that nx_live_handles counts. */
enum {
  NX_HANDLE_ERROR = 0,
  NX_HANDLE_TENSOR = 1,
  NX_HANDLE_MODULE = 2,
  NX_HANDLE_SESSION = 3,
  NX_HANDLE_TRACE = 4,
  NX_HANDLE_GENERATOR = 5,
  NX_HANDLE_RECORDING = 6, /* operator times, profilers, ranges, NVTX, memory watches */
  NX_HANDLE_DEVICE = 7,    /* events, pinned memory */
  NX_HANDLE_KINDS = 8
};

/* ---- Structures */

/*
 * A tagged value. As an input, what it points to is borrowed for the call. As an output, arrays and
 * bytes are owned by the value (nx_value_clear) and each tensor is owned by the caller
 * (nx_tensor_free).
 */
typedef struct nx_value {
  int32_t kind;
  int32_t reserved;
  int64_t length;
  int64_t bits;
} nx_value;

typedef struct nx_tensor_info {
  int32_t dtype;        /* NX_DTYPE_* */
  int32_t device_type;  /* NX_DEVICE_* */
  int32_t device_index; /* -1 where the device has none */
  int32_t rank;
  int32_t is_contiguous; /* row-major */
  int32_t is_borrowed;   /* memory of the caller */
  int64_t element_count;
  int64_t element_size; /* bytes */
  int64_t data;         /* address of the first element; 0 where the host can't read it */
} nx_tensor_info;

/* A stream of libtorch's: a value that names it, and owns nothing. */
typedef struct nx_stream {
  int32_t device_type; /* NX_DEVICE_*; 0: none */
  int32_t device_index;
  int64_t id;
} nx_stream;

/* How a module call runs. */
typedef struct nx_run_options {
  int32_t grad_mode; /* NX_MODE_* */
  int32_t fuse;      /* for this call; 1: oneDNN Graph fuser, 2: prepacked weights, 0: neither */
  int32_t threads;   /* intra-op threads, at least 1; more than one runs on the shim's own compute
                        thread */
  int32_t
      dtype; /* NX_DTYPE_* to which floating inputs are cast, outputs cast back; 0: as they are */
  int32_t memory_format;   /* NX_FORMAT_* of 4-d floating inputs, outputs back to row-major;
                              NX_FORMAT_PRESERVE: as they are */
  int32_t flush_denormals; /* 1: denormal numbers are taken for zero */
  nx_stream stream;        /* what it works on; none: the default stream of the tensors' device */
  int32_t device_type;     /* NX_DEVICE_* of the model: inputs on the host are copied there, and if
                              there were some, outputs back; 0: inputs as they are */
  int32_t device_index;
  int32_t switches; /* a sum of NX_SWITCH_* */
} nx_run_options;

/* ---- Library */

/* NX_ABI_VERSION of the built shim. */
NX_EXPORT int32_t nx_abi_version(void) NX_NOEXCEPT;

/* Version of libtorch that the shim was built with, such as "2.15.0". Borrowed for ever. */
NX_EXPORT const char* nx_torch_version(void) NX_NOEXCEPT;

/* Version of the libtorch that is loaded: major << 16 | minor << 8 | patch. */
NX_EXPORT int32_t nx_torch_runtime_version(void) NX_NOEXCEPT;

/*
 * What libtorch says of itself, a tuple (nx_value_clear): how it was built, the threads that it
 * uses, both with many lines; the instruction set that its kernels are chosen by; the names of its
 * engines for quantised operators, a list.
 */
NX_EXPORT nx_error* nx_torch_info(nx_value* out) NX_NOEXCEPT;

/* Handles of a kind (NX_HANDLE_*) that are alive. */
NX_EXPORT int64_t nx_live_handles(int32_t kind) NX_NOEXCEPT;

/* Gives free memory of the native heap back to the operating system. */
NX_EXPORT void nx_trim_memory(void) NX_NOEXCEPT;

/* The process will end without libtorch's destructors, which take tens of milliseconds to free what
   the operating system frees at once. Of what was registered to run at exit, only that which comes
   after this call runs; streams of C are flushed. For a program whose last work is done when it
   exits. */
NX_EXPORT void nx_skip_teardown(void) NX_NOEXCEPT;

/* ---- Errors */

NX_EXPORT int32_t nx_error_code(const nx_error* error) NX_NOEXCEPT;

/* One line. Borrowed until the error is freed. */
NX_EXPORT const char* nx_error_message(const nx_error* error) NX_NOEXCEPT;

/* libtorch's own words, many lines. Borrowed until the error is freed. */
NX_EXPORT const char* nx_error_detail(const nx_error* error) NX_NOEXCEPT;

NX_EXPORT void nx_error_free(nx_error* error) NX_NOEXCEPT;

/* ---- Values */

/* Frees the arrays and bytes of `count` output values, not their tensors, and makes them NX_NONE.
 */
NX_EXPORT void nx_value_clear(nx_value* values, int64_t count) NX_NOEXCEPT;

/* ---- Tensors */

/* Uninitialised memory of libtorch's, row-major. *out is owned (nx_tensor_free). */
NX_EXPORT nx_error* nx_tensor_empty(int32_t dtype, int32_t device_type, int32_t device_index,
                                    const int64_t* sizes, int64_t rank,
                                    nx_tensor** out) NX_NOEXCEPT;

/*
 * A row-major tensor over `byte_length` bytes at `data`, borrowed until the tensor and every
 * operator result that aliases it is freed. Row-major CPU memory, aligned for its dtype. Memory of
 * nx_pinned_new is not borrowed: the tensor keeps it. *out is owned (nx_tensor_free).
 */
NX_EXPORT nx_error* nx_tensor_wrap(void* data, int64_t byte_length, int32_t dtype,
                                   const int64_t* sizes, int64_t rank, nx_tensor** out) NX_NOEXCEPT;

/* A second handle on the same tensor. *out is owned (nx_tensor_free). */
NX_EXPORT nx_error* nx_tensor_share(const nx_tensor* tensor, nx_tensor** out) NX_NOEXCEPT;

NX_EXPORT void nx_tensor_free(nx_tensor* tensor) NX_NOEXCEPT;

/* Fills *info, and sizes and strides (in elements) up to `capacity` dimensions. */
NX_EXPORT nx_error* nx_tensor_describe(const nx_tensor* tensor, int64_t capacity,
                                       nx_tensor_info* info, int64_t* sizes,
                                       int64_t* strides) NX_NOEXCEPT;

/*
 * Pins the memory of a row-major CPU tensor: it stays at *data, neither freed nor resized, until
 * *out is freed (owned, nx_tensor_free), whatever becomes of `tensor`.
 */
NX_EXPORT nx_error* nx_tensor_pin(const nx_tensor* tensor, int64_t* data,
                                  nx_tensor** out) NX_NOEXCEPT;

/*
 * Copies all elements, row-major and converted to `dtype`, to `byte_length` bytes at `data`
 * (checked to fit exactly). Quantised elements are converted as the numbers that they stand for, or
 * copied as they are to their own dtype. Complex ones are not converted to real ones.
 */
NX_EXPORT nx_error* nx_tensor_read(const nx_tensor* tensor, int32_t dtype, void* data,
                                   int64_t byte_length) NX_NOEXCEPT;

/*
 * The other way: sets all elements, row-major, from `byte_length` bytes at `data` (checked to fit
 * exactly), which hold elements of `dtype`.
 */
NX_EXPORT nx_error* nx_tensor_write(const nx_tensor* tensor, int32_t dtype, const void* data,
                                    int64_t byte_length) NX_NOEXCEPT;

/*
 * Whether both have the same dtype, sizes and, in each place, the same bits; quantised ones also
 * the same scale and zero point.
 */
NX_EXPORT nx_error* nx_tensor_same(const nx_tensor* one, const nx_tensor* other,
                                   int32_t* out) NX_NOEXCEPT;

/* ---- Generators of random numbers */

/* One on the CPU: the same seed gives the numbers that Python's torch.Generator gives. *out is
 * owned (nx_generator_free). */
NX_EXPORT nx_error* nx_generator_new(int64_t seed, nx_generator** out) NX_NOEXCEPT;

NX_EXPORT void nx_generator_free(nx_generator* generator) NX_NOEXCEPT;

/* ---- Operators */

/* Looks an operator up, such as "aten::add" and "Tensor"; a failure names the overloads that there
 * are. *out is borrowed for ever. */
NX_EXPORT nx_error* nx_operator_find(const char* name, const char* overload,
                                     nx_operator** out) NX_NOEXCEPT;

/* The operator's schema in libtorch's notation. Borrowed for ever. */
NX_EXPORT const char* nx_operator_schema(const nx_operator* op) NX_NOEXCEPT;

/* A tuple: a list with a tuple per parameter (name, type, has default, is written to by the
 * operator), then whether a result may be a view of an argument. */
NX_EXPORT nx_error* nx_operator_describe(const nx_operator* op, nx_value* out) NX_NOEXCEPT;

NX_EXPORT int64_t nx_operator_return_count(const nx_operator* op) NX_NOEXCEPT;

/*
 * Calls an operator on the calling thread, single-threaded, without gradients. Arguments left out
 * at the end, or given as NX_DEFAULT, take their defaults. `trace` may be NULL; otherwise the call
 * is recorded in it. Writes nx_operator_return_count values to `results`. keep_1 to keep_4 are not
 * read: a host can pass there what must stay alive during the call.
 */
NX_EXPORT nx_error* nx_operator_call(const nx_operator* op, nx_trace* trace,
                                     const nx_value* arguments, int64_t count, const void* keep_1,
                                     const void* keep_2, const void* keep_3, const void* keep_4,
                                     nx_value* results) NX_NOEXCEPT;

/* How many tensors, one or two, nx_operator_call_plain takes for the operator; 0: it can't call it.
 */
NX_EXPORT int64_t nx_operator_plain_count(const nx_operator* op) NX_NOEXCEPT;

/*
 * The quick way to call an operator that takes so many tensors, has defaults for all else, writes
 * to none of them, and returns one; `second` is NULL for one that takes one.
 */
NX_EXPORT nx_error* nx_operator_call_plain(const nx_operator* op, const nx_tensor* first,
                                           const nx_tensor* second, nx_value* result) NX_NOEXCEPT;

/* ---- Modules (TorchScript) */

/* Loads a TorchScript file. Its tensors go to the device, wherever they were when it was saved.
 * *out is owned (nx_module_free). */
NX_EXPORT nx_error* nx_module_load(const char* path, int32_t device_type, int32_t device_index,
                                   nx_module** out) NX_NOEXCEPT;

/* The same from the bytes of such a file. */
NX_EXPORT nx_error* nx_module_load_bytes(const void* bytes, int64_t length, int32_t device_type,
                                         int32_t device_index, nx_module** out) NX_NOEXCEPT;

/* The text of the extra file NX_RUN_FILE, which says how a loaded module is to be run; empty where
 * there was none, and for modules that were not loaded. */
NX_EXPORT nx_error* nx_module_run_file(const nx_module* module, nx_value* out) NX_NOEXCEPT;

/* The files that were saved along with a module: a dict from name to a string of any bytes. */
NX_EXPORT nx_error* nx_extra_files(const char* path, nx_value* out) NX_NOEXCEPT;

/* The same from the bytes of a TorchScript file. */
NX_EXPORT nx_error* nx_extra_files_of_bytes(const void* bytes, int64_t length,
                                            nx_value* out) NX_NOEXCEPT;

/*
 * A module without methods that holds `count` tensors under dotted names ("layer1.0.conv1.weight");
 * `is_buffer` tells for each whether it is a buffer (1) or a parameter (0). Borrowed memory is
 * copied. *out is owned (nx_module_free).
 */
NX_EXPORT nx_error* nx_module_create(const char* const* names, const nx_tensor* const* tensors,
                                     const int32_t* is_buffer, int64_t count,
                                     nx_module** out) NX_NOEXCEPT;

/*
 * Gives a module (made by nx_module_create, without methods yet) the methods that TorchScript
 * source defines; its tensors are their attributes of self. A failure's detail shows the place in
 * the source. *out: the module, owned (nx_module_free).
 */
NX_EXPORT nx_error* nx_module_define(const nx_module* module, const char* source,
                                     nx_module** out) NX_NOEXCEPT;

/* A second handle on the same module. *out is owned (nx_module_free). */
NX_EXPORT nx_error* nx_module_share(const nx_module* module, nx_module** out) NX_NOEXCEPT;

NX_EXPORT void nx_module_free(nx_module* module) NX_NOEXCEPT;

/* `extra_files` is NULL, or a dict from name to a string of any bytes, saved along. */
NX_EXPORT nx_error* nx_module_save(const nx_module* module, const char* path,
                                   const nx_value* extra_files) NX_NOEXCEPT;

/* Modules (itself included) that are in training mode. */
NX_EXPORT int64_t nx_module_training_count(const nx_module* module) NX_NOEXCEPT;

/* Whether a method changes the module's own state: its calls then take turns. */
NX_EXPORT nx_error* nx_module_is_stateful(const nx_module* module, int32_t* out) NX_NOEXCEPT;

/* A dict from dotted name to tensor. */
NX_EXPORT nx_error* nx_module_parameters(const nx_module* module, nx_value* out) NX_NOEXCEPT;

/* A dict from dotted name to tensor. */
NX_EXPORT nx_error* nx_module_buffers(const nx_module* module, nx_value* out) NX_NOEXCEPT;

/* A list with a tuple per method: name, schema text, then a list with a tuple per argument: name,
 * type, has default. */
NX_EXPORT nx_error* nx_module_methods(const nx_module* module, nx_value* out) NX_NOEXCEPT;

/* A dict from operator name to the number of its calls in the inlined code of all methods. */
NX_EXPORT nx_error* nx_module_operators(const nx_module* module, nx_value* out) NX_NOEXCEPT;

/* Tensors held as constants of the code (a frozen module's weights): a list of tensors. */
NX_EXPORT nx_error* nx_module_constants(const nx_module* module, nx_value* out) NX_NOEXCEPT;

/* A tuple with a tuple per convolution or linear layer with floating-point weights: its name, how
 * many elements these have, how many of them are zero; masks of pruning count. */
NX_EXPORT nx_error* nx_module_sparsity(const nx_module* module, nx_value* out) NX_NOEXCEPT;

/*
 * What a call of `forward` with arguments of these shapes would take for tensors, without running
 * it: the shapes of its frozen code are inferred; of the options, the dtype matters. *out is a
 * tuple (nx_value_clear) of
 * - what has memory of its own, a tuple each, in the order in which it is made: its name in the
 *   code, the operator that makes it, bytes (-1 if not inferred), the number of that node, the
 *   floating-point operations of that node (0 if not known, or none), bytes that the node takes for
 *   itself while it runs, as far as known;
 * - the uses of these, as a tensor of 64-bit integers: the number of a node, and the position of
 *   what it uses; views use what they are of. What is returned is used by the last node.
 */
NX_EXPORT nx_error* nx_module_memory_plan(const nx_module* module, const nx_run_options* options,
                                          const nx_value* arguments, int64_t count,
                                          const void* keep_1, const void* keep_2,
                                          const void* keep_3, const void* keep_4,
                                          nx_value* out) NX_NOEXCEPT;

/*
 * Changed copies: the original is left as it was; unchanged tensors are shared between both. *out
 * is owned (nx_module_free).
 */
NX_EXPORT nx_error* nx_module_eval(const nx_module* module, nx_module** out) NX_NOEXCEPT;
NX_EXPORT nx_error* nx_module_freeze(const nx_module* module, nx_module** out) NX_NOEXCEPT;
NX_EXPORT nx_error* nx_module_optimize_for_inference(const nx_module* module,
                                                     nx_module** out) NX_NOEXCEPT;
/* Floating parameters, buffers and constants are converted; others are left. */
NX_EXPORT nx_error* nx_module_to_dtype(const nx_module* module, int32_t dtype,
                                       nx_module** out) NX_NOEXCEPT;
/* 4-d parameters, buffers and constants are laid out anew. */
NX_EXPORT nx_error* nx_module_to_format(const nx_module* module, int32_t memory_format,
                                        nx_module** out) NX_NOEXCEPT;

/* All parameters, buffers and constants are moved to the device. */
NX_EXPORT nx_error* nx_module_to_device(const nx_module* module, int32_t device_type,
                                        int32_t device_index, nx_module** out) NX_NOEXCEPT;
/* The `count` parameters and buffers of these dotted names are replaced. Parameters share the
 * memory of the tensors given, but for borrowed memory; buffers are copies. */
NX_EXPORT nx_error* nx_module_with_tensors(const nx_module* module, const char* const* names,
                                           const nx_tensor* const* tensors, int64_t count,
                                           nx_module** out) NX_NOEXCEPT;

/*
 * A copy whose code was rewritten: quantised, in mixed precision, and so on. `name` and the meaning
 * of the arguments are those of the schemas in native/src/rewrite. *out is owned (nx_module_free).
 * *changes: a tuple with a tuple per layer that was changed: its name, what it was, what it is,
 * bytes of its weights before and after (nx_value_clear).
 */
NX_EXPORT nx_error* nx_module_rewrite(const nx_module* module, const char* name,
                                      const nx_value* arguments, int64_t count, nx_module** out,
                                      nx_value* changes) NX_NOEXCEPT;

/*
 * The frozen code of `forward` cut into consecutive parts, each a module with the weights that it
 * needs: a stage takes what the one before returns (a tuple's elements as its arguments), the first
 * one the model's arguments, and the last one returns what the model does. `shares` say how much
 * each of the `stages` is to have, in proportion: of the weights' bytes, or, with `count` >= 0, of
 * the time that the nodes take on these arguments; `parts` is what each got of the whole, 0..1.
 * Each of out[0..stages) is owned (nx_module_free); after an error all are NULL.
 */
NX_EXPORT nx_error* nx_module_split(const nx_module* module, const double* shares, int64_t stages,
                                    const nx_run_options* options, const nx_value* arguments,
                                    int64_t count, const void* keep_1, const void* keep_2,
                                    const void* keep_3, const void* keep_4, nx_module** out,
                                    double* parts) NX_NOEXCEPT;

/*
 * A frozen module whose tensors of 1 kB and more are given to each call of `forward`, after its
 * other arguments, wherever they are then. *out is owned (nx_module_free); *weights is a tuple of
 * those tensors in their order (nx_value_clear).
 */
NX_EXPORT nx_error* nx_module_with_weight_inputs(const nx_module* module, nx_module** out,
                                                 nx_value* weights) NX_NOEXCEPT;

/* What calls with the oneDNN Graph fuser have compiled, of this module and all its handles: a list
 * with a tuple per compilation: dtypes and shapes of the inputs as text, threads, milliseconds. */
NX_EXPORT nx_error* nx_module_compilations(const nx_module* module, nx_value* out) NX_NOEXCEPT;

/* Calls a method. Arguments left out at the end, or given as NX_DEFAULT, take their defaults.
 * keep_1 to keep_4 as in nx_operator_call. */
NX_EXPORT nx_error* nx_module_call(const nx_module* module, const char* method,
                                   const nx_run_options* options, const nx_value* arguments,
                                   int64_t count, const void* keep_1, const void* keep_2,
                                   const void* keep_3, const void* keep_4,
                                   nx_value* result) NX_NOEXCEPT;

/* ---- Packages: models that AOTInductor has compiled */

/*
 * Loads an AOTInductor package as a module, which nx_package_define gives its `forward`. It has
 * neither code nor parameters: what rewrites or saves a module refuses it. A package is machine
 * code, which runs with the rights of the process.
 *
 * `path` is a .pt2 file, or (libtorch 2.13 and later) a directory with the contents of one, which
 * must stay as it is while the module lives. `model`: the name of the model in it. `runners`: how
 * many calls may run side by side; more wait. `single_threaded` is 1 to do without libtorch's
 * bookkeeping, `runners` is 1 then. On the CPU, the caller sees to one call at a time. On a device
 * calls take turns, since that bookkeeping asks the device whether a runner is free: only such a
 * package can be recorded (nx_session_record). Of the environment,
 * AOTI_RUNTIME_CHECK_INPUTS is set to 1 when this library is loaded, if it was not set, so that the
 * compiled code checks what it is given. *out is owned (nx_module_free).
 */
NX_EXPORT nx_error* nx_package_load(const char* path, const char* model, int32_t device_type,
                                    int32_t device_index, int64_t runners, int32_t single_threaded,
                                    nx_module** out) NX_NOEXCEPT;

/* How the elements of an input must lie. */
enum {
  NX_LAYOUT_ROW_MAJOR = 0,     /* made so if they do not */
  NX_LAYOUT_CHANNELS_LAST = 1, /* made so if they do not */
  NX_LAYOUT_AS_GIVEN = 2
};

/* Gives a package, once, its method `forward`, which takes tensors by these names, in these layouts
 * (NX_LAYOUT_*), and returns a tuple of tensors. */
NX_EXPORT nx_error* nx_package_define(const nx_module* module, const char* const* names,
                                      const int32_t* layouts, int64_t count) NX_NOEXCEPT;

/* A tuple of the two texts of the compiled code's call specification, which say how arguments and
 * results are flattened: JSON of PyTorch's pytree, empty where it has none. */
NX_EXPORT nx_error* nx_package_call_spec(const nx_module* module, nx_value* out) NX_NOEXCEPT;

/* The constants of a package, its weights among them: a dict from name to tensor, each a copy. */
NX_EXPORT nx_error* nx_package_constants(const nx_module* module, nx_value* out) NX_NOEXCEPT;

/*
 * Replaces the constants of these names. The tensors are copied. With `swap` 1 they go to the
 * package's second set of constants, which must be replaced as a whole and is then taken into use
 * at once, so that a call has either all old or all new ones; with 0 they are overwritten in place,
 * which must not be done while calls run. On a device, all that it has to do is waited for before.
 */
NX_EXPORT nx_error* nx_package_replace(const nx_module* module, const char* const* names,
                                       const nx_tensor* const* tensors, int64_t count,
                                       int32_t swap) NX_NOEXCEPT;

/* ---- Sessions: a method bound to its inputs */

/*
 * Binds a method to its arguments, whose tensors are read anew at each run. Borrowed memory among
 * them is borrowed until the session is freed. *out is owned (nx_session_free). One thread at a
 * time may use a session.
 */
NX_EXPORT nx_error* nx_session_open(const nx_module* module, const char* method,
                                    const nx_run_options* options, const nx_value* arguments,
                                    int64_t count, nx_session** out) NX_NOEXCEPT;

NX_EXPORT void nx_session_free(nx_session* session) NX_NOEXCEPT;

/* Runs the method once and keeps its result until the next run. */
NX_EXPORT nx_error* nx_session_run(nx_session* session) NX_NOEXCEPT;

/*
 * From now on runs replay what is recorded here, as one piece of work of the device (for CUDA: a
 * graph): the operators of one call with the inputs that are bound, after `warm_up` calls that are
 * not recorded. The inputs are on a device and stay where they are; what is in them may change,
 * what is read of them on the host (sizes, branches) is fixed. Where the session has no stream of
 * its own it gets one. A failure says why the method can't be recorded; runs then go on as before.
 * Of a package, the first run after nx_package_replace records anew.
 *
 * `sharing`, if not NULL, is a recorded session whose memory this one uses too, on the same stream:
 * a run of either is the end of the other's result.
 */
NX_EXPORT nx_error* nx_session_record(nx_session* session, const nx_session* sharing,
                                      int64_t warm_up) NX_NOEXCEPT;

/* Waits for what the last run enqueued on a device; a run on the CPU has ended already. */
NX_EXPORT nx_error* nx_session_synchronize(const nx_session* session) NX_NOEXCEPT;

/* The result of the last run; of a recorded session, a copy. */
NX_EXPORT nx_error* nx_session_result(const nx_session* session, nx_value* out) NX_NOEXCEPT;

/* Copies the index-th tensor of the last result (depth first), row-major and in its dtype, to
 * exactly `byte_length` bytes. */
NX_EXPORT nx_error* nx_session_read(const nx_session* session, int64_t index, void* data,
                                    int64_t byte_length) NX_NOEXCEPT;

/* ---- Tracing */

/*
 * Begins a trace of a `forward` for `module` (made by nx_module_create). Operator calls that name
 * the trace are recorded; the module's tensors and `inputs` are its symbols, other tensors become
 * constants. *inputs_out (count tensors, each owned, nx_tensor_free) are what to compute with
 * instead of `inputs`. *out is owned (nx_trace_free). One thread at a time.
 */
NX_EXPORT nx_error* nx_trace_begin(const nx_module* module, const nx_tensor* const* inputs,
                                   const char* const* names, int64_t count, nx_tensor** inputs_out,
                                   nx_trace** out) NX_NOEXCEPT;

/* The module's tensor of that dotted name, as a symbol of the trace. *out is owned
 * (nx_tensor_free). */
NX_EXPORT nx_error* nx_trace_parameter(nx_trace* trace, const char* name,
                                       nx_tensor** out) NX_NOEXCEPT;

/* Ends the trace with these outputs (a tuple where there are several). *out: the module with its
 * `forward`, owned. */
NX_EXPORT nx_error* nx_trace_end(nx_trace* trace, const nx_tensor* const* outputs, int64_t count,
                                 nx_module** out) NX_NOEXCEPT;

/* Frees a trace, ended or not. */
NX_EXPORT void nx_trace_free(nx_trace* trace) NX_NOEXCEPT;

/* ---- Operator times */

/*
 * Begins to count and time the operators that run from now on, on any thread, and those that they
 * call. Only sums are kept. One such measurement at a time in a process: while there is one, a
 * second is an invalid argument. *out is owned (nx_operator_times_free).
 */
NX_EXPORT nx_error* nx_operator_times_start(nx_operator_times** out) NX_NOEXCEPT;

/*
 * Ends the measurement, and *out is what came of it: a list with a tuple per operator, the one that
 * took longest first: its name, how often it was called, nanoseconds in it without the operators
 * that it called, nanoseconds with these (nx_value_clear). An overload that calls another one of
 * its operator is one call. An operator that has not returned yet is not in it. Once for each
 * measurement.
 */
NX_EXPORT nx_error* nx_operator_times_stop(nx_operator_times* times, nx_value* out) NX_NOEXCEPT;

/* Frees a measurement, ended or not. */
NX_EXPORT void nx_operator_times_free(nx_operator_times* times) NX_NOEXCEPT;

/* ---- Profiler */

/* What a profiler records besides names and times. */
enum {
  NX_PROFILE_SHAPES = 1,  /* sizes of operators' inputs */
  NX_PROFILE_MEMORY = 2,  /* memory that tensors take and give back, on host and devices */
  NX_PROFILE_MODULES = 4, /* the part of the model that an operator stands in */
  NX_PROFILE_FLOPS = 8,   /* floating-point operations of products and convolutions */
  NX_PROFILE_DEVICE = 16  /* kernels and copies on CUDA and XPU */
};

/* Kinds of events. */
enum {
  NX_EVENT_OPERATOR = 0,
  NX_EVENT_RANGE = 1,  /* of nx_range_begin */
  NX_EVENT_MEMORY = 2, /* has no duration */
  NX_EVENT_DEVICE = 3, /* a kernel or a copy of a device */
  NX_EVENT_OTHER = 4
};

/* Columns of a profile's events. What an event does not have is 0, for names -1. */
enum {
  NX_EVENT_NAME = 0,     /* a position among the profile's names */
  NX_EVENT_KIND = 1,     /* NX_EVENT_OPERATOR, ... */
  NX_EVENT_START_NS = 2, /* since the profile began */
  NX_EVENT_DURATION_NS = 3,
  NX_EVENT_THREAD = 4,       /* libtorch's number of the thread; of a kernel, the stream */
  NX_EVENT_DEVICE_INDEX = 5, /* of a kernel or of memory; -1 for the host */
  NX_EVENT_SHAPES = 6,       /* a position among the names: text such as [[2, 3], []] */
  NX_EVENT_MODULE = 7,       /* a position among the names: text such as layer1.0.conv1 */
  NX_EVENT_FLOPS = 8,
  NX_EVENT_BYTES = 9,        /* of memory: taken, or given back if negative */
  NX_EVENT_CORRELATION = 10, /* of an operator: its number; of a kernel: that of its operator */
  NX_EVENT_COLUMNS = 11
};

/*
 * Begins to record the operators and ranges of all threads by libtorch's own profiler (Kineto).
 * `options` is a sum of NX_PROFILE_*. One profiler at a time in a process: while there is one, a
 * second is an invalid argument. *out is owned (nx_profiler_free).
 */
NX_EXPORT nx_error* nx_profiler_start(int64_t options, nx_profiler** out) NX_NOEXCEPT;

/*
 * Ends the recording, once. *out is a tuple of the names, a list of strings; and the events, a
 * tensor of 64-bit integers with a row for each and NX_EVENT_COLUMNS columns (nx_value_clear).
 */
NX_EXPORT nx_error* nx_profiler_stop(nx_profiler* profiler, nx_value* out) NX_NOEXCEPT;

/* Writes what was recorded, after its end and once, for Perfetto and chrome://tracing. */
NX_EXPORT nx_error* nx_profiler_save(nx_profiler* profiler, const char* path) NX_NOEXCEPT;

/* Frees a profiler, ended or not. */
NX_EXPORT void nx_profiler_free(nx_profiler* profiler) NX_NOEXCEPT;

/*
 * Begins a range of that name on the calling thread, for a profiler that runs and for NVTX. *out is
 * owned (nx_range_end).
 */
NX_EXPORT nx_error* nx_range_begin(const char* name, nx_range** out) NX_NOEXCEPT;

/* Ends a range, and those that began in it. On the thread that began it. */
NX_EXPORT void nx_range_end(nx_range* range) NX_NOEXCEPT;

/*
 * From now on operators and ranges of all threads are NVTX ranges too, by what libtorch's part for
 * CUDA offers: unsupported where there is none. Once at a time in a process: while it goes on, a
 * second is an invalid argument. *out is owned (nx_nvtx_free).
 */
NX_EXPORT nx_error* nx_nvtx_start(nx_nvtx** out) NX_NOEXCEPT;

/* Ends it. Ranges that are open end as they would have. */
NX_EXPORT void nx_nvtx_free(nx_nvtx* nvtx) NX_NOEXCEPT;

/* ---- Memory of tensors on the host */

/* What nx_memory_watch_read writes. */
enum {
  NX_MEMORY_ALLOCATIONS = 0, /* how often memory was taken since the watch began */
  NX_MEMORY_TAKEN = 1,       /* bytes that were taken since then */
  NX_MEMORY_CHANGE = 2,      /* bytes taken without those given back, of older tensors too */
  NX_MEMORY_PEAK_CHANGE = 3, /* the most that this has been */
  NX_MEMORY_COLUMNS = 4
};

/*
 * Begins to count the memory that libtorch takes for tensors on the host, on all threads. There can
 * be several at a time; one more than 16 is an invalid argument. *out is owned
 * (nx_memory_watch_free).
 */
NX_EXPORT nx_error* nx_memory_watch_start(nx_memory_watch** out) NX_NOEXCEPT;

/* Writes NX_MEMORY_COLUMNS integers. */
NX_EXPORT void nx_memory_watch_read(const nx_memory_watch* watch, int64_t* out) NX_NOEXCEPT;

/* Ends it. */
NX_EXPORT void nx_memory_watch_free(nx_memory_watch* watch) NX_NOEXCEPT;

/*
 * Bytes of the C library's heap that are in use, which large blocks are part of, and bytes that it
 * has from the operating system; both -1 where the C library does not say.
 */
NX_EXPORT void nx_native_heap(int64_t* in_use, int64_t* from_system) NX_NOEXCEPT;

/* ---- Devices */

/*
 * Loads a shared library for as long as the process runs: one that brings operators, or another
 * kind of device, to libtorch. It is machine code, which runs with the rights of the process.
 */
NX_EXPORT nx_error* nx_library_load(const char* path) NX_NOEXCEPT;

/*
 * Loads libtorch's part for GPUs, where there is one. Before anything else is called: what libtorch
 * finds missing when it first looks, which a convolution on the CPU has it do, is missing for good.
 */
NX_EXPORT void nx_devices_load(void) NX_NOEXCEPT;

/* How many devices of a type (NX_DEVICE_*) can be used. */
NX_EXPORT nx_error* nx_device_count(int32_t type, int64_t* out) NX_NOEXCEPT;

/* Of a device other than the CPU, a tuple: bytes of its memory that are free, bytes that it has,
 * and the dtypes that it can hold, a list of NX_DTYPE_*. */
NX_EXPORT nx_error* nx_device_describe(int32_t type, int32_t index, nx_value* out) NX_NOEXCEPT;

/* Waits for all that was enqueued on a device. */
NX_EXPORT nx_error* nx_device_synchronize(int32_t type, int32_t index) NX_NOEXCEPT;

/*
 * Makes a device the current one of its type on the calling thread, until it is made another one;
 * *before is the index of the one that was. An index of -1 only asks. Code means it that names a
 * type without an index; but a module's code means the device of the call's stream, or else of the
 * module, or else of the first argument that is on one.
 */
NX_EXPORT nx_error* nx_device_exchange(int32_t type, int32_t index, int32_t* before) NX_NOEXCEPT;

/* What libtorch's caching allocator counts of a device's memory, a dict from name to integer; the
 * names are those of PyTorch's memory_stats. */
NX_EXPORT nx_error* nx_device_memory(int32_t type, int32_t index, nx_value* out) NX_NOEXCEPT;

/* What nx_device_reset_memory sets back. */
enum {
  NX_RESET_PEAKS = 0,  /* peaks, to what is current */
  NX_RESET_TOTALS = 1, /* what was allocated and freed so far, to 0 */
  NX_RESET_CACHE = 2   /* gives memory that no tensor uses back to the device, all of this type */
};

NX_EXPORT nx_error* nx_device_reset_memory(int32_t type, int32_t index, int32_t what) NX_NOEXCEPT;

/*
 * The fraction of a device's memory that libtorch's caching allocator may take in this process,
 * above 0 and at most 1, which it is unless set. This and what follows is for CUDA only, and an
 * unsupported operation where the shim was built without CUDA's headers.
 */
NX_EXPORT nx_error* nx_device_memory_fraction(int32_t type, int32_t index, double* out) NX_NOEXCEPT;
NX_EXPORT nx_error* nx_device_set_memory_fraction(int32_t type, int32_t index,
                                                  double fraction) NX_NOEXCEPT;

/* Begins to keep the last `entries` allocations and frees, on each device of a type, for snapshots;
 * 0 ends it, and forgets them. */
NX_EXPORT nx_error* nx_device_record_history(int32_t type, int64_t entries) NX_NOEXCEPT;

/* The memory of all devices of a type as it is now, and its history where that is recorded: a
 * string, whose bytes are a Python pickle, for PyTorch's memory viewer. */
NX_EXPORT nx_error* nx_device_snapshot(int32_t type, nx_value* out) NX_NOEXCEPT;

/* Has a snapshot written to a file when memory of a device of that type next runs out, once; NULL:
 * no more. */
NX_EXPORT nx_error* nx_device_snapshot_when_full(int32_t type, const char* path) NX_NOEXCEPT;

/*
 * Host memory that a type of device can copy from and to while the host goes on. *data is its
 * address, for `byte_length` bytes; *out is owned (nx_pinned_free).
 */
NX_EXPORT nx_error* nx_pinned_new(int32_t device_type, int64_t byte_length, int64_t* data,
                                  nx_pinned** out) NX_NOEXCEPT;

/*
 * Frees it, once copies of nx_stream_copy and nx_tensor_to that use it have ended: waits for them.
 * Tensors over it have the memory until they are freed.
 */
NX_EXPORT void nx_pinned_free(nx_pinned* pinned) NX_NOEXCEPT;

/* ---- Streams and events: the order of work on a device */

enum {
  NX_STREAM_DEFAULT = 0, /* the one that operators work on */
  NX_STREAM_NORMAL = 1,  /* the next one of libtorch's pool, which others may have too */
  NX_STREAM_HIGH_PRIORITY = 2
};

NX_EXPORT nx_error* nx_stream_get(int32_t device_type, int32_t device_index, int32_t kind,
                                  nx_stream* out) NX_NOEXCEPT;

/* Whether all that was enqueued has ended. */
NX_EXPORT nx_error* nx_stream_query(const nx_stream* stream, int32_t* out) NX_NOEXCEPT;

NX_EXPORT nx_error* nx_stream_synchronize(const nx_stream* stream) NX_NOEXCEPT;

/* What is enqueued from now on waits for what another stream has to do so far. */
NX_EXPORT nx_error* nx_stream_wait_stream(const nx_stream* stream,
                                          const nx_stream* other) NX_NOEXCEPT;

/* What is enqueued from now on waits for an event that was recorded. */
NX_EXPORT nx_error* nx_stream_wait_event(const nx_stream* stream,
                                         const nx_event* event) NX_NOEXCEPT;

/*
 * Enqueues a copy of all elements, converted to the target's dtype; the sizes are the same. It
 * returns at once where both are on the device, or the other one is in memory of nx_pinned_new,
 * which must not be read or changed before the copy has ended.
 */
NX_EXPORT nx_error* nx_stream_copy(const nx_stream* stream, const nx_tensor* target,
                                   const nx_tensor* source) NX_NOEXCEPT;

/*
 * A tensor copied to a device, or itself where it is there already; *out is owned (nx_tensor_free).
 * The copy works on the last of these streams that is of the tensor's device and on the last one
 * that is of the other device, and on the default stream of a device of which none is named. It
 * returns at once from device to device, and from memory of nx_pinned_new, which must not be
 * changed before the copy has ended; else it waits for the copy.
 */
NX_EXPORT nx_error* nx_tensor_to(const nx_tensor* tensor, int32_t device_type, int32_t device_index,
                                 const nx_stream* streams, int64_t count,
                                 nx_tensor** out) NX_NOEXCEPT;

/* *out is owned (nx_event_free). `timing` is 1 if nx_event_elapsed shall be asked. */
NX_EXPORT nx_error* nx_event_new(int32_t device_type, int32_t device_index, int32_t timing,
                                 nx_event** out) NX_NOEXCEPT;

NX_EXPORT void nx_event_free(nx_event* event) NX_NOEXCEPT;

/* It happens when the stream has done what it has to do so far. One thread at a time. */
NX_EXPORT nx_error* nx_event_record(nx_event* event, const nx_stream* stream) NX_NOEXCEPT;

/* Whether it has happened; 1 if it was never recorded. */
NX_EXPORT nx_error* nx_event_query(const nx_event* event, int32_t* out) NX_NOEXCEPT;

NX_EXPORT nx_error* nx_event_synchronize(const nx_event* event) NX_NOEXCEPT;

/* From one event to another, both with timing and both happened. */
NX_EXPORT nx_error* nx_event_elapsed(const nx_event* start, const nx_event* end,
                                     double* milliseconds) NX_NOEXCEPT;

/* ---- DLPack */

/*
 * Hands a tensor to another library without copying it, as that library's header has it:
 * DLManagedTensorVersioned, or DLManagedTensor if `versioned` is 0. *out is the taker's, who calls
 * its deleter; or nx_dlpack_free does. The elements live until then. Of borrowed memory it is an
 * invalid argument: nobody would know when the caller frees it.
 */
NX_EXPORT nx_error* nx_tensor_to_dlpack(const nx_tensor* tensor, int32_t versioned,
                                        void** out) NX_NOEXCEPT;

/*
 * Makes a tensor of what another library hands over, without copying it. With success the tensor
 * owns it and calls its deleter when the last one is gone that shares its memory; otherwise it
 * stays the caller's. *out is owned (nx_tensor_free).
 */
NX_EXPORT nx_error* nx_tensor_from_dlpack(void* managed, int32_t versioned,
                                          nx_tensor** out) NX_NOEXCEPT;

/* Calls the deleter of what nobody has taken. NULL is accepted. */
NX_EXPORT void nx_dlpack_free(void* managed, int32_t versioned) NX_NOEXCEPT;

#if defined(__cplusplus)
}
#endif

#endif /* NARTHEX_H */
